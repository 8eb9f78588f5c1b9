"""Addresses of reports under /api/v1/."""

from django.urls import path

from performance.reports.api import reports, schedules

urlpatterns = [
    path("reports/", reports.ReportList.as_view(), name="report_list"),
    path("reports/produced/", reports.ProducedList.as_view(), name="produced_report_list"),
    path("reports/produced/<uuid:produced>/file/", reports.ProducedFile.as_view(), name="produced_report_file"),
    path("reports/exports/<uuid:job>/", reports.ReportExport.as_view(), name="report_export"),
    path("reports/<slug:report_key>/", reports.ReportRows.as_view(), name="report_rows"),
    path("reports/<slug:report_key>/files/", reports.ReportFile.as_view(), name="report_file"),
    path("report-schedules/", schedules.ScheduleList.as_view(), name="report_schedule_list"),
    path("report-schedules/<uuid:schedule>/", schedules.ScheduleDetail.as_view(), name="report_schedule"),
    path("report-schedules/<uuid:schedule>/send/", schedules.ScheduleSend.as_view(), name="report_schedule_send"),
    path("report-schedules/<uuid:schedule>/sendings/", schedules.SendingList.as_view(), name="report_sending_list"),
]
