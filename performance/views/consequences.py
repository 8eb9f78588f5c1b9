"""Consequences of grades: whom they would concern, switching them on, what closing would bring, what has followed."""

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from partners.models import Partner
from performance.cells import scorecards as cells
from performance.choices import OutcomeState
from performance.consequences import kind_label
from performance.filters import DueFilter, OutcomeFilter
from performance.models import Outcome, PeriodRow, Scorecard, ScorecardTemplate
from performance.permissions import CONSEQUENCE_SWITCH, SCORECARD_EXPORT, SCORECARD_VIEW
from performance.queries.consequences import DueList, due_in_force, outcomes
from performance.screens.consequences import Trial, build_trial, sentences_of
from performance.screens.grades import grade_colour
from performance.services.consequences import switch_consequences
from performance.views.base import get_or_404
from performance.words.consequences import grade_words, happened
from prm.access.portfolio import portfolio_of
from prm.access.requests import AppRequest
from prm.access.views import TenantView
from prm.ui.lists import Column, ListPage, ReadyView
from prm.ui.lists.filters import Chip, chips_of
from prm.ui.steps import ServiceButton

DUE_COLUMNS = (
    Column(
        "partner",
        gettext_lazy("Partner"),
        value="partner.name",
        sort="partner__name",
        always=True,
        phone="head",
        draw=cells.card_partner,
    ),
    Column("number", gettext_lazy("Number"), value="partner.external_id", default=False),
    Column("grade", gettext_lazy("Grade"), value="due_grade", phone="head", draw=cells.due_grade),
    Column("former", gettext_lazy("Before"), value="former_grade", draw=cells.due_former),
    Column("score", gettext_lazy("Score"), value="total", sort="total_e4", numeric=True, draw=cells.due_score),
    Column("owner", gettext_lazy("Owner"), value="partner.owner", sort="partner__owner__full_name", phone="kv"),
    Column("consequences", gettext_lazy("What follows"), value="due_words", draw=cells.due_kinds, phone="full"),
)


