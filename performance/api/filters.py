"""Query parameters of figures in the API: codes, numbers and period labels."""

import django_filters as filters

from performance.choices import BenchmarkScope, RunKind, RunStatus, TemplateStatus
from performance.models import KPI, PERIOD_KINDS, Benchmark, Measurement, PeriodRow, Run, Scorecard, ScorecardTemplate


class KPIFilter(filters.FilterSet):
    """KPIs by their state."""

    q = filters.CharFilter("name", lookup_expr="icontains", label="Part of the name.")
    is_active = filters.BooleanFilter(label="Whether it is in use.")

    class Meta:
        model = KPI
        fields: list[str] = []


class BenchmarkFilter(filters.FilterSet):
    """Benchmarks of a KPI, a group or a day."""

    kpi = filters.CharFilter("kpi__code", lookup_expr="iexact", label="Code of the KPI.")
    period_kind = filters.ChoiceFilter(choices=PERIOD_KINDS)
    scope = filters.ChoiceFilter(choices=BenchmarkScope.choices)
    partner = filters.CharFilter("partner__external_id", label="External number of the partner.")
    withdrawn = filters.BooleanFilter("withdrawn_at", lookup_expr="isnull", exclude=True, label="Withdrawn or not.")

    class Meta:
        model = Benchmark
        fields: list[str] = []


class TemplateFilter(filters.FilterSet):
    """Versions of a programme or in a state."""

    programme = filters.CharFilter("programme__key", label="Key of the programme.")
    status = filters.ChoiceFilter(choices=TemplateStatus.choices)

    class Meta:
        model = ScorecardTemplate
        fields: list[str] = []


class MeasurementFilter(filters.FilterSet):
    """Measurements of a partner, a KPI, a span of days or a source."""

    partner = filters.CharFilter("partner__external_id", label="External number of the partner.")
    kpi = filters.CharFilter("kpi__code", lookup_expr="iexact", label="Code of the KPI.")
    source = filters.CharFilter(label="Exactly this source.")
    occurred_from = filters.DateFilter("occurred_on", lookup_expr="gte", label="First day.")
    occurred_to = filters.DateFilter("occurred_on", lookup_expr="lte", label="Last day, inclusive.")
    recorded_since = filters.IsoDateTimeFilter("recorded_at", lookup_expr="gte", label="Arrived at or after.")

    class Meta:
        model = Measurement
        fields: list[str] = []


class CardFilter(filters.FilterSet):
    """Scorecards of a period, a programme or a partner."""

    period = filters.CharFilter("period__label", label="Label, such as 2026-Q1.")
    period_kind = filters.ChoiceFilter("period__kind", choices=PERIOD_KINDS)
    programme = filters.CharFilter("programme__key", label="Key of the programme.")
    partner = filters.CharFilter("partner__external_id", label="External number of the partner.")
    partner_type = filters.CharFilter("partner_type__key", label="Key of the type it was scored as.")
    grade = filters.CharFilter(label="Exactly this grade.")
    rated = filters.BooleanFilter(label="Whether the card is rated.")
    computed_since = filters.IsoDateTimeFilter("computed_at", lookup_expr="gte", label="Changed at or after.")

    class Meta:
        model = Scorecard
        fields: list[str] = []


class PeriodFilter(filters.FilterSet):
    """Periods of one kind."""

    kind = filters.ChoiceFilter(choices=PERIOD_KINDS)

    class Meta:
        model = PeriodRow
        fields: list[str] = []


class RunFilter(filters.FilterSet):
    """Runs by how they came and ended."""

    kind = filters.ChoiceFilter(choices=RunKind.choices)
    status = filters.ChoiceFilter(choices=RunStatus.choices)

    class Meta:
        model = Run
        fields: list[str] = []
