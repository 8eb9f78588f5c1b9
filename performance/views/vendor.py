"""Our own scorecard: the figures of a quarter, the promises behind each of them, its targets, and who sees it."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from partners.models import Partner
from performance.cells import vendor as cells
from performance.choices import PromiseState
from performance.filters import PromiseFilter
from performance.forms.vendor import VendorScorecardRulesForm, VendorTargetForm
from performance.permissions import SCORECARD_EXPORT, VENDOR_SCORECARD_EDIT, VENDOR_SCORECARD_VIEW
from performance.queries.promises import (
    Whose,
    count_overdue,
    overdue,
    people_at_work,
    people_of,
    with_state,
)
from performance.queries.vendor import (
    calendar_of,
    expected_on,
    is_shown_to_partners,
    period_of,
    quarters,
    vendor_targets,
)
from performance.screens.vendor import VendorScorecard, build_vendor_scorecard, figure_words
from performance.services.vendor import possible_starts, set_vendor_target, show_vendor_scorecard, version_of
from performance.vendor_measures import VendorMeasure, vendor_measures
from performance.views.base import Page, ServiceFormView
from performance.views.tables import table_response
from performance.words.vendor import table_of
from prm.access.portfolio import portfolio_of
from prm.access.views import TenantView
from prm.periods import PeriodKind
from prm.ui.addresses import record_url
from prm.ui.lists import Column, ListPage, ReadyView

OVERDUE_SHOWN = 10
OVERDUE_AT_MOST = 500


class _Asked(TenantView):
    """What the address of a page narrows the promises to: a quarter, a person, partners by name or number."""

    permission = VENDOR_SCORECARD_VIEW

    @cached_property
    def asked(self) -> dict[str, str]:
        """The selectors as they are set, unknown values left out."""
        person = self.request.GET.get("owner", "")
        values = {
            "period": self.request.GET.get("period", ""),
            "owner": person if person.isascii() and person.isdecimal() and len(person) < 10 else "",
            "partner": self.request.GET.get("partner", "").replace("\x00", "").strip()[:120],
        }
        return {name: value for name, value in values.items() if value}

    @cached_property
    def whose(self) -> Whose:
        """Whose promises are counted."""
        text, person = self.asked.get("partner"), self.asked.get("owner")
        named = Partner.objects.filter(Q(external_id=text) | Q(name__icontains=text)).values("pk") if text else None
        portfolio = portfolio_of(self.request.membership)
        return Whose(portfolio=portfolio, person_id=int(person) if person else None, partners=named)

    @cached_property
    def scorecard(self) -> VendorScorecard:
        """Our own scorecard, as it is asked for."""
        return build_vendor_scorecard(self.whose, today=timezone.localdate(), label=self.asked.get("period", ""))


class OwnScorecardPage(_Asked, Page):
    """How well we keep our side, in one quarter and over eight."""

    template_name = "performance/own_scorecard.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        shows_all = self.request.GET.get("all") == "1"
        late = overdue(self.whose, today, limit=OVERDUE_AT_MOST if shows_all else OVERDUE_SHOWN)
        is_cut = len(late) in (OVERDUE_SHOWN, OVERDUE_AT_MOST)
        people = {person.pk: person for person in people_at_work()}
        context = {
            "page": self.scorecard,
            "asked": self.asked,
            "quarters": quarters(today),
            "people": people.values(),
            "overdue": self._lines(late, people),
            "overdue_count": count_overdue(self.whose, today) if is_cut else len(late),
            "is_whole": self.whose.portfolio is None,
            "is_shown": is_shown_to_partners(),
            "query": self.request.GET.urlencode(),
        }
        return super().get_context_data(**{**kwargs, **context})

    def _lines(self, rows: Sequence[Any], people: Any) -> list[dict[str, Any]]:
        partners = Partner.objects.in_bulk([row.partner_id for row in rows])
        return [
            {
                "row": row,
                "partner": partners[row.partner_id],
                "person": people.get(row.person_id),
                "url": row.measure.address(row.record),
                "late": cells.days_words(row.days_late),
            }
            for row in rows
        ]


class OwnScorecardExport(_Asked):
    """The figures of eight quarters as a file."""

    permission = SCORECARD_EXPORT

    def get(self, _request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        return table_response("own-scorecard", self.scorecard.period, table_of(self.scorecard))


def measure_or_404(key: str) -> VendorMeasure:
    """The measure of an address, or 404."""
    measure = vendor_measures.get(key)
    if measure is None:
        raise Http404
    return measure


class PromiseList(ListPage, TenantView):
    """The promises behind one measure: overdue ones first."""

    permission = VENDOR_SCORECARD_VIEW
    export_permission = SCORECARD_EXPORT
    key = "own_promises"
    template_name = "performance/own_promises.html"
    filterset_class = PromiseFilter
    default_sort = "state"
    row_id = "pk"
    has_saved_views = False
    search_placeholder = gettext_lazy("Partner, number or promise")
    counted = ngettext_lazy("%(count)s promise", "%(count)s promises", "count")
    empty_title = gettext_lazy("Nothing was promised yet")
    empty_text = gettext_lazy("As soon as we owe partners something by a day, it stands here.")
    empty_art = "done"
    ready_views = (
        ReadyView(gettext_lazy("Overdue"), f"state={PromiseState.OVERDUE}"),
        ReadyView(gettext_lazy("Late or not kept"), f"state={PromiseState.LATE}&state={PromiseState.MISSED}"),
        ReadyView(gettext_lazy("Not due yet"), f"state={PromiseState.COMING}"),
    )
    columns = (
        Column(
            "what",
            gettext_lazy("Promise"),
            value="promise_what",
            sort="promise_what",
            always=True,
            phone="head",
            draw=cells.what,
            css="wr",
        ),
        Column("about", gettext_lazy("Belongs to"), value="promise_about", default=False, phone="hide"),
        Column(
            "partner", gettext_lazy("Partner"), value="promise_to.name", phone="full", draw=cells.partner, always=True
        ),
        Column("number", gettext_lazy("Partner number"), value="promise_to.external_id", default=False, phone="hide"),
        Column("owner", gettext_lazy("Whose"), value="promise_by", draw=cells.person),
        Column("asked", gettext_lazy("Asked"), value="promise_asked", sort="promise_asked", default=False),
        Column("due", gettext_lazy("Due"), value="promise_due", sort="promise_due", descending_first=True),
        Column("kept", gettext_lazy("Done"), value="promise_kept", sort="promise_kept", descending_first=True),
        Column(
            "state",
            gettext_lazy("State"),
            value=lambda row: PromiseState(row.promise_state).label,
            sort=("promise_place", "promise_due"),
            phone="head",
            draw=cells.state,
        ),
        Column(
            "late",
            gettext_lazy("Days late"),
            value="promise_late",
            sort="promise_late",
            numeric=True,
            descending_first=True,
            draw=cells.late,
        ),
    )

    @cached_property
    def measure(self) -> VendorMeasure:
        """The measure of the address."""
        return measure_or_404(self.kwargs["vendor_measure"])

    @property
    def title(self) -> str:
        """The measure's own name."""
        return str(self.measure.label)

    def rows(self) -> QuerySet:
        whose = Whose(portfolio=portfolio_of(self.request.membership))
        return with_state(whose.promises(self.measure), timezone.localdate()).select_related(self.measure.partner)

    def search(self, rows: QuerySet, text: str) -> QuerySet:
        path = self.measure.partner
        for word in text.split()[:6]:
            fits = Q(promise_what__icontains=word) | Q(**{f"{path}__name__icontains": word})
            rows = rows.filter(fits | Q(**{f"{path}__external_id": word}))
        return rows

    def prepare(self, objects: list[Any]) -> list[Any]:
        people = people_of(row.promise_person for row in objects)
        slug = self.kwargs["tenant"]
        for row in objects:
            row.promise_to = self.measure.partner_of(row)
            row.promise_by = people.get(row.promise_person)
            row.url = self.measure.address(row.promise_record)
            row.partner_url = record_url("partners:partner_detail", "partner", row.promise_to.public_id, tenant=slug)
        return objects

    def extra_context(self) -> dict[str, Any]:
        whose = Whose(portfolio=portfolio_of(self.request.membership))
        label = period_of(self.parameters.get("period", ""), timezone.localdate()).label
        page = build_vendor_scorecard(whose, today=timezone.localdate(), label=label)
        return {"page": page, "line": page.line_of(self.measure.key), "measure": self.measure}


