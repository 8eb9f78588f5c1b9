"""The draft of a what-if, each record of it read once: its periods, the version in force and its own, its benchmarks
and those in force, and everything in which it differs from what is in force."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from django.db.models import Q

from performance.models import KPI, Benchmark, PeriodRow, ScorecardTemplate, TemplateLine, WhatIf, WhatIfBenchmark
from performance.models.benchmark import Expectation
from performance.models.whatif import GROUPS
from performance.queries.cards import KIND_PREFERENCE
from performance.queries.library import in_force
from performance.queries.reference import lines_of, periods_by_id, periods_with_cards, template_for, templates_by_id
from performance.what_if_changes import benchmark_changes, template_changes

PERIODS_OFFERED = 24

PLACE = ("kpi_id", "period_kind", "scope", *(f"{name}_id" for name in GROUPS))

Place = tuple[Any, ...]
"""What two benchmarks have in common of which one stands in for the other: the values of PLACE."""


def place_of(row: Expectation) -> Place:
    """The place of a benchmark: its KPI, kind of period and group."""
    return tuple(getattr(row, name) for name in PLACE)


def place_for(kpi: KPI, period_kind: str, scope: str, groups: Mapping[str, Any]) -> Place:
    """The place of a benchmark of these, of which there may be none."""
    return (kpi.pk, period_kind, scope, *(getattr(groups.get(name), "pk", None) for name in GROUPS))


class Draft:
    """A what-if with all that its rules consist of, read when it is asked for and once. After a change make another.

    Stored benchmarks are read where its own stand in for them; besides for the KPIs of the card those of `group`
    (`scope` and its record), and those at `places`.
    """

    def __init__(
        self, what_if: WhatIf, *, group: Mapping[str, Any] | None = None, places: Iterable[Place] = ()
    ) -> None:
        self.what_if = what_if
        self.group = group
        self.places = places

    # --- periods ---

    @cached_property
    def periods(self) -> list[PeriodRow]:
        """The periods that it replays, newest first."""
        return [row for row in periods_by_id().values() if row.label in self.what_if.periods]

    @property
    def newest(self) -> PeriodRow | None:
        """The newest period that it replays."""
        return self.periods[0] if self.periods else None

    @property
    def kind(self) -> str:
        """The kind of its periods, for which its thresholds are."""
        return self.newest.kind if self.newest else "quarter"

    @cached_property
    def offered(self) -> list[PeriodRow]:
        """The periods that can be replayed: those of the programme with cards, quarters first, each kind newest first.

        Before the first card those that the draft would score.
        """
        rows = list(periods_with_cards(self.what_if.programme_id))
        if not rows and self.template is not None:
            rows = [row for row in periods_by_id().values() if row.kind in self.template.period_kinds]
        found: list[PeriodRow] = []
        for kind in KIND_PREFERENCE:
            found += [row for row in rows if row.kind == kind][:PERIODS_OFFERED]
        return found

    # --- the scorecard ---

    @cached_property
    def base(self) -> ScorecardTemplate | None:
        """The published version that the draft stands against: that of the newest period replayed."""
        return template_for(self.what_if.programme_id, self.newest.start) if self.newest else None

    @cached_property
    def template(self) -> ScorecardTemplate | None:
        """The version of its own, where it has one."""
        return templates_by_id().get(self.what_if.template_id or 0)

    @property
    def scored_by(self) -> ScorecardTemplate | None:
        """The version that its replay scores by."""
        return self.template or self.base

    @cached_property
    def lines(self) -> tuple[TemplateLine, ...]:
        """The lines that its replay scores by."""
        return lines_of(self.scored_by.pk) if self.scored_by else ()

    @cached_property
    def base_lines(self) -> tuple[TemplateLine, ...]:
        """The lines in force."""
        return lines_of(self.base.pk) if self.base else ()

    # --- the benchmarks ---

    @cached_property
    def benchmarks(self) -> list[WhatIfBenchmark]:
        """Its benchmarks with what they are for."""
        return list(self.what_if.benchmarks.select_related("kpi", "tier", "region", "partner_type", "partner"))

    @cached_property
    def in_force(self) -> dict[Place, Benchmark]:
        """The stored benchmarks that hold on the newest period's first day, by their place."""
        wanted = Q(pk__in=[])
        for place in {*self.places, *(place_of(row) for row in self.benchmarks)}:
            wanted |= Q(
                **{
                    f"{name}__isnull" if key is None else name: key is None or key
                    for name, key in zip(PLACE, place, strict=True)
                }
            )
        if self.group is not None:
            kpis = [line.kpi_id for line in self.lines]
            wanted |= Q(period_kind=self.kind, kpi__in=kpis, **self.group)
        if self.newest is None or not wanted:
            return {}
        rows = Benchmark.objects.filter(in_force(self.newest.start)).filter(wanted).select_related("kpi")
        return {place_of(row): row for row in rows}

    def thresholds(self) -> dict[int, tuple[Benchmark | None, WhatIfBenchmark | None]]:
        """By KPI the stored benchmark of `group` that holds now, and the draft's."""
        assert self.group is not None
        group = (self.kind, self.group["scope"], *(getattr(self.group.get(name), "pk", None) for name in GROUPS))
        stored = {row.kpi_id: row for place, row in self.in_force.items() if place[1:] == group}
        drafted = {row.kpi_id: row for row in self.benchmarks if place_of(row)[1:] == group}
        return {kpi_id: (stored.get(kpi_id), drafted.get(kpi_id)) for kpi_id in stored.keys() | drafted.keys()}

    # --- what it comes to ---

    @cached_property
    def changes(self) -> list[dict[str, Any]]:
        """Everything in which it differs from what is in force, the scorecard first, as it is stored."""
        found = []
        if self.template is not None:
            found += template_changes(self.base, self.base_lines, self.template, self.lines)
        for row in self.benchmarks:
            found += benchmark_changes(self.in_force.get(place_of(row)), row)
        return [change.as_json() for change in found]
