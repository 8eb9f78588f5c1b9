"""Addresses of improvement plans under /api/v1/."""

from django.urls import path

from performance.plans.api import breaches, plans, rules

PLAN = "plans/<uuid:plan>/"

urlpatterns = [
    path("plans/", plans.PlanList.as_view(), name="plan_list"),
    path(PLAN, plans.PlanDetail.as_view(), name="plan_detail"),
    path(f"{PLAN}take-up/", plans.PlanTakeUp.as_view(), name="plan_take_up"),
    path(f"{PLAN}dismiss/", plans.PlanDismiss.as_view(), name="plan_dismiss"),
    path(f"{PLAN}offer/", plans.PlanOffer.as_view(), name="plan_offer"),
    path(f"{PLAN}sign/", plans.PlanSign.as_view(), name="plan_sign"),
    path(f"{PLAN}reopen/", plans.PlanReopen.as_view(), name="plan_reopen"),
    path(f"{PLAN}start/", plans.PlanStart.as_view(), name="plan_start"),
    path(f"{PLAN}extend/", plans.PlanExtend.as_view(), name="plan_extend"),
    path(f"{PLAN}cancel/", plans.PlanCancel.as_view(), name="plan_cancel"),
    path(f"{PLAN}notes/", plans.PlanNotes.as_view(), name="plan_note"),
    path(
        f"{PLAN}commitments/<uuid:commitment>/settle/", plans.CommitmentSettle.as_view(), name="plan_commitment_settle"
    ),
    path("breaches/", breaches.BreachList.as_view(), name="breach_list"),
    path("breaches/<uuid:breach>/", breaches.BreachDetail.as_view(), name="breach_detail"),
    path("plan-rules/", rules.PlanRuleList.as_view(), name="plan_rule_list"),
]