class _DueListPage(ListPage, TenantView):
    """Partners with what would follow from their grade. Nothing is told and nothing written."""

    permission = SCORECARD_VIEW
    export_permission = SCORECARD_EXPORT
    default_sort = "score"
    row_id = "pk"
    has_saved_views = False
    search_fields = ("partner__name", "partner__external_id", "partner__city")
    search_placeholder = gettext_lazy("Partner or number")
    counted = ngettext_lazy("%(count)s partner", "%(count)s partners", "count")
    empty_art = "done"
    columns = DUE_COLUMNS

    @property
    def due(self) -> DueList:
        """What follows, by card."""
        raise NotImplementedError

    @property
    def periods(self) -> Sequence[PeriodRow]:
        """The periods that can be chosen."""
        return ()

    @property
    def whose(self) -> list[int] | None:
        """The partners this person may see; None for all."""
        portfolio = portfolio_of(self.request.membership)
        if portfolio is None:
            return None
        return list(Partner.objects.filter(pk__in=portfolio).order_by().values_list("pk", flat=True))

    @cached_property
    def filterset_class(self) -> Any:  # type: ignore[override]
        """By consequence."""
        return partial(DueFilter, due=self.due, periods=self.periods)

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters that are set; the period has a selector of its own."""
        found = [] if self.filterset is None else chips_of(self.filterset, self.parameters, self.url)
        return [chip for chip in found if chip.key != "period"]

    @property
    def clear_url(self) -> str:
        """The address without search and filters; the period stays."""
        return self.url(without=[name for name in self.parameters if name not in {"sort", "cols", "period"}])

    def rows(self) -> QuerySet[Scorecard]:
        return self.due.cards().select_related("partner__owner", "period", "programme", "template")

    def prepare(self, objects: list[Any]) -> list[Any]:
        for card in objects:
            card.due = self.due.by_card[card.pk]
            card.due_grade, card.former_grade = card.due[0].grade, card.due[0].former_grade
            card.due_words = ", ".join(kind_label(row.kind) for row in card.due)
            card.due_colour = grade_colour(card.due_grade, self.bands)
            kwargs = {"tenant": self.kwargs["tenant"], "partner": card.partner.public_id, "tab": "scorecard"}
            query = f"?programme={card.programme.key}&period={card.period.label}"
            card.scorecard_url = reverse("partners:partner_tab", kwargs=kwargs) + query
        return objects

    @property
    def bands(self) -> list[Any]:
        """The grades, for their colours."""
        return []


class TemplateConsequences(_DueListPage):
    """The consequences of a version tried on a period: exactly who would be concerned. Switching on stands here."""

    key = "consequence_trial"
    title = gettext_lazy("What follows from the grades")
    template_name = "performance/consequence_trial.html"
    empty_title = gettext_lazy("Nobody would be concerned")
    empty_text = gettext_lazy("No grade of this period has a consequence for anybody.")

    @cached_property
    def card(self) -> ScorecardTemplate:
        rows = ScorecardTemplate.objects.select_related("programme").prefetch_related("bands__consequences")
        return get_or_404(rows, public_id=self.kwargs["template"])

    @cached_property
    def trial(self) -> Trial:
        """The version on the period of the address."""
        return build_trial(
            self.card, today=timezone.localdate(), label=self.request.GET.get("period", ""), partners=self.whose
        )

    @property
    def due(self) -> DueList:
        return self.trial.due

    @property
    def periods(self) -> Sequence[PeriodRow]:
        return self.trial.periods

    @property
    def bands(self) -> list[Any]:
        return list(self.card.bands.all())

    def extra_context(self) -> dict[str, Any]:
        today = timezone.localdate()
        return {"card": self.card, "trial": self.trial, "today": today, "is_draft": self.card.status == "draft"}


class TemplateConsequencesSwitch(ServiceButton, TenantView):
    """Let the consequences of a version follow from now on, or stop them."""

    permission = CONSEQUENCE_SWITCH
    http_method_names = ("post",)
    card: ScorecardTemplate

    def load(self, *, template: Any, **_kwargs: Any) -> None:
        self.card = get_or_404(ScorecardTemplate.objects.all(), public_id=template)

    def perform(self) -> str:
        is_on = self.request.POST.get("on") == "yes"
        with transaction.atomic():
            switch_consequences(template=self.card, actor=self.actor, is_on=is_on)
        if is_on:
            return _("The consequences are on. They follow when the next period is closed.")
        return _("The consequences are off. Nothing follows from now on.")

    def back(self) -> str:
        kwargs = {"tenant": self.request.tenant.slug, "template": self.card.public_id}
        return reverse("performance:template_consequences", kwargs=kwargs)


class PeriodConsequences(_DueListPage):
    """What closing an open period now would bring; of a closed one, what has followed."""

    key = "period_consequences"
    template_name = "performance/period_consequences.html"
    empty_title = gettext_lazy("Nothing would follow")
    empty_text = gettext_lazy("No grade of this period has a consequence that is switched on.")

    @cached_property
    def period(self) -> PeriodRow:
        return get_or_404(PeriodRow.objects.all(), label=self.kwargs["period"])

    @property
    def title(self) -> str:
        """The period in question."""
        return _("What closing %(period)s would bring") % {"period": self.period.label}

    def get(self, request: AppRequest, **kwargs: Any) -> HttpResponseBase:
        if self.period.is_closed:
            address = reverse("performance:outcome_list", kwargs={"tenant": self.request.tenant.slug})
            return redirect(f"{address}?period={self.period.label}")
        return super().get(request, **kwargs)

    @cached_property
    def due(self) -> DueList:
        return due_in_force(self.period, partners=self.whose)

    def extra_context(self) -> dict[str, Any]:
        return {"period": self.period, "sentences": sentences_of(self.due)}


class OutcomeList(ListPage, TenantView):
    """Everything that has followed from grades, the newest first."""

    permission = SCORECARD_VIEW
    export_permission = SCORECARD_EXPORT
    key = "outcomes"
    title = gettext_lazy("Consequences")
    template_name = "performance/outcome_list.html"
    filterset_class = OutcomeFilter
    default_sort = "-noted"
    row_id = "pk"
    search_fields = ("partner__name", "partner__external_id")
    search_placeholder = gettext_lazy("Partner or number")
    counted = ngettext_lazy("%(count)s consequence", "%(count)s consequences", "count")
    empty_title = gettext_lazy("Nothing has followed yet")
    empty_text = gettext_lazy(
        "Consequences follow from the grades of a period when it is closed, once they are switched on in the scorecard."
    )
    empty_art = "done"
    empty_template = "performance/parts/outcomes_empty.html"
    ready_views = (
        ReadyView(gettext_lazy("Mine"), "mine=yes"),
        ReadyView(gettext_lazy("Not done"), f"state={OutcomeState.FAILED.value}&state={OutcomeState.NOBODY.value}"),
    )
    columns = (
        Column(
            "partner",
            gettext_lazy("Partner"),
            value="partner.name",
            sort="partner__name",
            always=True,
            phone="head",
            draw=cells.outcome_partner,
        ),
        Column("number", gettext_lazy("Number"), value="partner.external_id", default=False),
        Column("grade", gettext_lazy("Grade"), value="grade", sort="grade", phone="head", draw=cells.outcome_grade),
        Column("former", gettext_lazy("Before"), value="former_grade", sort="former_grade", draw=cells.due_former),
        Column("period", gettext_lazy("Period"), value="scorecard.period.label", sort="scorecard__period__start"),
        Column("kind", gettext_lazy("Consequence"), value="kind_label", sort="kind"),
        Column("happened", gettext_lazy("What happened"), value="words", phone="full", css="wr"),
        Column("state", gettext_lazy("State"), value="get_state_display", sort="state", draw=cells.outcome_state),
        Column("owner", gettext_lazy("Owner"), value="partner.owner", sort="partner__owner__full_name", default=False),
        Column("noted", gettext_lazy("When"), value="noted_at", sort="noted_at", descending_first=True),
    )

    def rows(self) -> QuerySet[Outcome]:
        return outcomes(portfolio_of(self.request.membership))

    def prepare(self, objects: list[Any]) -> list[Any]:
        for row in objects:
            row.kind_label, row.words = kind_label(row.kind), happened(row)
            row.grade_words = grade_words(row.grade, row.former_grade)
            kwargs = {"tenant": self.kwargs["tenant"], "partner": row.partner.public_id, "tab": "scorecard"}
            query = f"?programme={row.scorecard.programme.key}&period={row.scorecard.period.label}#followed"
            row.scorecard_url = reverse("partners:partner_tab", kwargs=kwargs) + query
        return objects
