"""One partner: its page with tabs, the profile form, status, tier and owner."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.choices import PartnerStatus
from partners.forms.partner import NewPartnerForm, OwnerForm, StatusForm, TierForm
from partners.forms.partner import PartnerForm as ProfileForm
from partners.lifecycle import PARTNER_LIFECYCLE, moves_for
from partners.models import Partner
from partners.permissions import PARTNER_EDIT, PARTNER_STATUS, PARTNER_TIER, PARTNER_VIEW
from partners.queries import access_partners, contact_rows, status_history, tier_history, today
from partners.reference import tiers_by_id
from partners.registries import PartnerStep, PartnerTab, partner_side_panels, partner_steps, partner_tabs
from partners.services.owners import assign_owner
from partners.services.partners import create_partner, update_partner
from partners.services.status import change_status
from partners.services.tiers import assign_tier
from partners.timeline import timeline, timeline_kinds
from partners.views.base import OnePartner, PartnerForm, partner_url
from prm.access.requests import TenantRequest
from prm.access.views import TenantView
from prm.errors import Conflict
from prm.lifecycle import Move
from prm.ui.steps import ServiceForm

OWN_ONLY = gettext_lazy("You see your own partners only, so you cannot give them to somebody else. Ask an admin.")
RECENT = 5
RAIL_CONTACTS = 4


class PartnerDetailView(OnePartner):
    """The partner's page: who they are, where they stand, and one tab for each subject."""

    permission = PARTNER_VIEW

    def get(self, request: TenantRequest, tab: str = "", **_kwargs: Any) -> HttpResponse:
        tabs = [entry for entry in partner_tabs if entry.permission in request.can]
        active = _chosen_tab(tabs, tab)
        contacts = contact_rows(self.partner)
        context = {
            "partner": self.partner,
            "tabs": tabs,
            "active": active,
            "moves": moves_for(self.partner.status, request.can),
            "may_tier": PARTNER_TIER in request.can and bool(tiers_by_id()),
            "contacts": contacts,
            "rail_contacts": [row for row in contacts if row.contact.is_active][:RAIL_CONTACTS],
            "panels": _panels(request, self.partner),
            "further_steps": _further_steps(request, self.partner),
            **active.context(request, self.partner),
        }
        return render(request, "partners/partner_detail.html", context)


class RecentActivityView(OnePartner):
    """What happened last, for the rail of the partner's page, which fetches it once it comes into sight."""

    permission = PARTNER_VIEW

    def get(self, request: TenantRequest, **_kwargs: Any) -> HttpResponse:
        context = {"recent": timeline(self.partner, limit=RECENT).items}
        return render(request, "partners/parts/recent.html", context)


def _chosen_tab(tabs: list[PartnerTab], key: str) -> PartnerTab:
    if not key:
        return tabs[0]
    for entry in tabs:
        if entry.key == key:
            return entry
    raise Http404


def _panels(request: TenantRequest, partner: Partner) -> list[tuple[str, Mapping[str, Any]]]:
    panels = (
        (panel.template, panel.context(request, partner))
        for panel in partner_side_panels
        if panel.permission in request.can
    )
    return [(template, context) for template, context in panels if context]


def _further_steps(request: TenantRequest, partner: Partner) -> list[tuple[PartnerStep, str]]:
    """What other apps let this person do with the partner now, with the addresses."""
    steps = ((step, step.url(request, partner)) for step in partner_steps if step.permission in request.can)
    return [(step, url) for step, url in steps if url]


# --- Tabs of this app -----------------------------------------------------------------------------------------------


def profile_tab(request: TenantRequest, partner: Partner) -> dict[str, Any]:
    """Company facts, sites, tiers and moves."""
    children = access_partners(request.membership).filter(parent=partner)
    return {
        "sites": list(partner.sites.all()),
        "specialisations": list(partner.specialisations.all()),
        "territories": list(partner.territories.all()),
        "children": list(children.order_by("name")[:20]),
        "tiers": tier_history(partner),
        "moves_made": status_history(partner),
    }


def contacts_tab(_request: TenantRequest, _partner: Partner) -> dict[str, Any]:
    """People; the page has fetched them already."""
    return {}


def timeline_tab(request: TenantRequest, partner: Partner) -> dict[str, Any]:
    """The stream, narrowed to the kinds asked for."""
    kinds = timeline_kinds()
    chosen = [kind for kind in request.GET.getlist("kind") if kind in kinds]
    page = timeline(partner, kinds=chosen, cursor=request.GET.get("before", ""))
    return {"timeline": page, "kinds": kinds, "chosen": chosen}


def register_tabs() -> None:
    """Put this app's tabs on the page; called once the app is ready."""
    tabs = (
        ("profile", 20, gettext_lazy("Profile"), profile_tab),
        ("contacts", 30, gettext_lazy("Contacts"), contacts_tab),
        ("timeline", 90, gettext_lazy("Timeline"), timeline_tab),
    )
    for key, order, label, context in tabs:
        partner_tabs.register(
            PartnerTab(
                key=key,
                order=order,
                label=label,
                template=f"partners/tabs/{key}.html",
                permission=PARTNER_VIEW,
                context=context,
            )
        )


# --- Profile form ---------------------------------------------------------------------------------------------------


