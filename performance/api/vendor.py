"""Our own scorecard for other systems: its figures over some quarters, and the promises behind a measure."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from partners.models import Partner
from performance.choices import MeasureUnit, PromiseState
from performance.permissions import VENDOR_SCORECARD_VIEW
from performance.queries.cards import TREND_PERIODS
from performance.queries.promises import EVERYBODY, Whose, people_at_work, people_of, with_state
from performance.queries.vendor import quarters
from performance.screens.vendor import VendorScorecard, build_vendor_scorecard
from performance.vendor_measures import VendorMeasure, vendor_measures
from performance.words.vendor import figures_of
from prm.api.parameters import refuse_unknown
from prm.api.views import ApiView, ListMixin

FIGURE: dict[str, Any] = {"max_digits": 30, "decimal_places": 6, "allow_null": True}
POINTS: dict[str, Any] = {"max_digits": 7, "decimal_places": 4, "allow_null": True}


class TallySerializer(serializers.Serializer):
    """What became of what was due in a quarter. All are nought where nothing was due."""

    due = serializers.IntegerField()
    on_time = serializers.IntegerField()
    late = serializers.IntegerField()
    overdue = serializers.IntegerField(help_text="Still open today.")
    missed = serializers.IntegerField(help_text="Given up after its day.")
    partners = serializers.IntegerField(help_text="How many partners they were towards.")


class VendorFigureSerializer(serializers.Serializer):
    """A measure in one quarter."""

    period = serializers.CharField(source="period.label")
    value = serializers.DecimalField(**FIGURE, help_text="Null where nothing was due.")
    points = serializers.DecimalField(**POINTS)
    weight = serializers.DecimalField(max_digits=6, decimal_places=2)
    counts = TallySerializer(source="tally")


class VendorMeasureSerializer(serializers.Serializer):
    """One thing that we are measured by."""

    key = serializers.CharField()
    name = serializers.CharField()
    formula = serializers.CharField(help_text="In words: what counts as due and as kept.")
    unit = serializers.ChoiceField(MeasureUnit.choices)
    direction = serializers.CharField(help_text="higher or lower: which way is better.")
    floor = serializers.DecimalField(max_digits=12, decimal_places=4)
    target = serializers.DecimalField(max_digits=12, decimal_places=4)
    stretch = serializers.DecimalField(max_digits=12, decimal_places=4)
    quarters = VendorFigureSerializer(many=True, help_text="The newest first.")


class VendorTotalSerializer(serializers.Serializer):
    """The total of one quarter, scored as partners of the main programme are."""

    period = serializers.CharField()
    total = serializers.DecimalField(**POINTS)
    coverage = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    is_rated = serializers.BooleanField()
    grade = serializers.CharField(allow_null=True)


class VendorScorecardSerializer(serializers.Serializer):
    """Our own scorecard."""

    as_of = serializers.DateField()
    totals = VendorTotalSerializer(many=True, help_text="The newest first.")
    measures = VendorMeasureSerializer(many=True)


class PromiseSerializer(serializers.Serializer):
    """Something that we had to do for a partner by a day."""

    partner = serializers.CharField(source="promise_to.external_id", help_text="External number.")
    partner_id = serializers.UUIDField(source="promise_to.public_id")
    what = serializers.CharField(source="promise_what")
    about = serializers.CharField(source="promise_about", help_text="The plan's title, or the review's period.")
    record = serializers.UUIDField(source="promise_record", help_text="The plan or review it stands in.")
    person = serializers.EmailField(source="promise_by.email", default=None, allow_null=True)
    asked_on = serializers.DateField(source="promise_asked", allow_null=True)
    due_on = serializers.DateField(source="promise_due")
    kept_on = serializers.DateField(source="promise_kept", allow_null=True)
    state = serializers.ChoiceField(PromiseState.choices, source="promise_state")
    days_late = serializers.IntegerField(source="promise_late")


class VendorScorecardDetail(ApiView):
    """Our own scorecard over some quarters."""

    permission = VENDOR_SCORECARD_VIEW
    serializer_class = VendorScorecardSerializer

    @extend_schema(
        operation_id="get_vendor_scorecard",
        summary="Read our own scorecard",
        description="How well this company keeps its side towards partners. What is not due yet is not counted.",
        tags=["vendor scorecard"],
        parameters=[
            OpenApiParameter("period", OpenApiTypes.STR, description="Label of a quarter; without it the running one."),
            OpenApiParameter("partner", OpenApiTypes.STR, description="External number: towards this partner alone."),
        ],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, {"period", "partner"})
        today, label = timezone.localdate(), request.query_params.get("period", "")
        if label and label not in {one.label for one in quarters(today)}:
            raise ValidationError({"period": [ErrorDetail(_("There is no such quarter."), "unknown_period")]})
        page = build_vendor_scorecard(self.whose(request), today=today, label=label, count=TREND_PERIODS)
        return Response(VendorScorecardSerializer(_body(page)).data)

    def whose(self, request: Request) -> Whose:
        """Everybody's promises, or those towards one partner."""
        number = request.query_params.get("partner", "")
        if not number:
            return EVERYBODY
        found = Partner.objects.filter(external_id=number).values_list("pk", flat=True).first()
        if found is None:
            raise ValidationError({"partner": [ErrorDetail(_("There is no such partner."), "unknown_partner")]})
        return Whose(partner_id=found)


