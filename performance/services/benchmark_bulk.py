"""Setting many benchmarks at once: for several KPIs and groups or partners, or a period's carried forward.

First a plan that says row by row what will change, then all of it or nothing. Each row obeys the rules of
`services.benchmarks`; the plan is made again under a lock, and one that no longer says the same is refused.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.models import Partner, PartnerType, Region, Tier
from performance.choices import BenchmarkBasis, BenchmarkScope
from performance.errors import BenchmarksMoved
from performance.models import KPI, Benchmark
from performance.services.benchmarks import NUMBERS, changes_of, check_thresholds, continuation, covers, place_in
from performance.services.scheduling import schedule_recompute
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import DomainError, InvalidInput
from prm.periods import Period
from prm.tenancy.scope import require_scope

MOST_AT_ONCE = 2_000
"""Rows of one plan. Each has its own entry in the trail and is shown before it is written."""

SIX_PLACES = Decimal("0.000001")

TARGET_FIELDS = {
    BenchmarkScope.PARTNER: "partner",
    BenchmarkScope.TIER: "tier",
    BenchmarkScope.PARTNER_TYPE: "partner_type",
    BenchmarkScope.REGION: "region",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Whom a benchmark is for: everybody (no target), or one tier, type, region or partner."""

    scope: BenchmarkScope
    target: Tier | PartnerType | Region | Partner | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """The group as fields of a benchmark."""
        name = TARGET_FIELDS.get(self.scope)
        return {"scope": self.scope, **({name: self.target} if name else {})}

    @classmethod
    def of(cls, benchmark: Benchmark) -> "Group":
        """The group of a benchmark."""
        name = TARGET_FIELDS.get(BenchmarkScope(benchmark.scope))
        return cls(BenchmarkScope(benchmark.scope), getattr(benchmark, name) if name else None)


EVERYBODY = Group(BenchmarkScope.ALL)


