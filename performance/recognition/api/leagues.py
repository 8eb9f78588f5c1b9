"""League tables, for other systems."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners.reference import programmes_by_id
from performance.models import Scorecard
from performance.queries.cards import complete
from performance.queries.reference import periods_by_id
from performance.recognition.choices import Cohort
from performance.recognition.permissions import RECOGNITION_VIEW
from performance.recognition.queries.leagues import places_of
from performance.recognition.words.cohorts import group_name
from prm.api.views import ApiView, ListMixin


class LeagueLineSerializer(serializers.Serializer):
    """A partner's place in its group."""

    partner = serializers.CharField(source="partner.external_id", help_text="External number.")
    partner_id = serializers.UUIDField(source="partner.public_id")
    group = serializers.CharField(help_text="The group in words; empty for the whole programme.")
    place = serializers.IntegerField(source="standing.place", help_text="Ties share a place: 1, 2, 2, 4.")
    members = serializers.IntegerField(source="standing.members", help_text="Rated partners in the group.")
    place_before = serializers.IntegerField(
        source="standing.place_before", allow_null=True, help_text="In the same group, in the period before."
    )
    score = serializers.DecimalField(max_digits=7, decimal_places=4, source="total")
    grade = serializers.CharField()


class LeagueTable(ListMixin, ApiView):
    """The rated partners of a programme and period, each with its place in its group."""

    permission = RECOGNITION_VIEW
    serializer_class: Any = LeagueLineSerializer

    def get_queryset(self) -> QuerySet[Scorecard]:
        if getattr(self, "swagger_fake_view", False):
            return Scorecard.objects.none()
        programme = next((row for row in programmes_by_id().values() if row.key == self.kwargs["programme"]), None)
        period = next((row for row in periods_by_id().values() if row.label == self.kwargs["period"]), None)
        if programme is None or period is None or self.kwargs["cohort"] not in Cohort.values:
            raise Http404
        self.programme, self.period = programme, period
        cards = Scorecard.objects.filter(programme=programme, period=period, rated=True, total__isnull=False)
        return cards.select_related("partner").defer("lines").order_by("id")

    def prepare(self, rows: Sequence[Any]) -> Sequence[Any]:
        complete(rows)
        places = places_of(
            [row.partner_id for row in rows],
            programme_id=self.programme.pk,
            period=self.period,
            cohort=self.kwargs["cohort"],
        )
        for row in rows:
            row.standing = places[row.partner_id]
            row.group = group_name(row, self.kwargs["cohort"])
        return rows

    @extend_schema(
        operation_id="get_league_table",
        summary="Read a league table",
        description="Ranked by score among the rated partners of a group; `cohort` says what the groups are.",
        tags=["recognition"],
        parameters=[OpenApiParameter("cohort", str, OpenApiParameter.PATH, enum=Cohort.values)],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)
