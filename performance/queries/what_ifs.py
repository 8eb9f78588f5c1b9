"""What-ifs as they are read: which periods can be replayed, what the draft changes, who would move."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Abs

from partners.models import Programme
from performance.choices import BenchmarkBasis, MissingPolicy, TemplateStatus
from performance.models import (
    KPI,
    Benchmark,
    PeriodRow,
    ScorecardTemplate,
    TemplateLine,
    WhatIf,
    WhatIfBenchmark,
    WhatIfMove,
)
from performance.models.benchmark import Expectation
from performance.models.whatif import GROUPS
from performance.queries.cards import KIND_PREFERENCE
from performance.queries.library import in_force, template_lines
from performance.queries.reference import periods_with_cards
from performance.what_if import Outcome, together

PERIODS_OFFERED = 24


def what_ifs() -> QuerySet[WhatIf]:
    """All of them with programme and draft, newest first."""
    return WhatIf.objects.select_related("programme", "template").order_by("-created_at", "-id")


def kinds_scored(programme: Programme) -> set[str]:
    """The kinds of period that a published version of the programme scores."""
    versions = ScorecardTemplate.objects.filter(programme=programme, status=TemplateStatus.PUBLISHED)
    return {kind for kinds in versions.values_list("period_kinds", flat=True) for kind in kinds}


def periods_offered(what_if: WhatIf) -> list[PeriodRow]:
    """The periods that can be replayed: those of the programme with cards, quarters first, each kind newest first.

    Before the first card those that the draft would score.
    """
    rows = list(periods_with_cards(what_if.programme_id))
    if not rows and what_if.template is not None:
        rows = list(PeriodRow.objects.filter(kind__in=what_if.template.period_kinds).order_by("-start"))
    found: list[PeriodRow] = []
    for kind in KIND_PREFERENCE:
        found += [row for row in rows if row.kind == kind][:PERIODS_OFFERED]
    return found


def periods_of(what_if: WhatIf) -> list[PeriodRow]:
    """The periods that it replays, newest first."""
    return list(PeriodRow.objects.filter(label__in=what_if.periods).order_by("-start"))


def benchmark_in_place(what_if: WhatIf, **key: Any) -> Benchmark | None:
    """The stored benchmark of exactly this KPI, kind and group that holds on the newest period's first day."""
    newest = periods_of(what_if)[:1]
    if not newest:
        return None
    return Benchmark.objects.filter(in_force(newest[0].start), **key).first()


def benchmarks_of(what_if: WhatIf) -> list[WhatIfBenchmark]:
    """The benchmarks of the draft with what they are for."""
    return list(what_if.benchmarks.select_related("kpi", "tier", "region", "partner_type", "partner"))


def thresholds_in_place(
    what_if: WhatIf, kpis: Iterable[KPI], kind: str, **group: Any
) -> dict[int, tuple[Benchmark | None, WhatIfBenchmark | None]]:
    """By KPI the stored benchmark of one kind and group that holds now, and the draft's. Three queries."""
    newest = periods_of(what_if)[:1]
    drafted = {row.kpi_id: row for row in what_if.benchmarks.filter(period_kind=kind, **group)}
    stored = {}
    if newest:
        rows = Benchmark.objects.filter(in_force(newest[0].start), period_kind=kind, **group)
        stored = {row.kpi_id: row for row in rows}
    return {kpi.pk: (stored.get(kpi.pk), drafted.get(kpi.pk)) for kpi in kpis}


