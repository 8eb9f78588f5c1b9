"""Setting benchmarks. A benchmark is an immutable version: a change ends the former and begins a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from partners.models import Partner, PartnerType, Region, Tier
from performance.choices import BenchmarkBasis, BenchmarkScope, Direction
from performance.errors import BenchmarkOverlap, ThresholdsOutOfOrder
from performance.models import KPI, Benchmark
from performance.models.benchmark import Expectation
from performance.services.checking import check_fields
from performance.services.scheduling import schedule_recompute
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput

MOST_PERCENT = Decimal(10_000)
"""A hundredfold of the own past is no expectation but a mistake in the unit."""

NUMBERS = ("floor", "target", "stretch", "ceiling", "chart_target")


@dataclass(frozen=True, slots=True)
class BenchmarkSet:
    """What setting a benchmark did: `outcome` is created, updated (a former one was ended) or unchanged."""

    benchmark: Benchmark
    outcome: str


def set_benchmark(
    *,
    actor: Actor,
    kpi: KPI,
    period_kind: str,
    valid_from: date,
    floor: Decimal,
    target: Decimal,
    stretch: Decimal,
    ceiling: Decimal | None = None,
    valid_to: date | None = None,
    tier: Tier | None = None,
    region: Region | None = None,
    partner_type: PartnerType | None = None,
    partner: Partner | None = None,
    chart_target: Decimal | None = None,
    basis: str = BenchmarkBasis.ABSOLUTE,
    note: str = "",
) -> BenchmarkSet:
    """Say what is expected of a KPI from `valid_from` on, for everybody or for the one group or partner given.

    By `basis` the numbers are values of the KPI, percent of the partner's own earlier result or percentiles of its
    cohort.

    The former benchmark of the same KPI, period kind and group ends there. If it begins on the same day it is
    withdrawn, which keeps it on record. Without `valid_to` the new one lasts until the next one begins; with it the
    former one continues afterwards.

    Raises:
        ThresholdsOutOfOrder: naming the threshold.
        BenchmarkOverlap: a later benchmark begins before `valid_to`.
        InvalidInput: another field is wrong, or more than one group is given.
    """
    scope, targets = scope_of(tier=tier, region=region, partner_type=partner_type, partner=partner)
    new = Benchmark(
        kpi=kpi,
        period_kind=period_kind,
        scope=scope,
        valid_from=valid_from,
        valid_to=valid_to,
        direction=kpi.direction,
        basis=basis,
        floor=floor,
        target=target,
        stretch=stretch,
        ceiling=ceiling,
        chart_target=chart_target,
        note=note,
        actor_label=actor.label[:160],
        **targets,
    )
    check_fields(new)
    check_thresholds(new)
    KPI.objects.select_for_update(no_key=True).get(pk=kpi.pk)  # one change of a KPI's timeline at a time
    place = place_in(_timeline(new), new)
    former = place.former
    if former is not None and place.outcome == "unchanged":
        return BenchmarkSet(former, "unchanged")
    new.valid_to = place.valid_to
    if former is not None:
        _make_room(former, new)
    new.save()
    record(
        actor=actor,
        action="benchmark.set",
        target=new,
        partner_id=partner.pk if partner else None,
        changes=changes_of(former, new),
    )
    schedule_recompute(kpi.tenant)
    return BenchmarkSet(new, place.outcome)


def changes_of(former: Benchmark | None, new: Benchmark) -> dict[str, list[Any]]:
    """What a new benchmark says and what the former one said, for the trail."""
    names = (*NUMBERS, "basis") if new.is_relative or (former and former.is_relative) else NUMBERS
    return {name: [former and getattr(former, name), getattr(new, name)] for name in names}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new benchmark stands among those of its group: what it follows, and until when it holds."""

    outcome: str
    former: Benchmark | None
    valid_to: date | None


def place_in(timeline: Sequence[Benchmark], new: Benchmark) -> Place:
    """What setting `new` does to the live benchmarks of its group, which come oldest first.

    Raises:
        InvalidInput: it ends before it begins.
        BenchmarkOverlap: a later one begins before it ends.
    """
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise InvalidInput(_("The benchmark ends before it begins."), field="valid_to")
    former = next((row for row in timeline if covers(row, new.valid_from)), None)
    later = next((row for row in timeline if row.valid_from > new.valid_from), None)
    if former is not None and _says_the_same(former, new):
        return Place("unchanged", former, former.valid_to)
    if later is not None and new.valid_to is not None and later.valid_from < new.valid_to:
        raise BenchmarkOverlap(
            _("Another benchmark for %(who)s begins on %(day)s. End this one by then, or withdraw the other.")
            % {"who": later.scope_label, "day": later.valid_from},
            field="valid_to",
        )
    ends = new.valid_to or (later.valid_from if later else None)
    return Place("created" if former is None else "updated", former, ends)