class PartnerCreateView(ServiceForm, TenantView):
    """A new partner. A manager who sees own partners only becomes its owner, otherwise it would be out of sight."""

    permission = PARTNER_EDIT
    form_class = NewPartnerForm
    template_name = "partners/partner_edit.html"

    def form_kwargs(self) -> dict[str, Any]:
        membership = self.request.membership
        return {
            "partners": access_partners(membership),
            "may_choose_owner": not membership.sees_own_partners_only,
            "initial": {"owner": membership.user_id} if PARTNER_EDIT in self.request.can else {},
        }

    def perform(self, form: Any) -> HttpResponse:
        values = dict(form.cleaned_data)
        if "owner" not in values:
            values["owner"] = self.request.user
        partner = create_partner(actor=self.actor, **values)
        messages.success(self.request, _("%(partner)s was added.") % {"partner": partner})
        return redirect(partner_url(self.request, partner))


class PartnerEditView(PartnerForm):
    """A partner's profile."""

    permission = PARTNER_EDIT
    form_class = ProfileForm
    template_name = "partners/partner_edit.html"
    tab = "profile"

    def form_kwargs(self) -> dict[str, Any]:
        membership = self.request.membership
        return {
            "instance": copy(self.partner),  # the form writes what was typed into it; the heading stays as it is
            "partners": access_partners(membership),
            "may_choose_owner": not membership.sees_own_partners_only,
        }

    def perform(self, form: Any) -> HttpResponse:
        values = dict(form.cleaned_data)
        with transaction.atomic():
            if "owner" in values:
                assign_owner(partner=self.partner, owner=values.pop("owner"), actor=self.actor)
            partner = update_partner(partner=self.partner, actor=self.actor, **values)
        return self.done(_("The profile of %(partner)s was saved.") % {"partner": partner})


# --- Status, tier, owner --------------------------------------------------------------------------------------------


class StatusView(PartnerForm):
    """One move of the status, with its reason and day."""

    permission = PARTNER_STATUS
    form_class = StatusForm
    template_name = "partners/status_form.html"
    move: Move

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._unless_overtaken(super().get, request, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._unless_overtaken(super().post, request, **kwargs)

    def _unless_overtaken(self, handler: Any, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Somebody else may have moved the partner meanwhile; then say so instead of failing."""
        try:
            return handler(request, **kwargs)
        except Conflict as refusal:
            messages.error(request, str(refusal.message))
            return redirect(self.back())

    def load(self, **kwargs: Any) -> None:
        target = kwargs["target"]
        if target not in PartnerStatus.values:
            raise Http404
        self.move = PARTNER_LIFECYCLE.check(self.partner.status, target)
        if self.move.permission not in self.request.can:
            raise PermissionDenied

    def form_kwargs(self) -> dict[str, Any]:
        return {"needs_reason": self.move.needs_reason, "today": today()}

    def context(self, form: Any) -> dict[str, Any]:
        return {
            **super().context(form),
            "move": self.move,
            "source": PartnerStatus(self.move.source),
            "target": PartnerStatus(self.move.target),
            "title": self.move.label,
            "button": self.move.label,
            "is_danger": self.move.target in (PartnerStatus.TERMINATED, PartnerStatus.SUSPENDED),
        }

    def perform(self, form: Any) -> HttpResponse:
        partner = change_status(partner=self.partner, target=self.move.target, actor=self.actor, **form.cleaned_data)
        return self.done(
            _("%(partner)s is now “%(status)s”.") % {"partner": partner, "status": partner.get_status_display()}
        )


class TierView(PartnerForm):
    """A tier from a day on."""

    permission = PARTNER_TIER
    form_class = TierForm
    template_name = "partners/tier_form.html"
    title = gettext_lazy("Assign a tier")
    button = gettext_lazy("Assign tier")

    def form_kwargs(self) -> dict[str, Any]:
        return {"today": today(), "initial": {"tier": getattr(self.partner, "tier_id", None)}}

    def context(self, form: Any) -> dict[str, Any]:
        return {**super().context(form), "tiers": tier_history(self.partner)}

    def perform(self, form: Any) -> HttpResponse:
        assignment = assign_tier(partner=self.partner, actor=self.actor, **form.cleaned_data)
        return self.done(
            _("%(partner)s holds %(tier)s from that day on.") % {"partner": self.partner, "tier": assignment.tier}
        )


class OwnerView(PartnerForm):
    """Who looks after the partner. Managers who see own partners only cannot give them away."""

    permission = PARTNER_EDIT
    form_class = OwnerForm
    title = gettext_lazy("Assign an owner")
    button = gettext_lazy("Assign owner")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._refused() or super().get(request, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._refused() or super().post(request, **kwargs)

    def _refused(self) -> HttpResponse | None:
        if not self.request.membership.sees_own_partners_only:
            return None
        messages.error(self.request, OWN_ONLY)
        return redirect(self.back())

    def form_kwargs(self) -> dict[str, Any]:
        return {"initial": {"owner": self.partner.owner_id}}

    def perform(self, form: Any) -> HttpResponse:
        partner = assign_owner(partner=self.partner, actor=self.actor, owner=form.cleaned_data["owner"])
        if partner.owner is None:
            return self.done(_("%(partner)s has no owner now.") % {"partner": partner})
        return self.done(_("%(owner)s looks after %(partner)s now.") % {"owner": partner.owner, "partner": partner})
