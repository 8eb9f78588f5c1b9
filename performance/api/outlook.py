"""What may become of scorecards: projection, next steps, risks and summaries in words, for other systems."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from partners.models import Programme
from partners.reference import programmes_by_id
from performance.api.scorecards import CardSerializer, CardView
from performance.models import PeriodRow, Scorecard
from performance.outlook.projection import Way
from performance.outlook.risks import REASONS
from performance.outlook.steps import Goal
from performance.queries.cards import CardFilter, complete
from performance.queries.outlook import histories_of, rules_of, stated_reasons
from performance.queries.overview import movers
from performance.queries.reference import bands_for, periods_with_cards
from performance.queries.risks import RiskTest
from performance.screens.overview import build_overview
from performance.screens.scorecard import build_scorecard, cards_of
from performance.screens.summary import Summary, summary_of_card, summary_of_programme
from prm.access.requests import app_request
from prm.api.parameters import refuse_unknown
from prm.api.views import ListMixin
from prm.languages import written_language

LANGUAGE = OpenApiParameter(
    "language",
    str,
    enum=[code for code, _name in settings.WRITTEN_LANGUAGES],
    description="Language of the summary; the workspace's when left out.",
)


class ParagraphSerializer(serializers.Serializer):
    """Sentences that belong together."""

    heading = serializers.CharField()
    sentences = serializers.ListField(child=serializers.CharField())


class SummarySerializer(serializers.Serializer):
    """The figures in plain words, always the same for the same figures."""

    language = serializers.CharField()
    paragraphs = ParagraphSerializer(many=True)


class ProjectedLineSerializer(serializers.Serializer):
    """A KPI now and at the end of the period."""

    kpi = serializers.CharField()
    actual = serializers.DecimalField(max_digits=30, decimal_places=6, allow_null=True)
    projected = serializers.DecimalField(max_digits=30, decimal_places=6, allow_null=True)
    way = serializers.ChoiceField([way.value for way in Way], help_text="How the one follows from the other.")


class ProjectionSerializer(serializers.Serializer):
    """Where the card would end if the rest of the period went like the part so far. No result."""

    days_over = serializers.IntegerField(source="elapsed.days")
    days = serializers.IntegerField(source="elapsed.of")
    total = serializers.DecimalField(source="score.total", max_digits=7, decimal_places=4, allow_null=True)
    coverage = serializers.DecimalField(source="score.coverage", max_digits=5, decimal_places=4, allow_null=True)
    grade = serializers.CharField(source="score.grade", allow_null=True)
    lines = ProjectedLineSerializer(many=True)


class StepSerializer(serializers.Serializer):
    """A KPI brought to a figure, and the total that the card would then have."""

    kpi = serializers.CharField()
    goal_is = serializers.ChoiceField(
        [goal.value for goal in Goal], source="kind", help_text="The target, the stretch, or what lifts the grade."
    )
    actual = serializers.DecimalField(max_digits=30, decimal_places=6, allow_null=True)
    goal = serializers.DecimalField(max_digits=30, decimal_places=6)
    gain = serializers.DecimalField(max_digits=7, decimal_places=4, help_text="Points of the total.")
    total = serializers.DecimalField(max_digits=7, decimal_places=4)
    grade = serializers.CharField(allow_null=True)
    effort = serializers.DecimalField(
        max_digits=12, decimal_places=6, help_text="How far the figure has to move, as a share of the larger figure."
    )


class OutlookSerializer(serializers.Serializer):
    """What may become of a scorecard."""

    programme = serializers.CharField()
    period = serializers.CharField()
    partner = serializers.CharField(help_text="External number.")
    as_of = serializers.DateField()
    rolling = serializers.DecimalField(
        max_digits=7, decimal_places=4, allow_null=True, help_text="Rolling score over the rated of twelve periods."
    )
    projection = ProjectionSerializer(
        allow_null=True, help_text="Null unless the period is running and a tenth of it is over."
    )
    at_risk = serializers.ListField(child=serializers.ChoiceField(REASONS))
    steps = StepSerializer(many=True, help_text="The most points for the least effort first.")
    lift = StepSerializer(allow_null=True, help_text="The smallest change of one KPI that lifts the grade.")
    summary = SummarySerializer()


class MoverSerializer(serializers.Serializer):
    """A rated card that moved."""

    partner = serializers.CharField(source="partner.external_id")
    partner_name = serializers.CharField(source="partner.name")
    total = serializers.DecimalField(max_digits=7, decimal_places=4)
    grade = serializers.CharField()
    delta = serializers.DecimalField(max_digits=7, decimal_places=4)


class ProgrammeOutlookSerializer(serializers.Serializer):
    """A programme's period in words, who moved most and how many are at risk."""

    programme = serializers.CharField()
    period = serializers.CharField()
    as_of = serializers.DateField()
    is_running = serializers.BooleanField()
    average = serializers.DecimalField(max_digits=9, decimal_places=4, allow_null=True)
    projected_average = serializers.DecimalField(max_digits=9, decimal_places=4, allow_null=True)
    at_risk = serializers.IntegerField()
    movers = MoverSerializer(
        many=True, help_text="Ten that rose most, then ten that fell, ending with the largest loss."
    )
    summary = SummarySerializer()


class RiskCardSerializer(CardSerializer):
    """A scorecard of a partner at risk."""

    reasons = serializers.ListField(child=serializers.ChoiceField(REASONS), help_text="The weightiest first.")


