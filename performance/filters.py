"""What the lists of this app can be narrowed by."""

from collections.abc import Sequence
from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.filters import NOBODY, OwnerFilter
from partners.models import Partner, PartnerType, Programme, Region, Tier
from performance.choices import (
    AlertKind,
    AlertSeverity,
    AlertStatus,
    BenchmarkScope,
    Direction,
    MoveKind,
    OutcomeState,
    PromiseState,
    RestatementStatus,
    RunKind,
    RunStatus,
    SourceKind,
    SourceState,
    SourceType,
    WhatIfStatus,
)
from performance.consequences import consequence_kinds
from performance.models import (
    KPI,
    PERIOD_KINDS,
    Alert,
    AlertRule,
    Benchmark,
    Measurement,
    MeasurementSource,
    Outcome,
    PeriodRow,
    Restatement,
    Run,
    Scorecard,
    WhatIf,
    WhatIfMove,
)
from performance.queries.alerts import is_mine
from performance.queries.cards import region_with_children
from performance.queries.overview import has_gap
from performance.queries.promises import people_at_work
from performance.queries.restatements import with_status
from performance.queries.risks import RiskTest
from performance.queries.sources import source_choices
from performance.queries.vendor import period_of, quarters
from performance.rules.sources import MANUAL_BEFORE, MANUAL_FROM