class VendorTargetEdit(ServiceFormView):
    """Say what we expect of ourselves, from the running quarter or the next one."""

    permission = VENDOR_SCORECARD_EDIT
    form_class = VendorTargetForm
    template_name = "performance/own_target_form.html"
    success_message = gettext_lazy("The target is set. What is over keeps the one it had.")

    @cached_property
    def measure(self) -> VendorMeasure:
        return measure_or_404(self.kwargs["vendor_measure"])

    def get_form_kwargs(self) -> dict[str, Any]:
        starts = possible_starts(timezone.localdate())
        return {**super().get_form_kwargs(), "measure": self.measure, "starts": starts, "calendar": calendar_of()}

    def get_initial(self) -> dict[str, Any]:
        starts = possible_starts(timezone.localdate())
        held = expected_on(self.measure, starts[0], vendor_targets())
        figures = {name: getattr(held, name).normalize() for name in ("floor", "target", "stretch", "weight")}
        shown = {name: f"{value:f}" for name, value in figures.items()}
        return {**shown, "valid_from": starts[0].isoformat(), "seen": version_of(self.measure)}

    def call(self, form: Any) -> Any:
        return set_vendor_target(actor=self.actor, measure=self.measure, **form.cleaned_data)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {"measure": self.measure, "history": list(self._history())}
        return super().get_context_data(**{**kwargs, **context})

    def _history(self) -> Iterator[dict[str, Any]]:
        """What was expected from which quarter on, newest first; last what the measure brought along."""
        calendar = calendar_of()
        for row in vendor_targets():
            if row.measure == self.measure.key:
                label = calendar.containing(PeriodKind.QUARTER, row.valid_from).label
                yield {"since": label, "by": row.actor_label, "at": row.set_at, **self._words(row)}
        yield {"since": _("From the beginning"), "by": "", "at": None, **self._words(self.measure.default)}

    def _words(self, row: Any) -> dict[str, Any]:
        names = ("floor", "target", "stretch")
        return {**{name: figure_words(self.measure, getattr(row, name)) for name in names}, "weight": row.weight}

    def get_success_url(self) -> str:
        return self.address("own_scorecard")


class VendorScorecardRulesEdit(ServiceFormView):
    """Say whether partners see our own scorecard."""

    permission = VENDOR_SCORECARD_EDIT
    form_class = VendorScorecardRulesForm
    template_name = "performance/own_scorecard_rules.html"

    def get_initial(self) -> dict[str, Any]:
        is_shown = is_shown_to_partners()
        return {"partners": VendorScorecardRulesForm.SHOWN if is_shown else VendorScorecardRulesForm.KEPT}

    def call(self, form: Any) -> Any:
        is_shown = form.cleaned_data["partners"] == VendorScorecardRulesForm.SHOWN
        return show_vendor_scorecard(actor=self.actor, is_shown=is_shown)

    @property
    def success_message(self) -> str:
        if self.result.shown_to_partners:
            return _("Partners see our own scorecard.")
        return _("Partners do not see our own scorecard any more.")

    def get_success_url(self) -> str:
        return reverse("performance:own_scorecard", kwargs={"tenant": self.kwargs["tenant"]})