def end_benchmark(*, benchmark: Benchmark, actor: Actor, last_day: date, reason: str = "") -> Benchmark:
    """Let a benchmark end, `last_day` inclusive.

    Raises:
        InvalidInput: the day is before its first or after its present end.
        Conflict: it is withdrawn.
    """
    benchmark = _locked(benchmark)
    valid_to = date.fromordinal(last_day.toordinal() + 1)
    if valid_to <= benchmark.valid_from:
        raise InvalidInput(_("The benchmark begins after that day. Withdraw it instead."), field="last_day")
    if benchmark.valid_to is not None and valid_to > benchmark.valid_to:
        raise InvalidInput(_("The benchmark already ends before that day."), field="last_day")
    record(
        actor=actor,
        action="benchmark.ended",
        target=benchmark,
        changes={"valid_to": [benchmark.valid_to, valid_to]},
        reason=reason,
    )
    benchmark.valid_to = valid_to
    benchmark.save(update_fields=["valid_to"])
    schedule_recompute(benchmark.tenant)
    return benchmark


def stop_benchmark(
    *,
    actor: Actor,
    kpi: KPI,
    period_kind: str,
    valid_to: date,
    tier: Tier | None = None,
    region: Region | None = None,
    partner_type: PartnerType | None = None,
    partner: Partner | None = None,
    reason: str = "",
) -> Benchmark | None:
    """Let what a group is expected end where `valid_to` begins; None where nothing holds on that day.

    A benchmark that begins on that very day is withdrawn, which keeps it on record. One that begins later still does.

    Raises:
        InvalidInput: more than one group is given.
    """
    scope, targets = scope_of(tier=tier, region=region, partner_type=partner_type, partner=partner)
    KPI.objects.select_for_update(no_key=True).get(pk=kpi.pk)  # one change of a KPI's timeline at a time
    timeline = _timeline(Benchmark(kpi=kpi, period_kind=period_kind, scope=scope, **targets))
    row = next((one for one in timeline if covers(one, valid_to)), None)
    if row is None:
        return None
    if row.valid_from == valid_to:
        return withdraw_benchmark(benchmark=row, actor=actor, reason=reason)
    return end_benchmark(benchmark=row, actor=actor, last_day=valid_to - timedelta(days=1), reason=reason)


def withdraw_benchmark(*, benchmark: Benchmark, actor: Actor, reason: str) -> Benchmark:
    """Take a mistaken benchmark out of the scoring of all open periods. It stays on record; closed cards keep it.

    Raises:
        Conflict: it is withdrawn already.
    """
    benchmark = _locked(benchmark)
    benchmark.withdrawn_at = timezone.now()
    benchmark.save(update_fields=["withdrawn_at"])
    record(actor=actor, action="benchmark.withdrawn", target=benchmark, reason=reason)
    schedule_recompute(benchmark.tenant)
    return benchmark


def _locked(benchmark: Benchmark) -> Benchmark:
    row = Benchmark.objects.select_for_update(no_key=True, of=("self",)).select_related("kpi").get(pk=benchmark.pk)
    if row.withdrawn_at is not None:
        raise Conflict(_("This benchmark is withdrawn."))
    return row


def scope_of(
    *, tier: Tier | None, region: Region | None, partner_type: PartnerType | None, partner: Partner | None
) -> tuple[BenchmarkScope, dict[str, object]]:
    """The scope that the one group or partner given stands for.

    Raises:
        InvalidInput: more than one is given.
    """
    given = {
        BenchmarkScope.PARTNER: ("partner", partner),
        BenchmarkScope.TIER: ("tier", tier),
        BenchmarkScope.PARTNER_TYPE: ("partner_type", partner_type),
        BenchmarkScope.REGION: ("region", region),
    }
    named = [(scope, name, row) for scope, (name, row) in given.items() if row is not None]
    if len(named) > 1:
        raise InvalidInput(
            _("A benchmark is for one partner, one tier, one type or one region. Give only one."), field=named[1][1]
        )
    if not named:
        return BenchmarkScope.ALL, {}
    scope, name, row = named[0]
    return scope, {name: row}