YES = [("yes", _("Yes"))]
MOVED = [("up", _("Rose")), ("down", _("Fell"))]
YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class MineFilter(filters.ChoiceFilter):
    """Rows about the partners that the person asking looks after."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"label": _("Mine"), "choices": YES, "empty_label": _("Everybody's")} | kwargs))

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        request = self.parent.request
        return qs.filter(is_mine(request.user.pk)) if value and request is not None else qs


class ScorecardFilter(filters.FilterSet):
    """Scorecards of one period. `bands` are the grades of the template in force, `risk` its test; the list sets both.

    Period and programme are read by the list itself; they stand here so that the address keeps them.
    """

    period = filters.ChoiceFilter(label=_("Period"), choices=(), method="chosen_by_list", empty_label=_("Newest"))
    programme = filters.ModelChoiceFilter(
        label=_("Programme"),
        queryset=lambda request: Programme.objects.filter(is_active=True),
        to_field_name="key",
        method="chosen_by_list",
        empty_label=_("Default"),
    )
    grade = filters.MultipleChoiceFilter(label=_("Grade"), choices=())
    rated = filters.ChoiceFilter(label=_("Rated"), choices=YES_NO, method="filter_rated", empty_label=_("Any"))
    risk = filters.ChoiceFilter(label=_("At risk"), choices=YES, method="filter_risk", empty_label=_("Any"))
    moved = filters.ChoiceFilter(label=_("Moved"), choices=MOVED, method="filter_moved", empty_label=_("Any"))
    gaps = filters.ChoiceFilter(label=_("Data gaps"), choices=YES, method="filter_gaps", empty_label=_("Any"))
    region = filters.ModelChoiceFilter(
        label=_("Region"),
        queryset=lambda request: Region.objects.order_by("name"),
        to_field_name="key",
        method="filter_region",
        null_label=_("No region"),
        null_value="none",
        empty_label=_("All regions"),
    )
    below = filters.ChoiceFilter(
        label=_("Regions below"),
        choices=[("no", _("Left out"))],
        method="chosen_by_list",
        empty_label=_("Included"),
    )
    type = filters.ModelChoiceFilter(
        label=_("Type"),
        field_name="partner_type",
        queryset=lambda request: PartnerType.objects.filter(is_scored=True).order_by("name"),
        to_field_name="key",
        empty_label=_("All types"),
    )
    tier = filters.ModelChoiceFilter(
        label=_("Tier"),
        queryset=Tier.objects.none(),
        to_field_name="key",
        method="filter_tier",
        null_label=_("No tier"),
        null_value="none",
        empty_label=_("All tiers"),
    )
    score = filters.RangeFilter(label=_("Score"), field_name="total")
    kpi = filters.ModelChoiceFilter(
        label=_("Show KPI"),
        queryset=lambda request: KPI.objects.filter(is_active=True).order_by("name"),
        to_field_name="code",
        method="chosen_by_list",
        empty_label=_("None"),
    )

    class Meta:
        model = Scorecard
        fields: tuple[str, ...] = ()

    def __init__(
        self,
        *args: Any,
        bands: Any = (),
        periods: Any = (),
        programme: Any = None,
        risk: RiskTest | None = None,
        without: tuple[str, ...] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.risk = risk
        self.filters["tier"].queryset = Tier.objects.filter(programme=programme).order_by("-rank")
        self.filters["period"].extra["choices"] = [(row.label, row.label) for row in periods]
        ordered = sorted(bands, key=lambda band: band.minimum, reverse=True)
        self.filters["grade"].extra["choices"] = [(band.key, band.name or band.key) for band in ordered]
        self.filters["kpi"].field.label_from_instance = lambda kpi: kpi.name
        for name in without:
            del self.filters[name]

    def filter_rated(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(rated=value == "yes")

    def filter_risk(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        return rows.filter(self.risk.condition) if self.risk else rows.none()

    def filter_moved(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(rated=True, delta__gt=0) if value == "up" else rows.filter(rated=True, delta__lt=0)

    def filter_gaps(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        return rows.filter(has_gap())

    def filter_region(self, rows: QuerySet, _name: str, value: Any) -> QuerySet:
        if value == "none":
            return rows.filter(region=None)
        if self.data.get("below") == "no":
            return rows.filter(region=value)
        return rows.filter(region_id__in=region_with_children(value.pk, Region.objects.all()))

    def filter_tier(self, rows: QuerySet, _name: str, value: Any) -> QuerySet:
        return rows.filter(tier=None) if value == "none" else rows.filter(tier=value)

    def chosen_by_list(self, rows: QuerySet, _name: str, _value: Any) -> QuerySet:
        """The list has chosen its rows and columns by it already."""
        return rows


class KPIFilter(filters.FilterSet):
    """The KPI library."""

    source_kind = filters.MultipleChoiceFilter(label=_("Part of the business"), choices=SourceKind.choices)
    direction = filters.ChoiceFilter(label=_("Better"), choices=Direction.choices, empty_label=_("Any"))
    used = filters.ChoiceFilter(label=_("In use"), choices=YES_NO, method="filter_used", empty_label=_("Any"))

    class Meta:
        model = KPI
        fields: tuple[str, ...] = ()

    def filter_used(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(is_active=value == "yes")


STATES = [
    ("current", _("Holds now")),
    ("future", _("Holds later")),
    ("past", _("Past")),
    ("withdrawn", _("Withdrawn")),
]


class BenchmarkFilter(filters.FilterSet):
    """Benchmarks of all KPIs and scopes."""

    kpi = filters.ModelChoiceFilter(
        label=_("KPI"),
        queryset=lambda request: KPI.objects.order_by("name"),
        to_field_name="code",
        empty_label=_("All"),
    )
    scope = filters.MultipleChoiceFilter(label=_("For"), choices=BenchmarkScope.choices)
    period_kind = filters.MultipleChoiceFilter(label=_("Period"), choices=PERIOD_KINDS)
    state = filters.ChoiceFilter(label=_("State"), choices=STATES, method="filter_state", empty_label=_("Any"))

    class Meta:
        model = Benchmark
        fields: tuple[str, ...] = ()

    def filter_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        day = timezone.localdate()
        if value == "withdrawn":
            return rows.exclude(withdrawn_at=None)
        rows = rows.filter(withdrawn_at=None)
        if value == "future":
            return rows.filter(valid_from__gt=day)
        if value == "past":
            return rows.filter(valid_to__lte=day)
        return rows.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class MeasurementFilter(filters.FilterSet):
    """Measurements by KPI, partner number, day and where they came from."""

    kpi = filters.ModelChoiceFilter(
        label=_("KPI"),
        queryset=lambda request: KPI.objects.order_by("name"),
        to_field_name="code",
        empty_label=_("All"),
    )
    partner = filters.CharFilter(label=_("Partner number"), field_name="partner__external_id")
    occurred_on = filters.DateFromToRangeFilter(label=_("Day"))
    source = filters.ChoiceFilter(label=_("Source"), choices=(), empty_label=_("All"))
    manual = filters.ChoiceFilter(label=_("Typed in"), choices=YES, method="filter_manual", empty_label=_("Any"))

    class Meta:
        model = Measurement
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["source"].extra["choices"] = source_choices

    def filter_manual(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        return rows.filter(source__gte=MANUAL_FROM, source__lt=MANUAL_BEFORE)


class RunFilter(filters.FilterSet):
    """The run log."""

    kind = filters.MultipleChoiceFilter(label=_("Asked for by"), choices=RunKind.choices)
    status = filters.ChoiceFilter(label=_("Status"), choices=RunStatus.choices, empty_label=_("Any"))

    class Meta:
        model = Run
        fields: tuple[str, ...] = ()


class RestatementFilter(filters.FilterSet):
    """Proposals by what became of them, by period and programme."""

    status = filters.ChoiceFilter(
        label=_("Status"), choices=RestatementStatus.choices, method="filter_status", empty_label=_("Any")
    )
    period = filters.ModelChoiceFilter(
        label=_("Period"),
        field_name="scorecard__period",
        queryset=lambda request: PeriodRow.objects.filter(closed_at__isnull=False).order_by("-start", "kind"),
        to_field_name="label",
        empty_label=_("All periods"),
    )
    programme = filters.ModelChoiceFilter(
        label=_("Programme"),
        field_name="scorecard__programme",
        queryset=lambda request: Programme.objects.order_by("name"),
        to_field_name="key",
        empty_label=_("All programmes"),
    )

    class Meta:
        model = Restatement
        fields: tuple[str, ...] = ()

    def filter_status(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return with_status(rows, value)


class AlertFilter(filters.FilterSet):
    """Alerts by where they stand, what they are about, whose partners, which partner."""

    status = filters.ChoiceFilter(label=_("Status"), choices=AlertStatus.choices, empty_label=_("Any"))
    mine = MineFilter()
    severity = filters.MultipleChoiceFilter(label=_("Severity"), choices=AlertSeverity.choices, distinct=False)
    kind = filters.MultipleChoiceFilter(label=_("Kind"), choices=AlertKind.choices, distinct=False)
    programme = filters.ModelChoiceFilter(
        label=_("Programme"),
        queryset=lambda request: Programme.objects.order_by("name"),
        to_field_name="key",
        empty_label=_("All programmes"),
    )
    owner = OwnerFilter("partner__owner")
    rule = filters.ModelChoiceFilter(
        label=_("Rule"),
        queryset=lambda request: AlertRule.objects.order_by("name"),
        to_field_name="public_id",
        empty_label=_("All rules"),
    )
    partner = filters.CharFilter(label=_("Partner number"), field_name="partner__external_id")

    class Meta:
        model = Alert
        fields: tuple[str, ...] = ()


class DueFilter(filters.FilterSet):
    """What would follow, by consequence. `due` is what the page has found, `periods` are those it can be tried on.

    The period is read by the page itself; it stands here so that the address keeps it.
    """

    kind = filters.ChoiceFilter(label=_("Consequence"), choices=(), method="filter_kind", empty_label=_("Any"))
    period = filters.ChoiceFilter(
        label=_("Period"), choices=(), method="chosen_by_list", empty_label=_("Last closed period")
    )

    class Meta:
        model = Scorecard
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, due: Any, periods: Sequence[PeriodRow] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.due = due
        self.filters["kind"].extra["choices"] = kind_choices
        self.filters["period"].extra["choices"] = [(row.label, row.label) for row in periods]
        if not periods:
            del self.filters["period"]

    def filter_kind(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows & self.due.cards(value)

    def chosen_by_list(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        """Read by the page itself."""
        return rows


class OutcomeFilter(filters.FilterSet):
    """What has followed from grades, by consequence, period, state and whose partners."""

    kind = filters.ChoiceFilter(label=_("Consequence"), choices=(), empty_label=_("Any"))
    period = filters.ModelChoiceFilter(
        label=_("Period"),
        field_name="scorecard__period",
        queryset=lambda request: PeriodRow.objects.filter(closed_at__isnull=False).order_by("-start", "kind"),
        to_field_name="label",
        empty_label=_("All periods"),
    )
    state = filters.MultipleChoiceFilter(label=_("State"), choices=OutcomeState.choices, distinct=False)
    mine = MineFilter()
    grade = filters.CharFilter(label=_("Grade"))
    partner = filters.CharFilter(label=_("Partner number"), field_name="partner__external_id")

    class Meta:
        model = Outcome
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["kind"].extra["choices"] = kind_choices


def kind_choices() -> list[tuple[str, Any]]:
    """The consequences there are."""
    return [(kind.key, kind.label) for kind in consequence_kinds]


class WhatIfFilter(filters.FilterSet):
    """What-ifs by how they stand and by programme."""

    status = filters.ChoiceFilter(label=_("Status"), choices=WhatIfStatus.choices, empty_label=_("Any"))
    programme = filters.ModelChoiceFilter(
        label=_("Programme"),
        queryset=lambda request: Programme.objects.order_by("name"),
        to_field_name="key",
        empty_label=_("All programmes"),
    )

    class Meta:
        model = WhatIf
        fields: tuple[str, ...] = ()


class WhatIfMoveFilter(filters.FilterSet):
    """Who would move, by period, way and grade."""

    period = filters.CharFilter(label=_("Period"), field_name="period__label")
    kind = filters.MultipleChoiceFilter(label=_("Moves"), choices=MoveKind.choices)
    old_grade = filters.CharFilter(label=_("Grade now"))
    new_grade = filters.CharFilter(label=_("Grade then"))

    class Meta:
        model = WhatIfMove
        fields: tuple[str, ...] = ()


class SourceFilter(filters.FilterSet):
    """Sources by how they stand, how they come, who looks after them, which KPI they feed."""

    state = filters.MultipleChoiceFilter(label=_("State"), choices=SourceState.choices, distinct=False)
    kind = filters.MultipleChoiceFilter(label=_("Comes by"), choices=SourceType.choices, distinct=False)
    owner = OwnerFilter()
    kpi = filters.ModelChoiceFilter(
        label=_("KPI"),
        field_name="feeds__kpi",
        queryset=lambda request: KPI.objects.order_by("name"),
        to_field_name="code",
        empty_label=_("All"),
    )
    described = filters.ChoiceFilter(
        label=_("Described"), choices=YES_NO, method="filter_described", empty_label=_("Any")
    )

    class Meta:
        model = MeasurementSource
        fields: tuple[str, ...] = ()

    def filter_described(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(is_described=value == "yes")


def _people() -> list[tuple[str, Any]]:
    """Everybody who may have promised something, and nobody."""
    return [*((str(person.pk), str(person)) for person in people_at_work()), (NOBODY, _("Nobody"))]


class PromiseFilter(filters.FilterSet):
    """Promises of ours by quarter, by what became of them, by who had to keep them, and by partner."""

    period = filters.ChoiceFilter(label=_("Due in"), choices=(), method="filter_period", empty_label=_("Any quarter"))
    state = filters.MultipleChoiceFilter(
        label=_("State"), field_name="promise_state", choices=PromiseState.choices, distinct=False
    )
    owner = OwnerFilter("promise_person", label=_("Whose"), empty_label=_("Anybody's"), choices=_people)
    partner = filters.CharFilter(label=_("Partner number"), method="filter_partner")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["period"].extra["choices"] = [(row.label, row.label) for row in quarters(timezone.localdate())]

    def filter_period(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        period = period_of(value, timezone.localdate())
        return rows.filter(promise_due__gte=period.start, promise_due__lt=period.end)

    def filter_partner(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(promise_partner__in=Partner.objects.filter(external_id=value).values("pk"))
