"""Addresses of reports in the manager's workspace, below /t/<tenant>/."""

from django.urls import include, path

from performance.reports.views import catalogue, produced, report, schedules

app_name = "reports"

one_schedule = [
    path("", schedules.SchedulePage.as_view(), name="schedule"),
    path("edit/", schedules.ScheduleUpdate.as_view(), name="schedule_update"),
    path("send/", schedules.ScheduleSend.as_view(), name="schedule_send"),
    path("switch/", schedules.ScheduleSwitch.as_view(), name="schedule_switch"),
    path("end/", schedules.ScheduleEnd.as_view(), name="schedule_end"),
]

one_dispatch = [
    path("", schedules.DispatchPage.as_view(), name="dispatch"),
    path("progress/", schedules.DispatchProgress.as_view(), name="dispatch_progress"),
    path("retry/", schedules.DispatchRetry.as_view(), name="dispatch_retry"),
]

urlpatterns = [
    path("reports/", catalogue.ReportList.as_view(), name="report_list"),
    path("reports/saved/<uuid:saved>/edit/", report.SavedReportUpdate.as_view(), name="saved_report_update"),
    path("reports/saved/<uuid:saved>/delete/", report.SavedReportDelete.as_view(), name="saved_report_delete"),
    path("reports/produced/", produced.ProducedList.as_view(), name="produced_list"),
    path("reports/produced/<uuid:produced>/", produced.ProducedPage.as_view(), name="produced"),
    path("reports/produced/<uuid:produced>/file/", produced.ProducedDownload.as_view(), name="produced_file"),
    path("reports/exports/<uuid:job>/", produced.ExportJobPage.as_view(), name="export_job"),
    path("reports/exports/<uuid:job>/progress/", produced.ExportJobProgress.as_view(), name="export_progress"),
    path("reports/schedules/", schedules.ScheduleList.as_view(), name="schedule_list"),
    path("reports/schedules/<uuid:schedule>/", include(one_schedule)),
    path("reports/sendings/<uuid:dispatch>/", include(one_dispatch)),
    path("reports/<slug:report>/", report.ReportPage.as_view(), name="report"),
    path("reports/<slug:report>/file/<slug:file_kind>/", report.ReportFile.as_view(), name="report_file"),
    path("reports/<slug:report>/save/", report.SavedReportCreate.as_view(), name="saved_report_create"),
    path("reports/<slug:report>/schedule/", schedules.ScheduleCreate.as_view(), name="schedule_create"),
]