# --- What the draft changes ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One number or setting of the draft that is another than in force. `what` is the kind of rule, `name` its
    record; before and after are numbers or words, None for something that is not there."""

    what: str
    name: str
    field: str
    before: Any
    after: Any
    code: str = ""
    basis: str = BenchmarkBasis.ABSOLUTE

    def as_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "what": self.what,
            "name": self.name,
            "field": self.field,
            "before": self.before,
            "after": self.after,
            "code": self.code,
            "basis": self.basis,
        }


def changes_of(what_if: WhatIf, base: ScorecardTemplate | None) -> list[dict[str, Any]]:
    """Everything in which the draft differs from what is in force, the scorecard first."""
    found: list[Change] = []
    if what_if.template is not None:
        found += _template_changes(base, what_if.template)
    drafted = benchmarks_of(what_if)
    newest = periods_of(what_if)[:1] if drafted else []
    in_place = {}
    if newest:
        rows = Benchmark.objects.filter(in_force(newest[0].start), kpi__in={row.kpi_id for row in drafted})
        in_place = {_key(row): row for row in rows}
    for row in drafted:
        found += _benchmark_changes(in_place.get(_key(row)), row)
    return [change.as_json() for change in found]


def _key(row: Expectation) -> tuple[Any, ...]:
    """What two benchmarks have in common of which one stands in for the other."""
    return (row.kpi_id, row.period_kind, *(getattr(row, f"{name}_id") for name in GROUPS))


def _template_changes(base: ScorecardTemplate | None, draft: ScorecardTemplate) -> list[Change]:
    old, new = _with_lines(base), _with_lines(draft)
    assert new is not None
    found: list[Change] = []
    for name in ("points_at_target", "minimum_coverage", "period_kinds"):
        before, after = (getattr(old, name) if old else None), getattr(new, name)
        if before != after:
            found.append(Change("setting", name, "", before, after))
    old_lines = {line.kpi_id: line for line in old.lines.all()} if old else {}
    for line in new.lines.all():
        found += _line_changes(old_lines.pop(line.kpi_id, None), line)
    found += [Change("weight", line.kpi.name, "", line.weight, None, line.kpi.code) for line in old_lines.values()]
    old_bands = {band.key: band.minimum for band in old.bands.all()} if old else {}
    for band in new.bands.all():
        before = old_bands.pop(band.key, None)
        if before != band.minimum:
            found.append(Change("grade", band.key, "", before, band.minimum))
    found += [Change("grade", key, "", minimum, None) for key, minimum in old_bands.items()]
    return found


def _line_changes(old: TemplateLine | None, new: TemplateLine) -> list[Change]:
    name, code = new.kpi.name, new.kpi.code
    found = []
    if old is None or old.weight != new.weight:
        found.append(Change("weight", name, "", old.weight if old else None, new.weight, code))
    if old is not None:
        before, after = _policy(old), _policy(new)
        if before != after:
            found.append(Change("policy", name, "", before, after, code))
        if (old.gate_minimum, old.gate_grade) != (new.gate_minimum, new.gate_grade):
            found.append(Change("gate", name, "", _gate(old), _gate(new), code))
        types = [sorted(str(kind) for kind in line.applies_to.all()) for line in (old, new)]
        if types[0] != types[1]:
            found.append(Change("types", name, "", ", ".join(types[0]) or None, ", ".join(types[1]) or None, code))
    return found


def _policy(line: TemplateLine) -> str:
    word = str(line.get_policy_display())
    return f"{word} ({line.carry_periods})" if line.policy == MissingPolicy.CARRY else word


def _gate(line: TemplateLine) -> str | None:
    return None if line.gate_minimum is None else f"{line.gate_minimum.normalize():f}: {line.gate_grade}"


def _with_lines(template: ScorecardTemplate | None) -> ScorecardTemplate | None:
    if template is None:
        return None
    return ScorecardTemplate.objects.prefetch_related(template_lines(), "bands").get(pk=template.pk)


def _benchmark_changes(old: Benchmark | None, new: WhatIfBenchmark) -> list[Change]:
    name = new.kpi.name if new.group is None else f"{new.kpi.name}, {new.scope_label}"
    found = []
    for field_name in ("floor", "target", "stretch", "ceiling"):
        before, after = _number(old, field_name), _number(new, field_name)
        if before != after:
            found.append(Change("benchmark", name, field_name, before, after, new.kpi.code, new.basis))
    return found


def _number(row: Expectation | None, name: str) -> Decimal | None:
    return getattr(row, name) if row is not None else None


# --- What came of it -----------------------------------------------------------------------------------------------


def outcomes_of(what_if: WhatIf) -> list[Outcome]:
    """The figures period by period, newest first; none before the first replay."""
    return [Outcome.from_json(stored) for stored in (what_if.figures or {}).get("periods", ())]


def outcome_of_all(what_if: WhatIf) -> Outcome:
    """All periods as one."""
    return together(outcomes_of(what_if))


MOVE_ORDER = ("down", "unrated", "gone", "up", "rated", "new")


def moves(what_if: WhatIf, portfolio: Any | None = None) -> QuerySet[WhatIfMove]:
    """Who would move, of those the person may see."""
    rows = WhatIfMove.objects.filter(what_if=what_if).select_related("partner", "period", "tier")
    if portfolio is not None:
        rows = rows.filter(partner_id__in=portfolio)
    return rows.annotate(
        size=Abs("change"),
        kind_place=Case(
            *[When(kind=kind, then=Value(place)) for place, kind in enumerate(MOVE_ORDER)],
            output_field=IntegerField(),
        ),
    )


def largest_moves(rows: QuerySet[WhatIfMove], period: str, count: int) -> list[WhatIfMove]:
    """Those of a period that move furthest, losses first, each with the largest change on the outside."""
    of_period = rows.filter(period__label=period, kind__in=("up", "down"))
    lost = list(of_period.filter(kind="down").order_by("change", "partner_id")[:count])
    gained = list(of_period.filter(kind="up").order_by("-change", "partner_id")[:count])
    return lost + gained[::-1]


def open_count() -> int:
    """How many what-ifs are not settled."""
    return WhatIf.objects.aggregate(open=Count("id", filter=Q(status="open")))["open"]


def open_what_if_of(template: ScorecardTemplate) -> WhatIf | None:
    """The newest open what-if that tries this draft out."""
    return WhatIf.objects.filter(template=template, status="open").order_by("-id").first()


def named(rows: Sequence[PeriodRow]) -> str:
    """Periods in words, oldest first."""
    return ", ".join(row.label for row in sorted(rows, key=lambda row: row.start))
