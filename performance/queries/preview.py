"""What a version of a template would make of partners: cards that are only thought of, and nothing is stored.

The lines come from the statement that derives every stored card's lines, total and grade from the rules that the
engine is held equal to. So a preview is the card that publishing would bring, digit for digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from partners.models import Partner
from performance.choices import LineState
from performance.engine import lines as statements
from performance.models import PeriodRow, Rollup, ScorecardTemplate
from performance.queries.cards import KIND_PREFERENCE
from performance.queries.lines import Line
from performance.rules.scoring import ZERO, CardScore, Gate, GradeBand, judge_card
from prm.tenancy.scope import require_scope

MEMBERS = """
member AS MATERIALIZED (
  SELECT row_number() OVER () AS id, o.id AS period_id, %(template)s::bigint AS template_id, p.id AS partner_id,
         a.tier_id, p.partner_type_id, p.region_id,
         p.status IN ('onboarding', 'active', 'suspended') AS always
    FROM performance_periodrow o
    JOIN partners_partner p ON p.tenant_id = %(tenant)s
    JOIN partners_partnertype y ON y.tenant_id = %(tenant)s AND y.id = p.partner_type_id AND y.is_scored
    LEFT JOIN partners_tierassignment a
      ON a.tenant_id = %(tenant)s AND a.partner_id = p.id AND a.programme_id = %(programme)s
     AND a.valid_from <= o.start_on AND (a.valid_to IS NULL OR o.start_on < a.valid_to)
   WHERE o.tenant_id = %(tenant)s AND o.id = ANY(%(periods)s) AND (%(is_default)s OR a.tier_id IS NOT NULL)
     AND (%(partners)s::bigint[] IS NULL OR p.id = ANY(%(partners)s)))"""
"""Who would have a card, as the engine chooses (`statements.members`): partners of a scored type with the tier they
held on the first day of the period; outside the default programme only those with a tier."""


@dataclass(frozen=True, slots=True)
class DraftCard:
    """A card as the version would score it. `exists` is False for one the engine would not write: no facts, and the
    partner is not (or no longer) one that is scored without."""

    partner_id: int
    period_id: int
    lines: tuple[Line, ...]
    score: CardScore
    exists: bool


def draft_cards(
    template: ScorecardTemplate, period_ids: Sequence[int], partner_ids: Sequence[int] | None = None
) -> list[DraftCard]:
    """The cards of these periods, of some partners or all of the programme, in one statement and one for the grades."""
    names = ", ".join(f"line.{name}" for name in ["card_id", *statements.COLUMNS])
    statement = f"""
WITH {MEMBERS}
SELECT member.partner_id, member.period_id, member.always, {names}
  FROM member JOIN ({statements.derived("member")}) line ON line.card_id = member.id
 ORDER BY member.id, line.position"""
    found: dict[int, tuple[int, int, bool, list[Line]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters(template, period_ids, partner_ids))
        for partner_id, period_id, always, *row in cursor.fetchall():
            line = Line(*row)
            found.setdefault(line.card_id, (partner_id, period_id, always, []))[3].append(line)
    bands = bands_of(template)
    return [
        DraftCard(
            partner_id,
            period_id,
            tuple(lines),
            judged(template, lines, bands),
            always or any(_has_facts(line) for line in lines),
        )
        for partner_id, period_id, always, lines in found.values()
    ]


def _has_facts(line: Line) -> bool:
    """Whether the line alone would bring a card about."""
    return line.state == LineState.SCORED or bool(line.facts and line.benchmark_id)


def parameters(
    template: ScorecardTemplate, period_ids: Sequence[int], partner_ids: Sequence[int] | None = None
) -> dict[str, Any]:
    """What `MEMBERS` needs."""
    return {
        "tenant": require_scope().tenant_id,
        "template": template.pk,
        "programme": template.programme_id,
        "is_default": template.programme.is_default,
        "periods": list(period_ids),
        "partners": None if partner_ids is None else list(partner_ids),
    }


def bands_of(template: ScorecardTemplate) -> list[GradeBand]:
    """The grades as the rules take them. A draft without any gives cards without a grade."""
    return [GradeBand(band.key, band.minimum) for band in template.bands.all()] or [GradeBand("", ZERO)]


def judged(template: ScorecardTemplate, lines: Sequence[Line], bands: Sequence[GradeBand]) -> CardScore:
    """Total, coverage and grade of lines that have their points. A gate to a grade that is not there limits nothing."""
    keys = {band.key for band in bands}
    gates = [
        Gate(line.gate_minimum, line.gate_grade) if line.gate_minimum is not None and line.gate_grade in keys else None
        for line in lines
    ]
    return judge_card([line.as_score for line in lines], gates, minimum_coverage=template.minimum_coverage, bands=bands)


def periods_of(template: ScorecardTemplate) -> QuerySet[PeriodRow]:
    """The periods of the kinds that the version scores, newest first."""
    return PeriodRow.objects.filter(kind__in=template.period_kinds).order_by("-start", "kind")


def complete_periods(template: ScorecardTemplate, today: date, count: int) -> list[PeriodRow]:
    """The last complete periods of each kind that the version scores, newest first, those of the main kind in front.

    Of the main kind (a quarter before a month, a half, a year) up to `count`, of the others the last one.
    """
    kinds = [kind.value for kind in KIND_PREFERENCE if kind.value in template.period_kinds]
    rows = list(PeriodRow.objects.filter(kind__in=kinds, end__lte=today).order_by("-start"))
    of_kind = {kind: [row for row in rows if row.kind == kind] for kind in kinds}
    filled = [kind for kind in kinds if of_kind[kind]]
    chosen: list[PeriodRow] = []
    for place, kind in enumerate(filled):
        chosen += of_kind[kind][: count if place == 0 else 1]
    return chosen


def partners_to_try(template: ScorecardTemplate, portfolio: Any | None) -> QuerySet[Partner]:
    """The partners that could have a card, of those the person may see (`portfolio_of`)."""
    partners = Partner.objects.filter(partner_type__is_scored=True)
    if not template.programme.is_default:
        partners = partners.filter(tier_assignments__programme=template.programme_id).distinct()
    return partners if portfolio is None else partners.filter(pk__in=portfolio)


def busiest_partner(partners: QuerySet[Partner], period: PeriodRow) -> Partner | None:
    """The one with the most measurements in the period; without any the first by name."""
    busy = (
        Rollup.objects.filter(
            Q(ym__gte=period.ym_from, ym__lt=period.ym_to), partner_id__in=partners.order_by().values("pk")
        )
        .order_by()
        .values("partner_id")
        .annotate(facts=Sum("n"))
        .order_by("-facts", "partner_id")
        .values_list("partner_id", flat=True)
        .first()
    )
    return partners.filter(pk=busy).first() if busy is not None else partners.order_by("name", "pk").first()
