"""Entries of the menu, the command palette and the partner page that lead to plans."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.choices import PartnerStatus
from partners.models import Partner
from partners.registries import (
    PartnerSidePanel,
    PartnerStep,
    PartnerTab,
    partner_side_panels,
    partner_steps,
    partner_tabs,
)
from performance.plans.addresses import breach_list_address, breach_report_address, plan_address
from performance.plans.cells import days, kpi_names, pace, with_standing
from performance.plans.choices import OPEN, BreachStatus
from performance.plans.models import Plan
from performance.plans.permissions import BREACH_REPORT, BREACH_VIEW, PLAN_DECIDE, PLAN_VIEW
from performance.plans.queries.breaches import breaches
from performance.plans.queries.counts import PLAN_COUNTS
from performance.plans.queries.mine import is_mine
from performance.plans.queries.plans import plans
from performance.plans.queries.standing import needs
from performance.plans.words.breaches import agreed_words, tone_of_breach
from performance.plans.words.plans import tone_of
from prm.access.portfolio import portfolio_of
from prm.access.requests import AppRequest, ScopedRequest, TenantRequest
from prm.ui.navigation import NavItem, register
from prm.ui.palette import PaletteItem, register_palette_provider

FOUND = 5
SHOWN = 3


def waiting_plans(request: AppRequest) -> int | None:
    """How many plans wait for this person; nothing where there is none."""
    membership = request.membership
    if membership is None:
        return None
    person, decides = membership.user_id, PLAN_DECIDE in request.can

    def count() -> int:
        rows = Plan.objects.filter(needs(is_mine(person), timezone.localdate(), decides=decides))
        portfolio = portfolio_of(membership)
        return (rows if portfolio is None else rows.filter(partner_id__in=portfolio)).count()

    return PLAN_COUNTS.get(f"mine:{person}:{decides:d}", count) or None


def find_plans(request: ScopedRequest, query: str) -> list[PaletteItem]:
    """Plans for the palette, by their title; partners lead to theirs."""
    membership = request.membership
    if PLAN_VIEW not in request.can or membership is None:
        return []
    portfolio = portfolio_of(membership)
    found = Plan.objects.filter(title__icontains=query).select_related("partner")
    if portfolio is not None:
        found = found.filter(partner_id__in=portfolio)
    return [
        PaletteItem(
            label=plan.title,
            url=plan_address(plan),
            group=_("Improvement plans"),
            icon="target",
            detail=plan.partner.name,
        )
        for plan in found.order_by("-created_at", "-pk")[:FOUND]
    ]


def partner_plans(_request: TenantRequest, partner: Partner) -> dict[str, Any]:
    """The panel of the partner page: its open plans; nothing while there is none."""
    found = list(Plan.objects.filter(partner=partner, status__in=OPEN).order_by("-created_at", "-pk")[: SHOWN + 1])
    for plan in found:
        plan.tone = tone_of(plan.status)
    return {"plans": found[:SHOWN], "has_more": len(found) > SHOWN, "partner": partner} if found else {}


def all_partner_plans(_request: TenantRequest, partner: Partner) -> dict[str, Any]:
    """The tab of the partner page: every plan, also those that have ended."""
    found = with_standing(list(plans().filter(partner=partner).order_by("-created_at", "-pk")))
    for plan in found:
        plan.tone = tone_of(plan.status)
        plan.kpi_names, plan.day_words, plan.bar = kpi_names(plan), days(plan), pace(plan, None)
    return {"plans": found}


def find_breaches(request: ScopedRequest, query: str) -> list[PaletteItem]:
    """The list of serious breaches and the page that reports one, for the palette, by their words."""
    pages = (
        (BREACH_VIEW, _("Serious breaches"), breach_list_address()),
        (BREACH_REPORT, _("Report a serious breach"), breach_report_address()),
    )
    return [
        PaletteItem(label=label, url=url, group=_("Improvement plans"), icon="shield-alert")
        for permission, label, url in pages
        if permission in request.can and query.lower() in label.lower()
    ]


def partner_breaches(_request: TenantRequest, partner: Partner) -> dict[str, Any]:
    """The panel of the partner page: breaches that wait for a decision or for which it is suspended."""
    wanted = [BreachStatus.REPORTED, BreachStatus.SUSPENDED]
    rows: list[Any] = list(breaches().filter(partner=partner, status__in=wanted).order_by("-reported_at", "-pk"))
    for row in rows:
        row.tone, row.agreed_words = tone_of_breach(row.status), agreed_words(row)
    return {"breaches": rows} if rows else {}


def report_address(_request: TenantRequest, partner: Partner) -> str:
    """Where a breach of the partner is reported; nowhere while it could not be suspended."""
    if partner.status not in (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED):
        return ""
    return breach_report_address(partner.external_id)


def register_menu() -> None:
    """Called once the app is ready."""
    register(
        NavItem(
            "performance",
            gettext_lazy("Improvement plans"),
            "target",
            "plans:plan_list",
            PLAN_VIEW,
            order=14,
            count=waiting_plans,
            also=("plans:plan", "plans:breach"),
            key="i",
        )
    )
    register_palette_provider(find_plans)
    register_palette_provider(find_breaches)
    partner_steps.register(
        PartnerStep(
            key="breach",
            order=80,
            label=gettext_lazy("Report a serious breach"),
            icon="shield-alert",
            permission=BREACH_REPORT,
            url=report_address,
            is_danger=True,
        )
    )
    partner_side_panels.register(
        PartnerSidePanel(
            key="breaches",
            order=5,
            template="plans/parts/breach_panel.html",
            permission=BREACH_VIEW,
            context=partner_breaches,
        )
    )
    partner_tabs.register(
        PartnerTab(
            key="plans",
            order=25,
            label=gettext_lazy("Plans"),
            template="plans/parts/partner_tab.html",
            permission=PLAN_VIEW,
            context=all_partner_plans,
        )
    )
    partner_side_panels.register(
        PartnerSidePanel(
            key="plans",
            order=20,
            template="plans/parts/partner_panel.html",
            permission=PLAN_VIEW,
            context=partner_plans,
        )
    )
