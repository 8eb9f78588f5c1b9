"""Addresses of figures under /api/v1/."""

from django.urls import path

from performance.api import alerts, benchmark_bulk, consequences, outlook, restatements, views, what_ifs

CARD = "scorecards/<slug:programme>/<str:period>/<uuid:partner>/"

urlpatterns = [
    path("kpis/", views.KPIList.as_view(), name="kpi_list"),
    path("kpis/<slug:code>/", views.KPIDetail.as_view(), name="kpi_detail"),
    path("benchmarks/", views.BenchmarkList.as_view(), name="benchmark_list"),
    path("benchmarks/bulk/", benchmark_bulk.BenchmarkRows.as_view(), name="benchmark_bulk"),
    path("benchmarks/carry-forward/", benchmark_bulk.BenchmarkCarryForward.as_view(), name="benchmark_carry_forward"),
    path("benchmarks/<uuid:benchmark>/", views.BenchmarkDetail.as_view(), name="benchmark_detail"),
    path("benchmarks/<uuid:benchmark>/end/", views.BenchmarkEnd.as_view(), name="benchmark_end"),
    path("benchmarks/<uuid:benchmark>/withdraw/", views.BenchmarkWithdraw.as_view(), name="benchmark_withdraw"),
    path("measurements/", views.MeasurementList.as_view(), name="measurement_list"),
    path("measurements/bulk/", views.MeasurementBulk.as_view(), name="measurement_bulk"),
    path("measurements/intakes/<uuid:job>/", views.MeasurementIntake.as_view(), name="measurement_intake"),
    path(
        "measurements/by-number/<str:source>/<path:external_id>/",
        views.MeasurementByNumber.as_view(),
        name="measurement_by_number",
    ),
    path("periods/", views.PeriodList.as_view(), name="period_list"),
    path("scorecards/", views.CardList.as_view(), name="scorecard_list"),
    path(CARD, views.CardDetail.as_view(), name="scorecard_detail"),
    path(f"{CARD}receipt/", views.CardReceipt.as_view(), name="scorecard_receipt"),
    path(f"{CARD}receipt.pdf", views.CardReceiptPdf.as_view(), name="scorecard_receipt_pdf"),
    path(f"{CARD}outlook/", outlook.CardOutlook.as_view(), name="scorecard_outlook"),
    path(f"{CARD}consequences/", consequences.CardConsequences.as_view(), name="scorecard_consequences"),
    path("consequences/", consequences.OutcomeList.as_view(), name="consequence_list"),
    path("outlook/<slug:programme>/<str:period>/", outlook.ProgrammeOutlook.as_view(), name="programme_outlook"),
    path("outlook/<slug:programme>/<str:period>/at-risk/", outlook.AtRiskList.as_view(), name="at_risk_list"),
    path("templates/", views.TemplateList.as_view(), name="template_list"),
    path("templates/<uuid:template>/lint/", views.TemplateLint.as_view(), name="template_lint"),
    path("templates/<uuid:template>/preview/", views.TemplatePreview.as_view(), name="template_preview"),
    path(
        "templates/<uuid:template>/consequences/",
        consequences.TemplateConsequences.as_view(),
        name="template_consequences",
    ),
    path("runs/", views.RunList.as_view(), name="run_list"),
    path("runs/<uuid:run>/", views.RunDetail.as_view(), name="run_detail"),
    path("runs/<uuid:run>/compare/", restatements.RunCompare.as_view(), name="run_compare"),
    path("runs/<uuid:run>/replay/", restatements.RunReplay.as_view(), name="run_replay"),
    path("alerts/", alerts.AlertList.as_view(), name="alert_list"),
    path("alerts/<uuid:alert>/", alerts.AlertDetail.as_view(), name="alert_detail"),
    path("alerts/<uuid:alert>/snooze/", alerts.AlertSnooze.as_view(), name="alert_snooze"),
    path("alerts/<uuid:alert>/resolve/", alerts.AlertResolve.as_view(), name="alert_resolve"),
    path("alerts/<uuid:alert>/reopen/", alerts.AlertReopen.as_view(), name="alert_reopen"),
    path("alert-rules/", alerts.RuleList.as_view(), name="alert_rule_list"),
    path("alert-rules/preview/", alerts.RulePreview.as_view(), name="alert_rule_preview"),
    path("alert-rules/<uuid:rule>/", alerts.RuleDetail.as_view(), name="alert_rule_detail"),
    path("restatements/", restatements.RestatementList.as_view(), name="restatement_list"),
    path("restatements/<uuid:restatement>/", restatements.RestatementDetail.as_view(), name="restatement_detail"),
    path("restatements/<uuid:restatement>/apply/", restatements.RestatementApply.as_view(), name="restatement_apply"),
    path(
        "restatements/<uuid:restatement>/dismiss/",
        restatements.RestatementDismiss.as_view(),
        name="restatement_dismiss",
    ),
    path("what-ifs/", what_ifs.WhatIfList.as_view(), name="what_if_list"),
    path("what-ifs/<uuid:what_if>/", what_ifs.WhatIfDetail.as_view(), name="what_if_detail"),
    path("what-ifs/<uuid:what_if>/moves/", what_ifs.WhatIfMoves.as_view(), name="what_if_moves"),
    path("what-ifs/<uuid:what_if>/publish/", what_ifs.WhatIfPublish.as_view(), name="what_if_publish"),
    path("what-ifs/<uuid:what_if>/discard/", what_ifs.WhatIfDiscard.as_view(), name="what_if_discard"),
]
