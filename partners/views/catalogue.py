"""Set-up of the tenant's own lists: types, regions, specialisations, programmes and their tiers."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.forms.catalogue import (
    EntryForm,
    PartnerTypeForm,
    ProgrammeForm,
    RegionForm,
    SpecialisationForm,
    TierEntryForm,
)
from partners.models import PartnerType, Programme, Region, Specialisation, Tier
from partners.permissions import CATALOGUE_EDIT, PARTNER_VIEW
from partners.queries import catalogue_rows
from partners.services.catalogue import create_entry, move_tier, remove_entry, update_entry
from prm.access.requests import TenantRequest
from prm.access.views import TenantView
from prm.ui.steps import ServiceButton, ServiceForm


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the lists: its words, its form and its model."""

    slug: str
    model: type
    form: type[EntryForm]
    title: Any
    sub: Any
    add: Any
    empty: Any


KINDS = {
    kind.slug: kind
    for kind in (
        Kind(
            slug="types",
            model=PartnerType,
            form=PartnerTypeForm,
            title=gettext_lazy("Partner types"),
            sub=gettext_lazy("What kinds of partners there are. Partners are compared with others of their type."),
            add=gettext_lazy("Add type"),
            empty=gettext_lazy("There are no partner types yet. Add the first one to record partners."),
        ),
        Kind(
            slug="regions",
            model=Region,
            form=RegionForm,
            title=gettext_lazy("Regions"),
            sub=gettext_lazy("Your own map. Each partner has one home region; benchmarks can differ by region."),
            add=gettext_lazy("Add region"),
            empty=gettext_lazy("There are no regions yet. Add the first one if you work by region."),
        ),
        Kind(
            slug="specialisations",
            model=Specialisation,
            form=SpecialisationForm,
            title=gettext_lazy("Specialisations"),
            sub=gettext_lazy("What partners are especially good at."),
            add=gettext_lazy("Add specialisation"),
            empty=gettext_lazy("There are no specialisations yet. Add the first one to find partners by skill."),
        ),
        Kind(
            slug="programmes",
            model=Programme,
            form=ProgrammeForm,
            title=gettext_lazy("Programmes and tiers"),
            sub=gettext_lazy(
                "Each programme has its own tiers and its own scorecard. New partners start with the entry tier."
            ),
            add=gettext_lazy("Add programme"),
            empty=gettext_lazy("There are no programmes yet."),
        ),
    )
}


class CatalogueView(TenantView):
    """One of the lists, with how many partners each entry is about."""

    permission = PARTNER_VIEW

    def get(self, request: HttpRequest, kind: str, **_kwargs: Any) -> HttpResponse:
        chosen = KINDS[kind]
        context = {"kind": chosen, "kinds": KINDS.values(), "rows": catalogue_rows(chosen.model)}
        return render(request, f"partners/catalogue/{kind}.html", context)


class _EntryForm(ServiceForm, TenantView):
    permission = CATALOGUE_EDIT
    template_name = "partners/catalogue/entry_form.html"
    kwargs: dict[str, Any]

    @property
    def kind(self) -> Kind:
        return KINDS[self.kwargs["kind"]]

    @property
    def form_class(self) -> type[EntryForm]:  # type: ignore[override]
        return self.kind.form

    def list_url(self) -> str:
        return list_url(self.request, self.kwargs["kind"])


def list_url(request: TenantRequest, kind: str) -> str:
    """The address of a list."""
    return reverse(f"partners:{kind}", kwargs={"tenant": request.tenant.slug})


class EntryCreateView(_EntryForm):
    """A new entry."""

    def context(self, form: Any) -> dict[str, Any]:
        return {"kind": self.kind, "title": self.kind.add, "button": self.kind.add, "back_url": self.list_url()}

    def perform(self, form: Any) -> HttpResponse:
        entry = create_entry(model=self.kind.model, actor=self.actor, **form.cleaned_data)
        messages.success(self.request, _("%(entry)s was added.") % {"entry": entry})
        return redirect(self.list_url())