@dataclass(frozen=True, slots=True)
class Factor:
    """A change by percent, rounded half away from zero to a multiple of `step`; None keeps six places."""

    percent: Decimal
    step: Decimal | None = None

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return self.percent != 0 or self.step is not None

    def apply(self, value: Decimal | None) -> Decimal | None:
        """The changed number. Rounding keeps the order of thresholds: what was not below another never gets there."""
        if value is None:
            return None
        changed = value * (100 + self.percent) / 100
        step = self.step or SIX_PLACES
        return ((changed / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step).quantize(SIX_PLACES)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One benchmark to set: with `numbers` by a `basis`, or with those of `base` (else of what holds then) changed."""

    kpi: KPI
    period_kind: str
    group: Group
    numbers: Mapping[str, Decimal | None] | None = None
    factor: Factor | None = None
    base: Benchmark | None = None
    basis: str = BenchmarkBasis.ABSOLUTE


@dataclass(slots=True)
class Row:
    """One row of a plan: what holds, what will hold, or why it cannot, with the field to mend."""

    wanted: Wanted
    former: Benchmark | None
    new: Benchmark | None
    outcome: str
    refusal: str = ""
    field: str = ""
    code: str = ""

    @property
    def label(self) -> str:
        """Whom it is for, in words."""
        return str(self.wanted.group.target or BenchmarkScope.ALL.label)

    @property
    def before(self) -> Benchmark | None:
        """The benchmark whose numbers are compared: the one that is followed, else the one that is carried over."""
        return self.former or self.wanted.base

    @property
    def mark(self) -> str:
        """What the row comes to, as text that differs when it comes to something else."""
        said = [str(getattr(self.new, name)) for name in (*NUMBERS, "basis")] if self.new else [self.refusal]
        target = self.wanted.group.target
        key = [self.wanted.kpi.pk, self.wanted.period_kind, self.wanted.group.scope, target.pk if target else 0]
        return ":".join(map(str, [*key, self.former.pk if self.former else 0, self.outcome, *said]))


@dataclass(frozen=True, slots=True)
class Plan:
    """What setting many benchmarks will do."""

    rows: Sequence[Row]
    valid_from: date
    valid_to: date | None
    note: str

    @property
    def to_write(self) -> list[Row]:
        """Rows that begin a new benchmark."""
        return [row for row in self.rows if row.outcome in ("created", "updated")]

    @property
    def unchanged(self) -> list[Row]:
        """Rows that hold already."""
        return [row for row in self.rows if row.outcome == "unchanged"]

    @property
    def refused(self) -> list[Row]:
        """Rows that cannot be set."""
        return [row for row in self.rows if row.refusal]

    @property
    def digest(self) -> str:
        """What the plan is recognised by when it comes back to be written."""
        text = "\n".join([str(self.valid_from), str(self.valid_to), *(row.mark for row in self.rows)])
        return hashlib.sha256(text.encode()).hexdigest()


def plan_benchmarks(
    wanted: Sequence[Wanted], *, valid_from: date, valid_to: date | None = None, note: str = "", actor: Actor
) -> Plan:
    """What setting these would do, row by row. Writes nothing; two queries however many rows.

    Raises:
        InvalidInput: nothing or too much is asked for at once, or the dates are out of order.
    """
    if not wanted:
        raise InvalidInput(_("Choose at least one KPI and somebody it is for."), code="nothing_chosen")
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidInput(
            _("That would be %(count)s benchmarks; up to %(limit)s can be set at once. Choose fewer KPIs or partners.")
            % {"count": len(wanted), "limit": MOST_AT_ONCE},
            code="too_many",
        )
    if valid_to is not None and valid_to <= valid_from:
        raise InvalidInput(_("The benchmark ends before it begins."), field="valid_to")
    timelines = _timelines({one.kpi.pk for one in wanted}, {one.period_kind for one in wanted})
    rows, seen = [], set()
    for one in wanted:
        key = _key(one.kpi.pk, one.period_kind, one.group.fields)
        if key not in seen:
            rows.append(_plan_row(one, timelines[key], valid_from=valid_from, valid_to=valid_to, note=note, by=actor))
        seen.add(key)
    return Plan(rows, valid_from, valid_to, note)


@transaction.atomic
def set_benchmarks(
    wanted: Sequence[Wanted],
    *,
    valid_from: date,
    valid_to: date | None = None,
    note: str = "",
    actor: Actor,
    seen: str | None = None,
    leave_out_refused: bool = False,
) -> Plan:
    """Write the plan of these benchmarks, all of it or nothing. `seen` is the digest of the plan that was looked at.

    Raises:
        BenchmarksMoved: the plan is no longer the one that was looked at.
        InvalidInput: as for `plan_benchmarks`, or a row is refused and `leave_out_refused` is not given.
    """
    kpi_ids = sorted({one.kpi.pk for one in wanted})
    list(KPI.objects.select_for_update(no_key=True).filter(pk__in=kpi_ids).order_by("pk"))
    plan = plan_benchmarks(wanted, valid_from=valid_from, valid_to=valid_to, note=note, actor=actor)
    if seen is not None and seen != plan.digest:
        raise BenchmarksMoved(_("The benchmarks have changed since you saw the preview. Look at it again."))
    if plan.refused and not leave_out_refused:
        first = plan.refused[0]
        raise InvalidInput(
            _("%(count)s of the rows cannot be set, so nothing was written. The first is %(kpi)s, %(who)s: %(why)s")
            % {"count": len(plan.refused), "kpi": first.wanted.kpi.name, "who": first.label, "why": first.refusal},
            code="rows_refused",
        )
    if plan.to_write:
        _write(plan, actor)
    return plan


def check_carry(source: Period, aim: Period) -> None:
    """Refuse to carry benchmarks anywhere but into a later period of the same length.

    Raises:
        InvalidInput: it is another.
    """
    if aim.kind != source.kind or aim.start <= source.start:
        raise InvalidInput(_("Choose a later period of the same length."), field="aim")


def carried_over(
    benchmarks: Iterable[Benchmark], *, factor: Factor, kpi_ids: Sequence[int] | None = None
) -> list[Wanted]:
    """These benchmarks as they would be set again, changed by the factor; of some KPIs only when those are given."""
    return [
        Wanted(row.kpi, row.period_kind, Group.of(row), factor=factor, base=row)
        for row in benchmarks
        if kpi_ids is None or row.kpi_id in kpi_ids
    ]


def _timelines(kpi_ids: Iterable[int], kinds: Iterable[str]) -> dict[tuple[Any, ...], list[Benchmark]]:
    """The live benchmarks of the KPIs by group, oldest first."""
    found: dict[tuple[Any, ...], list[Benchmark]] = defaultdict(list)
    rows = Benchmark.objects.filter(kpi__in=list(kpi_ids), period_kind__in=list(kinds), withdrawn_at=None)
    for row in rows.select_related("kpi", "tier", "region", "partner_type", "partner").order_by("valid_from"):
        found[_key(row.kpi_id, row.period_kind, Group.of(row).fields)].append(row)
    return found


def _key(kpi_id: int, kind: str, fields: Mapping[str, Any]) -> tuple[Any, ...]:
    target = next((value for name, value in fields.items() if name != "scope"), None)
    return kpi_id, kind, fields["scope"], target.pk if target is not None else 0


def _plan_row(
    one: Wanted,
    timeline: Sequence[Benchmark],
    *,
    valid_from: date,
    valid_to: date | None,
    note: str,
    by: Actor,
) -> Row:
    holds = next((row for row in timeline if covers(row, valid_from)), None)
    base = one.base or holds
    if one.factor is not None and base is None:
        return _refused(
            one,
            holds,
            _("No benchmark holds on that day that could be changed by percent."),
            "percent",
            "nothing_holds",
        )
    if one.factor is not None and base is not None and one.factor.changes and base.basis == BenchmarkBasis.COHORT:
        why = _("Percentiles of similar partners cannot be changed by percent.")
        return _refused(one, holds, why, "percent", "is_percentile")
    new = Benchmark(
        kpi=one.kpi,
        period_kind=one.period_kind,
        valid_from=valid_from,
        valid_to=valid_to,
        direction=one.kpi.direction,
        basis=base.basis if one.numbers is None and base is not None else one.basis,
        note=note,
        actor_label=by.label[:160],
        **one.group.fields,
        **_numbers(one, base),
    )
    for name in NUMBERS:
        field: Any = Benchmark._meta.get_field(name)
        try:
            setattr(new, name, field.clean(getattr(new, name), new))
        except ValidationError as refusal:
            return _refused(one, holds, " ".join(refusal.messages), name, "invalid")
    try:
        check_thresholds(new)
        place = place_in(timeline, new)
    except DomainError as refusal:
        return _refused(one, holds, str(refusal.message), refusal.field or "", refusal.code)
    new.valid_to = place.valid_to
    return Row(one, place.former, new, place.outcome)


def _refused(one: Wanted, holds: Benchmark | None, why: str, field: str, code: str) -> Row:
    return Row(one, holds, None, "refused", why, field, code)


def _numbers(one: Wanted, base: Benchmark | None) -> dict[str, Decimal | None]:
    if one.numbers is not None:
        return {name: one.numbers.get(name) for name in NUMBERS}
    assert one.factor is not None
    return {name: one.factor.apply(getattr(base, name)) for name in NUMBERS}


def _write(plan: Plan, actor: Actor) -> None:
    """Formers end or are withdrawn by one statement each, new ones and continuations come by one more."""
    rows = plan.to_write
    formers = [(row.former, row.new) for row in rows if row.former is not None and row.new is not None]
    rest = [one for former, new in formers if (one := continuation(former, new)) is not None]
    replaced = [former.pk for former, _new in formers if former.valid_from == plan.valid_from]
    ended = [former.pk for former, _new in formers if former.valid_from != plan.valid_from]
    Benchmark.objects.filter(pk__in=replaced).update(withdrawn_at=timezone.now())
    Benchmark.objects.filter(pk__in=ended).update(valid_to=plan.valid_from)
    Benchmark.objects.bulk_create([*(row.new for row in rows if row.new is not None), *rest])
    for row in rows:
        assert row.new is not None
        record(
            actor=actor,
            action="benchmark.set",
            target=row.new,
            partner_id=row.new.partner_id,
            changes=changes_of(row.former, row.new),
            reason=plan.note,
        )
    schedule_recompute(require_scope().tenant)
