"""Suggesting plans behind a closing: what the rules find in the closed cards, for all partners at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from partners.models import Partner, Programme
from performance.models import KPI, PeriodRow
from performance.plans.choices import PlanOrigin, PlanStatus, TriggerKind
from performance.plans.models import Objective, Plan, TriggerRule
from performance.plans.queries.failing import FailingCard, failing_cards, newest_closed
from performance.plans.rules.triggers import Trigger, failing_kpis, fires, needed_periods
from performance.plans.services.drafting import MOST_OBJECTIVES, Sketch, taken_kpis, write_plans
from performance.plans.services.news import tell_suggested
from performance.queries.reference import bands_for, kpis_by_id
from prm.access.actor import SYSTEM
from prm.tenancy.scope import require_scope

logger = structlog.get_logger(__name__)

BATCH = 500
LOCK_CLASS = 0x91A5
"""First half of the advisory lock of one round of suggestions; the second is the tenant."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A partner for whom a rule proposes a plan, with the KPIs that it would be about."""

    rule: TriggerRule
    partner_id: int
    kpi_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What a rule would propose now: the closed period looked at, and each partner with its KPIs."""

    period: PeriodRow | None
    rows: Sequence[tuple[Partner, Sequence[KPI]]]

    @property
    def count(self) -> int:
        """How many plans."""
        return len(self.rows)


def propose_plans(period: PeriodRow, at: datetime) -> list[Plan]:
    """Suggest what the rules that are on find in the newest closed period of its kind.

    An older period suggests nothing of its own; closed after the newest one, it may complete a row of periods, so the
    newest one is looked at again. What is open, was suggested from the same results before, or waits for the
    consequence of a failed plan is left out, so a second look suggests nothing again.
    """
    newest = newest_closed(period.kind)
    if newest is None or (newest.pk != period.pk and not _was_closed_after(period, newest)):
        return []
    period = newest
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, require_scope().tenant_id])
    rules = TriggerRule.objects.filter(is_active=True, period_kind=period.kind, programme__is_active=True)
    by_programme: dict[int, list[TriggerRule]] = defaultdict(list)
    for rule in rules.select_related("programme", "template").prefetch_related("template__commitments"):
        by_programme[rule.programme_id].append(rule)
    made: list[Plan] = []
    for own in by_programme.values():
        made += _suggest(own[0].programme, period, _merged(_found(own, period)), at)
    if made:
        tell_suggested(made)
        logger.info("plans.suggested", period=period.label, count=len(made))
    return made


def _was_closed_after(period: PeriodRow, newest: PeriodRow) -> bool:
    return period.closed_at is not None and newest.closed_at is not None and period.closed_at > newest.closed_at


def hear_of_closing(period: PeriodRow, at: datetime) -> None:
    """Behind a closing, and behind restatements of it."""
    propose_plans(period, at)


def preview(rule: TriggerRule, *, portfolio: Collection[int] | None = None) -> PlanPreview:
    """What a rule, saved or not, would propose now."""
    period = newest_closed(rule.period_kind)
    if period is None:
        return PlanPreview(None, [])
    proposals = _free(rule.programme_id, period, _found([rule], period))
    wanted = [row.partner_id for row in proposals]
    rows = Partner.objects.filter(pk__in=wanted)
    if portfolio is not None:
        rows = rows.filter(pk__in=portfolio)
    partners, kpis = rows.in_bulk(), kpis_by_id()
    found = [
        (partners[row.partner_id], [kpis[pk] for pk in row.kpi_ids]) for row in proposals if row.partner_id in partners
    ]
    return PlanPreview(period, sorted(found, key=lambda row: row[0].name))


# --- Finding ---------------------------------------------------------------------------------------------------------


def _found(rules: Sequence[TriggerRule], period: PeriodRow) -> list[Proposal]:
    """What each rule proposes, rules in their order."""
    programme_id = rules[0].programme_id
    grades = [band.key for band in bands_for(programme_id, period.start)]
    triggers = [trigger_of(rule, grades) for rule in rules]
    low = {
        grade
        for trigger in triggers
        if trigger.kind == TriggerKind.GRADE and trigger.grade in grades
        for grade in grades[grades.index(trigger.grade) :]
    }
    reach = max(needed_periods(trigger) for trigger in triggers)
    cards = failing_cards(period, programme_id=programme_id, periods=reach, grades=sorted(low))
    return [
        Proposal(rule, partner, kpis)
        for rule, trigger in zip(rules, triggers, strict=True)
        for partner, own in cards.items()
        if (kpis := _kpis_of(trigger, own, period.seq))
    ]


def trigger_of(rule: TriggerRule, grades: Sequence[str]) -> Trigger:
    """The rule as it is judged."""
    return Trigger(
        kind=rule.kind, periods=rule.periods, kpi_id=rule.kpi_id, grade=rule.grade, count=rule.count, grades=grades
    )


def _kpis_of(trigger: Trigger, own: Sequence[FailingCard], seq: int) -> Sequence[int]:
    """The failing KPIs; for a low grade without any, those that cost the card most."""
    cards = [one.card for one in own]
    found = failing_kpis(trigger, cards, seq)
    if not found and fires(trigger, cards, seq):
        return next(one.worst for one in own if one.card.seq == seq)
    return found


def _merged(proposals: Iterable[Proposal]) -> list[Proposal]:
    """One proposal for each partner: the first rule's, with the KPIs of all of them."""
    kpis: dict[int, dict[int, None]] = defaultdict(dict)
    first: dict[int, TriggerRule] = {}
    for row in proposals:
        first.setdefault(row.partner_id, row.rule)
        kpis[row.partner_id].update(dict.fromkeys(row.kpi_ids))
    return [Proposal(rule, partner, list(kpis[partner])) for partner, rule in first.items()]


