"""Addresses of figures in the manager's workspace, below /t/<tenant>/."""

from django.urls import include, path

from performance.views import (
    alert_rules,
    alerts,
    benchmark_bulk,
    benchmarks,
    kpis,
    lists,
    measurements,
    overview,
    restatements,
    runs,
    scorecards,
    templates,
)

app_name = "performance"

one_card = [
    path("", scorecards.ReceiptPage.as_view(), name="receipt"),
    path("receipt.pdf", scorecards.ReceiptPdf.as_view(), name="receipt_pdf"),
    path("measurements/", scorecards.ReceiptFactsPage.as_view(), name="receipt_facts"),
    path("version/", scorecards.CardVersion.as_view(), name="card_version"),
]

urlpatterns = [
    path("", overview.OverviewPage.as_view(), name="overview"),
    path("overview/version/", overview.OverviewVersion.as_view(), name="overview_version"),
    path("overview/export/<slug:table>/", overview.OverviewExport.as_view(), name="overview_export"),
    path("scorecards/", lists.ScorecardList.as_view(), name="scorecard_list"),
    path("scorecards/<slug:programme>/<str:period>/<uuid:partner>/", include(one_card)),
    path("kpis/", lists.KPIList.as_view(), name="kpi_list"),
    path("kpis/new/", kpis.KPICreate.as_view(), name="kpi_create"),
    path("kpis/<uuid:kpi>/", kpis.KPIDetail.as_view(), name="kpi_detail"),
    path("kpis/<uuid:kpi>/edit/", kpis.KPIUpdate.as_view(), name="kpi_update"),
    path("benchmarks/", lists.BenchmarkList.as_view(), name="benchmark_list"),
    path("benchmarks/new/", benchmarks.BenchmarkCreate.as_view(), name="benchmark_create"),
    path("benchmarks/set-many/", benchmark_bulk.BenchmarkBulkSet.as_view(), name="benchmark_bulk"),
    path("benchmarks/copy/", benchmark_bulk.BenchmarkCopy.as_view(), name="benchmark_copy"),
    path("benchmarks/<uuid:benchmark>/end/", benchmarks.BenchmarkEnd.as_view(), name="benchmark_end"),
    path("benchmarks/<uuid:benchmark>/withdraw/", benchmarks.BenchmarkWithdraw.as_view(), name="benchmark_withdraw"),
    path("templates/", templates.TemplateList.as_view(), name="template_list"),
    path("templates/new/", templates.TemplateEditor.as_view(), name="template_create"),
    path("templates/<uuid:template>/", templates.TemplateDetail.as_view(), name="template_detail"),
    path("templates/<uuid:template>/edit/", templates.TemplateEditor.as_view(), name="template_update"),
    path("templates/<uuid:template>/preview/", templates.TemplatePreview.as_view(), name="template_preview"),
    path("templates/<uuid:template>/publish/", templates.TemplatePublish.as_view(), name="template_publish"),
    path("templates/<uuid:template>/revise/", templates.TemplateRevise.as_view(), name="template_revise"),
    path("templates/<uuid:template>/delete/", templates.TemplateDelete.as_view(), name="template_delete"),
    path("measurements/", lists.MeasurementList.as_view(), name="measurement_list"),
    path("measurements/new/", measurements.MeasurementCreate.as_view(), name="measurement_create"),
    path("measurements/<int:measurement>/", measurements.MeasurementDetail.as_view(), name="measurement_detail"),
    path(
        "measurements/<int:measurement>/correct/", measurements.MeasurementCorrect.as_view(), name="measurement_correct"
    ),
    path(
        "measurements/<int:measurement>/evidence/<uuid:file>/",
        measurements.MeasurementEvidenceFile.as_view(),
        name="measurement_evidence",
    ),
    path("runs/", lists.RunList.as_view(), name="run_list"),
    path("runs/start/", runs.RunStart.as_view(), name="run_start"),
    path("runs/<uuid:run>/", runs.RunDetail.as_view(), name="run_detail"),
    path("runs/<uuid:run>/compare/", runs.RunCompare.as_view(), name="run_compare"),
    path("runs/<uuid:run>/again/", runs.RunAgain.as_view(), name="run_again"),
    path("runs/jobs/<uuid:job>/", runs.RunJob.as_view(), name="run_job"),
    path("restatements/", restatements.RestatementList.as_view(), name="restatement_list"),
    path("restatements/decide/", restatements.RestatementDecide.as_view(), name="restatement_decide"),
    path("restatements/<uuid:restatement>/", restatements.RestatementDetail.as_view(), name="restatement_detail"),
    path("alerts/", alerts.AlertList.as_view(), name="alert_list"),
    path("alerts/settle/", alerts.AlertSettle.as_view(), name="alert_settle"),
    path("alerts/rules/", alert_rules.AlertRuleList.as_view(), name="alert_rule_list"),
    path("alerts/rules/new/", alert_rules.AlertRuleEditor.as_view(), name="alert_rule_create"),
    path("alerts/rules/usual/", alert_rules.AlertRuleDefaults.as_view(), name="alert_rule_defaults"),
    path("alerts/rules/<uuid:rule>/", alert_rules.AlertRuleEditor.as_view(), name="alert_rule_update"),
    path("alerts/rules/<uuid:rule>/switch/", alert_rules.AlertRuleSwitch.as_view(), name="alert_rule_switch"),
    path("alerts/rules/<uuid:rule>/delete/", alert_rules.AlertRuleDelete.as_view(), name="alert_rule_delete"),
    path("alerts/<uuid:alert>/", alerts.AlertDetail.as_view(), name="alert_detail"),
    path("alerts/<uuid:alert>/reopen/", alerts.AlertReopen.as_view(), name="alert_reopen"),
    path("periods/", runs.PeriodList.as_view(), name="period_list"),
    path("periods/<str:period>/close/", runs.PeriodClose.as_view(), name="period_close"),
]
