"""What figures add to the pages of partner records: the scorecard tab, and columns and filters of the list."""

from collections.abc import Sequence
from typing import Any

import django_filters as filters
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from partners.registries import PartnerListColumns, PartnerTab, partner_list_columns, partner_tabs
from performance.cells import scorecards as cells
from performance.models import PeriodRow, Scorecard
from performance.permissions import BENCHMARK_EDIT, SCORECARD_VIEW
from performance.queries.cards import TREND_PERIODS, choose_period, default_programme, trend_of
from performance.queries.outlook import Histories, histories_of, series_of
from performance.queries.overview import has_gap
from performance.queries.reference import bands_for, periods_with_cards
from performance.queries.risks import RiskTest
from performance.views.scorecards import scorecard_context
from prm.ui.lists import BulkAction, Column, ReadyView


class Standing:
    """The programme, the period and the grades that the partner list shows; read once per request."""

    def __init__(self) -> None:
        self.programme = default_programme()
        periods = periods_with_cards(self.programme.pk) if self.programme else ()
        self.period: PeriodRow | None = choose_period(periods)
        self.bands = bands_for(self.programme.pk, self.period.start) if self.programme and self.period else []
        self.risk = RiskTest.of(self.bands, self.period, timezone.localdate()) if self.period else None
        self.trend = trend_of(self.period) if self.period else []

    def cards(self) -> QuerySet[Scorecard]:
        """The cards of the period, in no order: that of the model would join three tables for each partner."""
        return Scorecard.objects.filter(
            programme_id=self.programme.pk if self.programme else 0, period_id=self.period.pk if self.period else 0
        ).order_by()


def standing_of(request: HttpRequest) -> Standing:
    """The request's standing, made when first asked for."""
    if not hasattr(request, "_score_standing"):
        request._score_standing = SimpleLazyObject(Standing)  # type: ignore[attr-defined]
    standing: Standing = request._score_standing  # type: ignore[attr-defined]
    return standing


def score_columns(_request: HttpRequest) -> Sequence[Column]:
    """Score with grade, change, sparkline, coverage."""
    return (
        Column(
            "score",
            _("Score"),
            value="score.total",
            sort="score_e4",
            descending_first=True,
            phone="head",
            draw=cells.partner_score,
        ),
        Column("grade", _("Grade"), value="score.grade", sort="score_grade", default=False, phone="hide"),
        Column(
            "score_change",
            _("Change"),
            value="score.delta",
            sort="score_delta",
            numeric=True,
            descending_first=True,
            draw=cells.change,
        ),
        Column(
            "score_trend",
            _("8 periods"),
            value=lambda partner: None,
            draw=cells.partner_trend,
            phone="full",
            export=False,
        ),
        Column(
            "coverage",
            _("Coverage"),
            value="score.coverage",
            sort="score_coverage",
            numeric=True,
            default=False,
            draw=cells.coverage,
        ),
    )


def annotate_scores(partners: QuerySet, request: HttpRequest) -> QuerySet:
    """What sorting and filtering may need; a statement computes what it uses. `attach_scores` brings the values."""
    own = standing_of(request).cards().filter(partner_id=OuterRef("pk"))
    return partners.alias(
        score_total=Subquery(own.values("total")[:1]),
        score_e4=Subquery(own.values("total_e4")[:1]),
        score_grade=Subquery(own.values("grade")[:1]),
        score_delta=Subquery(own.values("delta")[:1]),
        score_coverage=Subquery(own.values("coverage")[:1]),
    )


def attach_scores(partners: Sequence[Any], request: HttpRequest) -> None:
    """The card of the period and the totals of the last ones for the partners of one page, in one query."""
    standing = standing_of(request)
    programme, period = standing.programme, standing.period
    histories: Histories = {}
    if programme and period:
        histories = histories_of(period, [partner.pk for partner in partners], programme.pk, TREND_PERIODS)
    for partner in partners:
        history = histories.get(partner.pk, {})
        partner.score = history.get(period.seq) if period else None
        partner.score_series = series_of(history, standing.trend)


YES = [("yes", _("Yes"))]


def score_filters(request: HttpRequest) -> dict[str, filters.Filter]:
    """Grade, range of the score, at risk, data gaps."""
    standing = standing_of(request)
    ordered = sorted(standing.bands, key=lambda band: band.minimum, reverse=True)
    return {
        "grade": filters.MultipleChoiceFilter(
            field_name="score_grade",
            label=_("Grade"),
            choices=[(band.key, band.name or band.key) for band in ordered],
            distinct=False,
        ),
        "score": filters.RangeFilter(field_name="score_total", label=_("Score")),
        "risk": filters.ChoiceFilter(
            label=_("At risk"), choices=YES, empty_label=_("Any"), method=_only(lambda: risk_of(standing))
        ),
        "gaps": filters.ChoiceFilter(
            label=_("Data gaps"),
            choices=YES,
            empty_label=_("Any"),
            method=_only(lambda: Q(pk__in=standing.cards().filter(has_gap()).values("partner_id"))),
        ),
    }


def risk_of(standing: Standing) -> Q:
    """Partners whose card of the period is at risk."""
    if standing.risk is None:
        return Q(pk__in=[])
    return Q(pk__in=standing.cards().filter(standing.risk.condition).values("partner_id"))


def _only(condition: Any) -> Any:
    def narrow(rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(condition()) if value else rows

    return narrow


def register() -> None:
    """Called once the app is ready."""
    partner_tabs.register(
        PartnerTab(
            key="scorecard",
            order=10,
            label=_("Scorecard"),
            template="performance/tabs/scorecard.html",
            permission=SCORECARD_VIEW,
            context=scorecard_context,
        )
    )
    partner_list_columns.register(
        PartnerListColumns(
            key="scores",
            order=20,
            columns=score_columns,
            annotate=annotate_scores,
            attach=attach_scores,
            filters=score_filters,
            views=lambda _request: (ReadyView(_("At risk"), "risk=yes"), ReadyView(_("Data gaps"), "gaps=yes")),
            actions=lambda _request: (
                BulkAction(_("Benchmarks"), "target", "performance:benchmark_bulk", BENCHMARK_EDIT),
            ),
            permission=SCORECARD_VIEW,
        )
    )
