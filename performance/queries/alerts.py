"""Alerts as a person may see them, and the rules with what they have raised."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from performance.choices import AlertStatus
from performance.models import SEVERITY_PLACES, Alert, AlertRule, Scorecard
from prm.access.roles import Role
from prm.accounts.reference import members_by_user
from prm.ui.counts import KeptCount

ALERT_COUNTS = KeptCount("alerts", seconds=60)
"""Open alerts. Owners can change without an alert changing; then the menu of a manager with an own portfolio is so
much late."""


def alerts(portfolio: Any | None = None) -> QuerySet[Any]:
    """All alerts about the partners a person may see, with what a line of the list shows and `severity_place`."""
    rows = Alert.objects.select_related("partner__owner", "rule", "programme", "period", "kpi")
    rows = rows.annotate(severity_place=SEVERITY_PLACES)
    return rows if portfolio is None else rows.filter(partner_id__in=portfolio)


def people_to_tell() -> tuple[set[int], list[int]]:
    """Everybody at work here, and those who hear about partners without an owner: programme managers, else admins."""
    roles = {user: member.role for user, member in members_by_user().items() if member.is_active}
    fallback = [user for user, role in roles.items() if role == Role.PROGRAMME_MANAGER]
    return set(roles), fallback or [user for user, role in roles.items() if role == Role.TENANT_ADMIN]


def who_hears(owner_id: int | None, people: tuple[set[int], list[int]]) -> list[int]:
    """Who is to hear about a partner with this owner; `people` are those of `people_to_tell`."""
    members, fallback = people
    return fallback if owner_id is None or owner_id not in members else [owner_id]


def is_mine(user_id: int) -> Q:
    """Alerts about partners this person looks after; without an owner at work here those of `people_to_tell`."""
    members, fallback = people_to_tell()
    mine = Q(partner__owner_id=user_id)
    if user_id in fallback:
        mine |= Q(partner__owner_id=None) | ~Q(partner__owner_id__in=members)
    return mine


def count_open(portfolio: Any | None = None) -> int:
    """How many alerts wait for somebody."""
    rows = Alert.objects.filter(status=AlertStatus.OPEN)
    return (rows if portfolio is None else rows.filter(partner_id__in=portfolio)).count()


def open_alerts_of(partner_id: int, *, limit: int = 5) -> tuple[list[Alert], int]:
    """The most important open alerts of a partner, and how many there are."""
    rows = alerts().filter(partner_id=partner_id, status=AlertStatus.OPEN)
    found = list(rows.order_by("severity_place", "-raised_at", "-pk")[: limit + 1])
    return found[:limit], len(found) if len(found) <= limit else rows.count()


def rules() -> QuerySet[AlertRule]:
    """Every rule with how many of its alerts are open, how many it raised, and when last."""
    return AlertRule.objects.select_related("programme", "kpi").annotate(
        open_count=Count("alerts", filter=Q(alerts__status=AlertStatus.OPEN)),
        raised_count=Count("alerts"),
        last_raised_at=Max("alerts__raised_at"),
    )


def moves_of(rows: Sequence[Alert]) -> dict[int, Decimal]:
    """How far the score of each alert's partner moved in the alert's period, by alert; nothing where unknown."""
    cards = Scorecard.objects.filter(
        partner_id__in={row.partner_id for row in rows}, period_id__in={row.period_id for row in rows if row.period_id}
    ).order_by()
    found = {
        (partner, period, programme): delta
        for partner, period, programme, delta in cards.values_list("partner_id", "period_id", "programme_id", "delta")
        if delta is not None
    }
    return {row.pk: found[key] for row in rows if (key := (row.partner_id, row.period_id, row.programme_id)) in found}
