"""Addresses of improvement plans in the manager's workspace, below /t/<tenant>/."""

from django.urls import include, path

from performance.plans.views import breaches, consequences, drafting, moves, plans, setup

app_name = "plans"

one_plan = [
    path("", plans.PlanDetail.as_view(), name="plan_detail"),
    path("edit/", drafting.PlanUpdate.as_view(), name="plan_update"),
    path("take-up/", moves.PlanTakeUp.as_view(), name="plan_take_up"),
    path("dismiss/", moves.PlanDismiss.as_view(), name="plan_dismiss"),
    path("offer/", moves.PlanOffer.as_view(), name="plan_offer"),
    path("sign/", moves.PlanSign.as_view(), name="plan_sign"),
    path("start/", moves.PlanStart.as_view(), name="plan_start"),
    path("change-again/", moves.PlanBack.as_view(), name="plan_back"),
    path("extend/", moves.PlanExtend.as_view(), name="plan_extend"),
    path("cancel/", moves.PlanCancel.as_view(), name="plan_cancel"),
    path("notes/new/", moves.PlanNoteWrite.as_view(), name="plan_note"),
    path("commitments/<uuid:commitment>/", moves.CommitmentSettle.as_view(), name="plan_commitment"),
    path("commitments/<uuid:commitment>/files/<uuid:file>/", plans.PlanFileDownload.as_view(), name="plan_file"),
    path("consequence/", consequences.ConsequenceChoose.as_view(), name="plan_consequence"),
    path(
        "consequence/<uuid:consequence>/approve/",
        consequences.ConsequenceApprove.as_view(),
        name="plan_consequence_approve",
    ),
    path(
        "consequence/<uuid:consequence>/reject/",
        consequences.ConsequenceReject.as_view(),
        name="plan_consequence_reject",
    ),
]

one_breach = [
    path("", breaches.BreachDetail.as_view(), name="breach_detail"),
    path("approve/", breaches.BreachApprove.as_view(), name="breach_approve"),
    path("refuse/", breaches.BreachRefuse.as_view(), name="breach_refuse"),
    path("withdraw/", breaches.BreachWithdraw.as_view(), name="breach_withdraw"),
    path("files/<uuid:file>/", breaches.BreachFileDownload.as_view(), name="breach_file"),
]

urlpatterns = [
    path("plans/", plans.PlanList.as_view(), name="plan_list"),
    path("plans/new/", drafting.PlanCreate.as_view(), name="plan_create"),
    path("plans/templates/", setup.PlanTemplateList.as_view(), name="plan_template_list"),
    path("plans/templates/new/", setup.PlanTemplateEditor.as_view(), name="plan_template_create"),
    path("plans/templates/<uuid:plan_template>/", setup.PlanTemplateEditor.as_view(), name="plan_template_update"),
    path("plans/rules/", setup.PlanRuleList.as_view(), name="plan_rule_list"),
    path("plans/rules/new/", setup.PlanRuleEditor.as_view(), name="plan_rule_create"),
    path("plans/rules/<uuid:plan_rule>/", setup.PlanRuleEditor.as_view(), name="plan_rule_update"),
    path("plans/rules/<uuid:plan_rule>/switch/", setup.PlanRuleSwitch.as_view(), name="plan_rule_switch"),
    path("plans/breaches/", breaches.BreachList.as_view(), name="breach_list"),
    path("plans/breaches/new/", breaches.BreachReport.as_view(), name="breach_report"),
    path("plans/breaches/<uuid:breach>/", include(one_breach)),
    path("plans/<uuid:plan>/", include(one_plan)),
]