def _body(page: VendorScorecard) -> dict[str, Any]:
    figures = list(figures_of(page))
    return {
        "as_of": page.today,
        "totals": [
            {
                "period": period.label,
                "total": card.total,
                "coverage": card.coverage,
                "is_rated": card.rated,
                "grade": card.grade,
            }
            for period, card in reversed(list(zip(page.periods, page.cards, strict=True)))
        ],
        "measures": [
            {
                "key": line.measure.key,
                "name": line.measure.label,
                "formula": line.measure.formula,
                "unit": line.measure.unit,
                "direction": line.measure.direction,
                "floor": line.expected.floor,
                "target": line.expected.target,
                "stretch": line.expected.stretch,
                "quarters": [figure for figure in figures if figure["measure"] is line.measure],
            }
            for line in page.lines
        ],
    }


class PromiseApiFilter(filters.FilterSet):
    """Promises by quarter, by what became of them, by who had to keep them, and by partner."""

    period = filters.CharFilter(method="filter_period", label="Label of the quarter they were due in, such as 2026-Q1.")
    state = filters.ChoiceFilter("promise_state", choices=PromiseState.choices)
    partner = filters.CharFilter(method="filter_partner", label="External number of the partner.")
    person = filters.CharFilter(method="filter_person", label="Mail address of the person.")

    def filter_period(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        period = next((one for one in quarters(timezone.localdate()) if one.label == value), None)
        if period is None:
            return rows.none()
        return rows.filter(promise_due__gte=period.start, promise_due__lt=period.end)

    def filter_partner(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(promise_partner__in=Partner.objects.filter(external_id=value).values("pk"))

    def filter_person(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(promise_person__in=people_at_work().filter(email=value).order_by().values("pk"))


class VendorPromiseList(ListMixin, ApiView):
    """The promises behind a measure."""

    permission = VENDOR_SCORECARD_VIEW
    serializer_class = PromiseSerializer
    filterset_class = PromiseApiFilter

    @property
    def measure(self) -> VendorMeasure:
        """The measure of the address, or 404."""
        measure = vendor_measures.get(self.kwargs["vendor_measure"])
        if measure is None:
            raise Http404
        return measure

    def get_queryset(self) -> QuerySet:
        if getattr(self, "swagger_fake_view", False):
            return Partner.objects.none()
        rows = with_state(self.measure.rows(), timezone.localdate()).order_by("pk")
        return rows.select_related(self.measure.partner)

    def prepare(self, rows: Any) -> Any:
        people = people_of(row.promise_person for row in rows)
        for row in rows:
            row.promise_to = self.measure.partner_of(row)
            row.promise_by = people.get(row.promise_person)
        return rows

    @extend_schema(
        operation_id="list_vendor_promises", summary="List the promises behind a measure", tags=["vendor scorecard"]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
