"""What the pages of this app share: which programme, period and partners a request is about, and forms of services."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.generic import FormView, TemplateView

from partners.models import PartnerType, Programme, Region
from partners.reference import programmes, regions_by_id, scored_types
from performance.models import PERIOD_KINDS, PeriodRow
from performance.queries.cards import CardFilter, choose_period, region_with_children
from performance.queries.reference import periods_with_cards
from prm.access.portfolio import portfolio_of
from prm.access.requests import ScopedRequest, TenantRequest
from prm.access.views import TenantView
from prm.errors import DomainError
from prm.languages import written_language
from prm.ui.steps import refuse


@dataclass(frozen=True)
class Selection:
    """What the selectors in the address say: programme, period, region, type. Anything unknown means everything."""

    programmes: Sequence[Programme]
    programme: Programme | None
    periods: Sequence[PeriodRow]
    period: PeriodRow | None
    regions: Sequence[Region]
    region: Region | None
    types: Sequence[PartnerType]
    partner_type: PartnerType | None
    portfolio: Any

    @cached_property
    def cards(self) -> CardFilter:
        """The cards it is about."""
        return CardFilter(
            programme_id=self.programme.pk if self.programme else 0,
            region_ids=region_with_children(self.region.pk, self.regions) if self.region else (),
            partner_type_id=self.partner_type.pk if self.partner_type else None,
            portfolio=self.portfolio,
        )

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of period that have cards, in the order of the model."""
        seen = {period.kind for period in self.periods}
        return [(value, str(label)) for value, label in PERIOD_KINDS if value in seen]

    @property
    def periods_of_kind(self) -> list[PeriodRow]:
        """The periods of the chosen kind, newest first."""
        return [period for period in self.periods if self.period and period.kind == self.period.kind]

    def query(self, **changes: str) -> dict[str, str]:
        """The selection as address parameters, for links that keep it."""
        query = {
            "programme": self.programme.key if self.programme and len(self.programmes) > 1 else "",
            "period": self.period.label if self.period else "",
            "region": self.region.key if self.region else "",
            "type": self.partner_type.key if self.partner_type else "",
            **changes,
        }
        return {name: value for name, value in query.items() if value}


def selection_of(request: TenantRequest) -> Selection:
    """Read the selectors of a manager's request, from reference data."""
    asked = request.GET.get
    active = programmes()
    programme = next((row for row in active if row.key == asked("programme")), None)
    programme = programme or (active[0] if active else None)
    periods = periods_with_cards(programme.pk) if programme else ()
    regions: Any = SimpleLazyObject(lambda: list(regions_by_id().values()))
    types: Any = SimpleLazyObject(scored_types)
    return Selection(
        programmes=active,
        programme=programme,
        periods=periods,
        period=choose_period(periods, asked("period", ""), asked("kind", "")),
        regions=regions,
        region=next((row for row in regions if row.key == asked("region")), None) if asked("region") else None,
        types=types,
        partner_type=next((row for row in types if row.key == asked("type")), None) if asked("type") else None,
        portfolio=portfolio_of(request.membership),
    )


class Page(TenantView, TemplateView):
    """A page of its own. The parts of its address are in `self.kwargs`, not in the template's context,
    where `tenant` and `partner` are records."""

    request: TenantRequest

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data())


class FormOfService(FormView):
    """A form that calls one service. A refusal stands at the field it is about; a form with errors answers 422.

    Put the view that asks for the permission before it in the bases.
    """

    success_message: Any = ""
    read_anew: tuple[str, ...] = ()
    """Cached properties that a refusal makes stale: the page then shows the record as it is now."""

    def call(self, form: forms.Form) -> Any:
        """Call the service; what it returns becomes `self.result`."""
        raise NotImplementedError

    def refused(self, form: forms.Form, refusal: DomainError) -> None:
        """Put a service's refusal where the person can mend it."""
        refuse(form, refusal)
        for name in self.read_anew:
            self.__dict__.pop(name, None)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            with transaction.atomic():  # a refusal half-way leaves nothing behind
                self.result = self.call(form)
        except DomainError as refusal:
            self.refused(form, refusal)
            return self.form_invalid(form)
        if self.success_message:
            messages.success(self.request, self.success_message)
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class StepForm(FormOfService):
    """Such a form for one step of a record, on a page of its own: what it is called, what follows, its button."""

    title: Any = ""
    text: Any = ""
    submit: Any = ""
    is_danger = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = {"title": self.title, "text": self.text, "submit": self.submit, "is_danger": self.is_danger}
        return super().get_context_data(**{**words, **kwargs})


class ServiceFormView(TenantView, FormOfService):
    """Such a form in the workspace."""

    request: TenantRequest

    def address(self, name: str, **kwargs: Any) -> str:
        """A page of this app in the same workspace."""
        return reverse(f"performance:{name}", kwargs={"tenant": self.kwargs["tenant"], **kwargs})


def reader_language(request: ScopedRequest) -> str:
    """The language that summaries are told in: the person's own choice, else the workspace's."""
    return written_language(getattr(request.user, "language", ""), request.tenant.language)


def get_or_404(queryset: Any, **lookup: Any) -> Any:
    """One row of a scoped queryset, or 404."""
    row = queryset.filter(**lookup).first()
    if row is None:
        raise Http404
    return row