class EntryEditView(_EntryForm):
    """An entry's name and what else it has."""

    @cached_property
    def entry(self) -> Any:
        return find_entry(self.kind.model, self.kwargs["entry"])

    def form_kwargs(self) -> dict[str, Any]:
        return {"instance": self.entry}

    def context(self, form: Any) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "entry": self.entry,
            "title": form.initial.get("name"),
            "button": _("Save"),
            "back_url": self.list_url(),
        }

    def perform(self, form: Any) -> HttpResponse:
        entry = update_entry(entry=self.entry, actor=self.actor, **form.cleaned_data)
        messages.success(self.request, _("%(entry)s was saved.") % {"entry": entry})
        return redirect(self.list_url())


class EntryRemoveView(ServiceButton, TenantView):
    """Removes an entry that nothing uses; otherwise says what uses it."""

    permission = CATALOGUE_EDIT
    http_method_names = ["post"]

    def load(self, *, kind: str, entry: Any, **_kwargs: Any) -> None:
        self.entry = find_entry(KINDS[kind].model, entry)

    def back(self) -> str:
        return list_url(self.request, self.kwargs["kind"])

    def perform(self) -> str:
        remove_entry(entry=self.entry, actor=self.actor)
        return _("%(entry)s was removed.") % {"entry": self.entry}


class TierCreateView(_EntryForm):
    """A new tier at the top of a programme."""

    form_class = TierEntryForm

    @cached_property
    def programme(self) -> Programme:
        return find_entry(Programme, self.kwargs["programme"])

    def load(self, **kwargs: Any) -> None:
        self.programme  # noqa: B018  (a foreign programme is not found before anything else happens)

    def list_url(self) -> str:
        return list_url(self.request, "programmes")

    def context(self, form: Any) -> dict[str, Any]:
        title = _("Add a tier to %(programme)s") % {"programme": self.programme}
        return {
            "kind": KINDS["programmes"],
            "title": title,
            "lead": _("It becomes the highest tier. Move it down in the list afterwards if it belongs elsewhere."),
            "button": _("Add tier"),
            "back_url": self.list_url(),
        }

    def perform(self, form: Any) -> HttpResponse:
        tier = create_entry(model=Tier, actor=self.actor, programme=self.programme, **form.cleaned_data)
        messages.success(self.request, _("%(entry)s was added.") % {"entry": tier})
        return redirect(self.list_url())


class TierEditView(_EntryForm):
    """A tier's name and description."""

    form_class = TierEntryForm

    @cached_property
    def tier(self) -> Tier:
        return find_entry(Tier, self.kwargs["tier"])

    def list_url(self) -> str:
        return list_url(self.request, "programmes")

    def form_kwargs(self) -> dict[str, Any]:
        return {"instance": self.tier}

    def context(self, form: Any) -> dict[str, Any]:
        return {
            "kind": KINDS["programmes"],
            "title": form.initial.get("name"),
            "button": _("Save"),
            "back_url": self.list_url(),
        }

    def perform(self, form: Any) -> HttpResponse:
        tier = update_entry(entry=self.tier, actor=self.actor, **form.cleaned_data)
        messages.success(self.request, _("%(entry)s was saved.") % {"entry": tier})
        return redirect(self.list_url())


class _TierButton(ServiceButton, TenantView):
    permission = CATALOGUE_EDIT
    http_method_names = ["post"]
    tier: Tier

    def load(self, **kwargs: Any) -> None:
        self.tier = find_entry(Tier, kwargs["tier"])

    def back(self) -> str:
        return list_url(self.request, "programmes")


class TierRemoveView(_TierButton):
    """Removes a tier nobody has ever held."""

    def perform(self) -> str:
        remove_entry(entry=self.tier, actor=self.actor)
        return _("%(entry)s was removed.") % {"entry": self.tier}


class TierMoveView(_TierButton):
    """Moves a tier one step up or down."""

    def load(self, **kwargs: Any) -> None:
        if kwargs["direction"] not in ("up", "down"):
            raise Http404
        super().load(**kwargs)

    def perform(self) -> str:
        move_tier(tier=self.tier, up=self.kwargs["direction"] == "up", actor=self.actor)
        return _("%(entry)s was moved.") % {"entry": self.tier}


def find_entry(model: Any, public_id: Any) -> Any:
    """An entry of one of the lists.

    Raises:
        Http404: it does not exist in this tenant.
    """
    entry = model.objects.filter(public_id=public_id).first()
    if entry is None:
        raise Http404
    return entry