def _free(programme_id: int, period: PeriodRow, proposals: Sequence[Proposal]) -> list[Proposal]:
    """The proposals without the KPIs that a plan is about already."""
    left_out = settled_kpis([row.partner_id for row in proposals], programme_id, period.label)
    free = []
    for row in proposals:
        kpis = [kpi for kpi in row.kpi_ids if kpi not in left_out.get(row.partner_id, ())]
        if kpis:
            free.append(Proposal(row.rule, row.partner_id, kpis[:MOST_OBJECTIVES]))
    return free


def settled_kpis(partner_ids: Collection[int], programme_id: int, period: str) -> Mapping[int, set[int]]:
    """The KPIs, by partner, that nothing is suggested about now.

    Those of open plans, those that were suggested from the results of this period before, and those of failed plans of
    which somebody has still to say what follows.
    """
    found = taken_kpis(partner_ids, programme_id)
    own = Objective.objects.filter(partner_id__in=partner_ids, programme_id=programme_id).order_by()
    suggested = own.filter(trigger_period=period).exclude(plan__origin=PlanOrigin.MANUAL)
    undecided = own.filter(plan__status=PlanStatus.FAILED).exclude(plan__consequences__state="taken")
    for rows in (suggested, undecided):
        for partner, kpi in rows.values_list("partner_id", "kpi_id"):
            found.setdefault(partner, set()).add(kpi)
    return found


# --- Writing ---------------------------------------------------------------------------------------------------------


def _suggest(programme: Programme, period: PeriodRow, proposals: Sequence[Proposal], at: datetime) -> list[Plan]:
    rows = _free(programme.pk, period, proposals)
    partners = Partner.objects.in_bulk([row.partner_id for row in rows])
    sketches = [_sketch(row, partners[row.partner_id], programme, period) for row in rows]
    return suggest(sketches, at)


def suggest(sketches: Sequence[Sketch], at: datetime) -> list[Plan]:
    """Write suggestions, some hundred at a time."""
    made: list[Plan] = []
    for start in range(0, len(sketches), BATCH):
        made += write_plans(sketches[start : start + BATCH], actor=SYSTEM, status=PlanStatus.SUGGESTED, at=at)
    return made


def _sketch(row: Proposal, partner: Partner, programme: Programme, period: PeriodRow) -> Sketch:
    tenant = require_scope().tenant
    with translation.override(tenant.language):
        label = _("%(rule)s, %(period)s") % {"rule": row.rule.name, "period": period.label}
    return Sketch(
        partner=partner,
        programme=programme,
        kpi_ids=row.kpi_ids,
        period_kind=period.kind,
        origin=PlanOrigin.GRADE if row.rule.kind == TriggerKind.GRADE else PlanOrigin.TRIGGER,
        origin_label=label,
        origin_url=receipt_address(partner, programme, period),
        rule=row.rule,
        template=row.rule.template,
    )


def receipt_address(partner: Partner, programme: Programme, period: PeriodRow) -> str:
    """The closed card that a suggestion came from."""
    kwargs = {"programme": programme.key, "period": period.label, "partner": partner.public_id}
    return reverse("performance:receipt", kwargs={"tenant": require_scope().tenant.slug, **kwargs})
