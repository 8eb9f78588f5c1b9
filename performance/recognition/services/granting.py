"""Granting badges by their rules, behind the closing of a period and after a restatement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from psycopg2.extras import Json

from performance.models import PeriodRow
from performance.recognition import statements
from performance.recognition.choices import AwardOrigin, BadgeKind
from performance.recognition.models import Award, Badge
from performance.recognition.rules.badges import Rule
from performance.recognition.services.telling import schedule_telling
from prm.tenancy.scope import require_scope

logger = structlog.get_logger(__name__)

PERIODS_TRIED = 4
SHOWN_PER_PERIOD = 5


def grant_behind_closing(period: PeriodRow, at: datetime) -> None:
    """Grant what the closing of a period earns, or its restatement; twice is once. Called behind the closing.

    A badge looks at the periods whose row of periods this one is part of: itself, and later ones that are closed
    already. Awards that a restatement took the ground from keep, with a note, whether the badge is still switched on
    or not; new ones are granted for periods closed since it was switched on.
    """
    held = Award.objects.filter(badge=OuterRef("pk"), origin=AwardOrigin.RULE)
    badges = Badge.objects.filter(Q(is_active=True) | Exists(held), period_kind=period.kind)
    for badge in badges.exclude(kind=BadgeKind.HAND).select_related("kpi").order_by("pk"):
        reach = range(period.seq, period.seq + max(badge.periods, 2) + 1)
        closed = PeriodRow.objects.filter(kind=period.kind, seq__in=reach, closed_at__isnull=False)
        periods = list(closed.order_by("seq"))
        since = badge.activated_at if badge.is_active else None
        new = [one for one in periods if since is not None and one.closed_at is not None and one.closed_at >= since]
        if new:
            grant_for(badge, new, at=at)
        if periods:
            note_for(badge, periods, at=at)


def grant_for(badge: Badge, periods: Sequence[PeriodRow], *, at: datetime) -> int:
    """Grant a badge for closed periods; how many awards are new. One statement, however many partners."""
    with connection.cursor() as cursor:
        cursor.execute(*_filled(statements.grant, badge, periods, at))
        new = len(cursor.fetchall())
    if new:
        logger.info("badge.granted", badge=badge.pk, new=new)
        schedule_telling(require_scope().tenant)
    return new


def note_for(badge: Badge, periods: Sequence[PeriodRow], *, at: datetime) -> int:
    """Note which awards of a badge have lost their ground in closed periods, or have it again; how many."""
    with connection.cursor() as cursor:
        cursor.execute(*_filled(statements.note, badge, periods, at))
        noted = len(cursor.fetchall())
    if noted:
        logger.info("badge.noted", badge=badge.pk, awards=noted)
    return noted


def _filled(
    statement: Callable[[Rule], str], badge: Badge, periods: Sequence[PeriodRow], at: datetime
) -> tuple[str, dict[str, Any]]:
    assert badge.programme_id is not None, "A badge with a rule has a programme."
    rule = badge.rule
    values = {"badge": badge.pk, "kept_rule": Json(rule.as_json()), "at": at}
    return statement(rule), {**_parameters(rule, badge.programme_id, periods), **values}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A partner that a rule fits in a period, with the figures of its card."""

    partner_id: int
    scorecard_id: int
    value: Decimal
    total: Decimal
    grade: str
    place: int | None
    members: int | None


@dataclass(frozen=True, slots=True)
class Tried:
    """Whom a rule fits in one closed period: how many, and the first of them."""

    period: PeriodRow
    count: int
    candidates: list[Candidate]


def try_rule(rule: Rule, programme_id: int, *, shown: int = SHOWN_PER_PERIOD) -> list[Tried]:
    """Whom a rule, kept or not, would have been granted to in the last closed periods, the newest first. Nothing is
    written. One statement."""
    closed = PeriodRow.objects.filter(kind=rule.period_kind, closed_at__isnull=False)
    periods = list(closed.order_by("-seq")[:PERIODS_TRIED])
    if not periods or rule.kind == BadgeKind.HAND:
        return []
    found: dict[int, list[dict[str, Any]]] = {period.pk: [] for period in periods}
    with connection.cursor() as cursor:
        cursor.execute(statements.preview(rule), {**_parameters(rule, programme_id, periods), "most": shown})
        names = [column.name for column in cursor.description]
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            found[row["period_id"]].append(row)
    return [
        Tried(period, rows[0]["count"] if rows else 0, [_candidate(row) for row in rows])
        for period, rows in ((period, found[period.pk]) for period in periods)
    ]


def _candidate(row: dict[str, Any]) -> Candidate:
    names = ("partner_id", "scorecard_id", "value", "total", "grade", "place", "members")
    return Candidate(*(row[name] for name in names))


def _parameters(rule: Rule, programme_id: int, periods: Sequence[PeriodRow]) -> dict[str, Any]:
    seqs = [period.seq for period in periods]
    return statements.parameters(
        rule,
        tenant=require_scope().tenant_id,
        programme=programme_id,
        seqs=range(min(seqs), max(seqs) + 1),
        periods=[period.pk for period in periods],
    )