class _Outlook(CardView):
    """Reads the language and the period of the address."""

    parameters: tuple[str, ...] = ("language",)

    def language(self) -> str:
        """The language asked for, else the workspace's.

        Raises:
            ValidationError: it is no language that summaries are written in, or there is an unknown parameter.
        """
        request: Request = self.request
        refuse_unknown(request, self.parameters)
        asked = request.query_params.get("language", "")
        if asked and asked not in dict(settings.WRITTEN_LANGUAGES):
            known = ", ".join(code for code, _name in settings.WRITTEN_LANGUAGES)
            sentence = _("Summaries are written in these languages: %(known)s.") % {"known": known}
            raise ValidationError({"language": [ErrorDetail(sentence, "unknown_language")]})
        tenant = app_request(request._request).tenant
        return written_language(asked, tenant.language if tenant else "")

    def place(self, programme: str, period: str) -> tuple[Programme, PeriodRow]:
        """Programme and period of the address, or 404 unless they have scorecards."""
        for row in programmes_by_id().values():
            if row.key == programme:
                for scored in periods_with_cards(row.pk):
                    if scored.label == period:
                        return row, scored
        raise Http404


class CardOutlook(_Outlook):
    """What may become of one scorecard."""

    serializer_class = OutlookSerializer

    @extend_schema(
        operation_id="get_outlook",
        summary="Read what may become of a scorecard",
        description=(
            "Rolling score, projection to the end of a running period, the cheapest next steps with the exact points "
            "gained, why the partner is at risk, and the card in words."
        ),
        tags=["outlook"],
        parameters=[LANGUAGE],
    )
    def get(self, request: Request, programme: str, period: str, partner: UUID) -> Response:
        language = self.language()
        found = self.one(programme__key=programme, period__label=period, partner__public_id=partner)
        [card] = complete(cards_of(found.partner_id).filter(pk=found.pk))
        page = build_scorecard(card, found.partner, is_portal=False, today=timezone.localdate())
        ahead = page.outlook
        body = {
            "programme": programme,
            "period": period,
            "partner": found.partner.external_id,
            "as_of": ahead.as_of,
            "rolling": ahead.rolling,
            "projection": ahead.projection,
            "at_risk": ahead.reasons,
            "steps": [_rounded(row.step) for row in ahead.steps],
            "lift": _rounded(ahead.lift.step) if ahead.lift else None,
            "summary": summary_of_card(page, language),
        }
        return Response(self.get_serializer(body).data)


def _rounded(step: Any) -> dict[str, Any]:
    """A step with its effort to six places."""
    names = ("kpi", "kind", "actual", "goal", "gain", "total", "grade")
    return {name: getattr(step, name) for name in names} | {"effort": round(step.effort, 6)}


class ProgrammeOutlook(_Outlook):
    """A programme's period in words."""

    serializer_class = ProgrammeOutlookSerializer

    @extend_schema(
        operation_id="get_programme_outlook",
        summary="Read a programme's period in words",
        description="With the partners that moved most against the period before, and how many are at risk.",
        tags=["outlook"],
        parameters=[LANGUAGE],
    )
    def get(self, request: Request, programme: str, period: str) -> Response:
        language = self.language()
        row, chosen = self.place(programme, period)
        cards = CardFilter(row.pk)
        page = build_overview(
            cards, chosen, (), link=_nowhere, kpi_link=_nowhere, card_link=_nowhere, today=timezone.localdate()
        )
        summary: Summary = summary_of_programme(page, language)
        body = {
            "programme": programme,
            "period": period,
            "as_of": page.today,
            "is_running": page.is_running,
            "average": _four(page.now.average),
            "projected_average": _four(page.projected_average),
            "at_risk": page.at_risk_count,
            "movers": movers(cards, chosen, up=10, down=10),
            "summary": summary,
        }
        return Response(self.get_serializer(body).data)


def _nowhere(*_parts: Any, **_query: str) -> str:
    """The API has no pages to lead to."""
    return ""


def _four(value: Any) -> Any:
    return None if value is None else round(value, 4)


class AtRiskList(ListMixin, _Outlook):
    """The scorecards of partners at risk."""

    serializer_class = RiskCardSerializer

    def get_queryset(self) -> QuerySet[Scorecard]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        programme, period = self.place(self.kwargs["programme"], self.kwargs["period"])
        test = RiskTest.of(bands_for(programme.pk, period.start), period, timezone.localdate())
        cards = super().get_queryset().filter(programme=programme, period=period)
        return cards.filter(test.condition) if test else cards.none()

    @extend_schema(
        operation_id="list_at_risk",
        summary="List the partners at risk",
        description=(
            "With the reasons, the weightiest first. A running period is judged by its projection; before a tenth of "
            "it is over nobody is at risk."
        ),
        tags=["outlook"],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def paginate_queryset(self, queryset: Any) -> Any:
        """A page of cards, each with its reasons."""
        page = super().paginate_queryset(queryset)
        if page:
            programme, period = self.place(self.kwargs["programme"], self.kwargs["period"])
            bands = bands_for(programme.pk, period.start)
            histories = histories_of(period, [card.partner_id for card in page], programme.pk, count=2)
            rules = rules_of(bands[0].template, bands)
            reasons = stated_reasons(page, histories, rules, period, timezone.localdate())
            for card in page:
                card.reasons = reasons[card.pk]
        return page