def check_thresholds(new: Expectation) -> None:
    """Refuse numbers that the rules cannot score by.

    Raises:
        ThresholdsOutOfOrder: naming the first that breaks the order.
        InvalidInput: a ceiling is given or missing where it should not be, or a number is no percent or percentile.
    """
    _check_basis(new)
    if new.direction != Direction.BAND and new.ceiling is not None:
        raise InvalidInput(_("Only a KPI that is best inside a band has a ceiling."), field="ceiling")
    if new.direction == Direction.BAND and new.ceiling is None:
        raise InvalidInput(_("A KPI that is best inside a band needs a ceiling."), field="ceiling")
    if new.thresholds.in_order:
        return
    message = {
        Direction.HIGHER: _("Higher is better here, so the order is floor, target, stretch from low to high."),
        Direction.LOWER: _("Lower is better here, so the order is floor, target, stretch from high to low."),
        Direction.BAND: _("The order of a band is floor, lower edge, upper edge, ceiling from low to high."),
    }[Direction(new.direction)]
    raise ThresholdsOutOfOrder(message, field=_misplaced(new))


def _check_basis(new: Expectation) -> None:
    if not new.is_relative:
        return
    if getattr(new, "chart_target", None) is not None:
        raise InvalidInput(
            _("Only a benchmark in values of the KPI has a point to show on charts."), field="chart_target"
        )
    most = Decimal(100) if new.basis == BenchmarkBasis.COHORT else MOST_PERCENT
    for name in ("floor", "target", "stretch", "ceiling"):
        number = getattr(new, name)
        if number is not None and not 0 <= number <= most:
            message = (
                _("A percentile lies between 0 and 100.")
                if new.basis == BenchmarkBasis.COHORT
                else _("Percent of an own result lie between 0 and %(most)s.") % {"most": MOST_PERCENT}
            )
            raise InvalidInput(message, field=name, code="not_a_percentage")


def _misplaced(new: Expectation) -> str:
    """The first threshold that breaks the order."""
    sign = -1 if new.direction == Direction.LOWER else 1
    if sign * new.floor > sign * new.target:
        return "target"
    return "stretch" if sign * new.target > sign * new.stretch else "ceiling"


def _timeline(new: Benchmark) -> Sequence[Benchmark]:
    """The live benchmarks of the same KPI, period kind and group, oldest first, locked."""
    return list(
        Benchmark.objects.select_for_update(no_key=True, of=("self",))
        .filter(
            kpi=new.kpi,
            period_kind=new.period_kind,
            scope=new.scope,
            tier=new.tier,
            region=new.region,
            partner_type=new.partner_type,
            partner=new.partner,
            withdrawn_at__isnull=True,
        )
        .select_related("kpi")
        .order_by("valid_from")
    )


def covers(row: Benchmark, day: date) -> bool:
    """Whether a benchmark holds on a day."""
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)


def _says_the_same(former: Benchmark, new: Benchmark) -> bool:
    same_numbers = all(getattr(former, name) == getattr(new, name) for name in (*NUMBERS, "basis"))
    return same_numbers and (new.valid_to is None or new.valid_to == former.valid_to)


def _make_room(former: Benchmark, new: Benchmark) -> None:
    """End the former where the new begins; if the new is only for a while, the former continues after it."""
    rest = continuation(former, new)
    if former.valid_from == new.valid_from:
        former.withdrawn_at = timezone.now()
        former.save(update_fields=["withdrawn_at"])
    else:
        former.valid_to = new.valid_from
        former.save(update_fields=["valid_to"])
    if rest is not None:
        rest.save()


def continuation(former: Benchmark, new: Benchmark) -> Benchmark | None:
    """The part of the former that holds again after the new one, not yet stored; None when it ends no later."""
    if new.valid_to is None or (former.valid_to is not None and former.valid_to <= new.valid_to):
        return None
    kept = ("kpi", "period_kind", "scope", "tier", "region", "partner_type", "partner", "direction", "basis", "note")
    return Benchmark(
        valid_from=new.valid_to,
        valid_to=former.valid_to,
        actor_label=former.actor_label,
        **{name: getattr(former, name) for name in (*kept, *NUMBERS)},
    )
