"""League tables: the list for the workspace, and what partners see of it."""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy, ngettext_lazy

from partners.models import Programme
from performance.cells import scorecards as score_cells
from performance.models import PeriodRow
from performance.permissions import SCORECARD_EXPORT
from performance.queries.cards import CardFilter, complete, tier_places
from performance.recognition import cells
from performance.recognition.choices import Cohort
from performance.recognition.filters import LeagueFilter
from performance.recognition.forms.badge import LeagueForm
from performance.recognition.models import LeagueSetting
from performance.recognition.permissions import LEAGUE_EDIT, RECOGNITION_VIEW
from performance.recognition.queries.leagues import places_of
from performance.recognition.queries.reference import league_settings
from performance.recognition.services.leagues import set_league
from performance.recognition.words.cohorts import group_name
from performance.views.base import Selection, ServiceFormView, get_or_404, selection_of
from prm.access.views import TenantView
from prm.ui.addresses import record_url
from prm.ui.lists import Column, ListPage

GROUPED_BY: dict[Cohort, tuple[str, ...]] = {
    Cohort.PROGRAMME: (),
    Cohort.TIER: ("-tier__rank",),
    Cohort.REGION: ("region__name",),
    Cohort.TYPE: ("partner_type__name",),
    Cohort.PEERS: ("partner_type__name", "-tier__rank"),
}


class LeagueList(ListPage, TenantView):
    """The rated partners of a programme and period, each with its place in its group.

    Places count everybody, also where a person sees only the partners of an own portfolio.
    """

    permission = RECOGNITION_VIEW
    export_permission = SCORECARD_EXPORT
    key = "league"
    title = gettext_lazy("League tables")
    template_name = "recognition/league_list.html"
    filterset_class = LeagueFilter
    default_sort = "group"
    row_id = "pk"
    search_fields = ("partner__name", "partner__external_id")
    search_placeholder = gettext_lazy("Name or number")
    counted = ngettext_lazy("%(count)s rated partner", "%(count)s rated partners", "count")
    empty_title = gettext_lazy("Nobody is rated in this period")
    empty_text = gettext_lazy("A league table ranks rated scorecards. It fills when figures arrive.")
    empty_art = "chart"
    columns = (
        Column("place", gettext_lazy("Place"), value="standing.place", numeric=True, phone="head", draw=cells.place),
        Column(
            "partner",
            gettext_lazy("Partner"),
            value="partner.name",
            sort="partner__name",
            always=True,
            phone="head",
            draw=cells.league_partner,
        ),
        Column("number", gettext_lazy("Number"), value="partner.external_id", default=False),
        Column("group", gettext_lazy("Table"), value="group", sort="total_e4"),
        Column("members", gettext_lazy("Rated in it"), value="standing.members", numeric=True, phone="hide"),
        Column("moved", gettext_lazy("Places gained"), value="standing.moved", numeric=True, draw=cells.movement),
        Column("before", gettext_lazy("Place before"), value="standing.place_before", numeric=True, default=False),
        Column(
            "score",
            gettext_lazy("Score"),
            value="total",
            sort="total_e4",
            descending_first=True,
            phone="head",
            draw=score_cells.card_score,
        ),
        Column(
            "change",
            gettext_lazy("Change"),
            value="delta",
            sort="delta",
            numeric=True,
            descending_first=True,
            draw=score_cells.change,
        ),
        Column("tier", gettext_lazy("Tier"), value="tier.name", phone="hide", draw=score_cells.card_tier),
        Column("region", gettext_lazy("Region"), value="region.name", default=False),
        Column("type", gettext_lazy("Type"), value="partner_type.name", default=False),
    )

    def visible_columns(self) -> tuple[Column, ...]:
        """Sorted by table, the places of each stand below one another."""
        within = (*GROUPED_BY[Cohort(self.cohort)], "-total_e4")
        return tuple(
            replace(column, sort=within) if column.key == "group" else column for column in super().visible_columns()
        )

    @cached_property
    def chosen(self) -> Selection:
        """Programme and period of the address."""
        return selection_of(self.request)

    @cached_property
    def setting(self) -> LeagueSetting | None:
        """What partners see; None where nobody chose yet."""
        programme = self.chosen.programme
        return league_settings().get(programme.pk) if programme else None

    @cached_property
    def period(self) -> PeriodRow | None:
        """The period asked for, else the newest closed one, else the newest."""
        if self.parameters.get("period"):
            return self.chosen.period
        closed = [row for row in self.chosen.periods_of_kind if row.is_closed]
        return closed[0] if closed else self.chosen.period

    @property
    def cohort(self) -> str:
        """Who is ranked against whom."""
        asked = self.parameters.get("by", "")
        if asked in Cohort.values:
            return asked
        return self.setting.cohort if self.setting else Cohort.PEERS.value

    def rows(self) -> QuerySet:
        programme, period = self.chosen.programme, self.period
        cards = CardFilter(programme.pk if programme else 0, portfolio=self.chosen.portfolio).cards()
        cards = cards.filter(period_id=period.pk if period else 0, rated=True, total__isnull=False)
        return cards.select_related("partner").defer("lines")

    def prepare(self, objects: list[Any]) -> list[Any]:
        programme, period = self.chosen.programme, self.period
        if not objects or programme is None or period is None:
            return objects
        complete(objects)
        numbers = [card.partner_id for card in objects]
        standings = places_of(numbers, programme_id=programme.pk, period=period, cohort=self.cohort)
        tiers = tier_places(programme.pk)
        slug = self.kwargs["tenant"]
        for card in objects:
            card.standing = standings.get(card.partner_id)
            card.group = group_name(card, self.cohort) or programme.name
            card.is_named = card.standing is None or card.standing.is_named
            card.tier_place = tiers.get(card.tier_id or 0, 0)
            address = record_url(
                "partners:partner_tab", "partner", card.partner.public_id, tenant=slug, tab="scorecard"
            )
            card.scorecard_url = f"{address}?programme={programme.key}&period={period.label}"
        return objects

    def extra_context(self) -> dict[str, Any]:
        return {
            "programme": self.chosen.programme,
            "period": self.period,
            "cohort": Cohort(self.cohort).label,
            "setting": self.setting,
            "programmes": self.chosen.programmes,
        }


class LeagueEditor(ServiceFormView):
    """Whether the partners of a programme see a league table, and what stands in it."""

    permission = LEAGUE_EDIT
    form_class = LeagueForm
    template_name = "recognition/league_form.html"
    success_message = gettext_lazy("Saved. Partners see it so from now on.")

    @cached_property
    def programme(self) -> Programme:
        """The programme of the address."""
        programme: Programme = get_or_404(Programme.objects.all(), key=self.kwargs["programme"])
        return programme

    def get_initial(self) -> dict[str, Any]:
        setting = LeagueSetting.objects.filter(programme=self.programme).first()
        return LeagueForm.initial_of(setting or LeagueSetting())

    def call(self, form: Any) -> LeagueSetting:
        return set_league(programme=self.programme, actor=self.actor, **form.cleaned_data)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{**kwargs, "programme": self.programme, "back_url": self.get_success_url()})

    def get_success_url(self) -> str:
        address = reverse("recognition:league_list", kwargs={"tenant": self.kwargs["tenant"]})
        return f"{address}?programme={self.programme.key}"
