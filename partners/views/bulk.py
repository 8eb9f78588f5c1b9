"""One change to the partners selected in the list: first what to change them to, then the change."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.choices import PartnerStatus
from partners.forms.bulk import BulkOwnerForm, BulkRegionForm, BulkSpecialisationForm, BulkStatusForm, BulkTierForm
from partners.permissions import PARTNER_EDIT, PARTNER_STATUS, PARTNER_TERMINATE, PARTNER_TIER
from partners.queries import today
from partners.services.bulk import BulkResult, Edit, bulk_edit
from partners.views.partner import OWN_ONLY
from partners.views.partner_list import PartnerListView
from prm.errors import DomainError
from prm.jobs.models import Job
from prm.ui.lists import ListStep
from prm.ui.steps import refuse

NAMES_SHOWN = 8
REFUSALS_SHOWN = 3


class BulkView(ListStep, PartnerListView):
    """The list's own search and filters decide what is selected, so nobody reaches more than they see."""

    key = ""
    list_name = "partners:partner_list"
    template_name = "partners/bulk_form.html"
    form_class: type[forms.Form]
    title = gettext_lazy("Change partners")

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        refusal = self.refusal()
        if refusal:
            messages.error(request, refusal)
            return redirect(self.back())
        selected = self.selection()
        count = selected.count()
        if not count:
            messages.error(request, _("Select the partners to change first."))
            return redirect(self.back())
        is_applied = "apply" in request.POST
        form = self.form_class(request.POST if is_applied else None, **self.form_kwargs())
        if is_applied and form.is_valid():
            ids = list(selected.order_by("pk").values_list("pk", flat=True))
            try:
                outcome = bulk_edit(partner_ids=ids, edit=self.edit(form.cleaned_data), actor=self.actor)
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                if isinstance(outcome, Job):
                    return redirect("jobs:job_detail", tenant=self.request.tenant.slug, job=outcome.public_id)
                self.tell(outcome)
                return redirect(self.back())
        context = {
            "form": form,
            "title": self.title,
            "count": count,
            "button": self.button(count),
            "names": list(selected.order_by("name").values_list("name", flat=True)[:NAMES_SHOWN]),
            "more": max(count - NAMES_SHOWN, 0),
            "posted_rows": request.POST.getlist("row"),
            "posted": request.POST,
            "back_url": self.back(),
        }
        return render(request, self.template_name, context, status=422 if is_applied else 200)

    def button(self, count: int) -> str:
        """The words on the button, with the number."""
        raise NotImplementedError

    def refusal(self) -> Any:
        """Why this person may not make this change although the role may; empty when they may."""
        return ""

    def form_kwargs(self) -> dict[str, Any]:
        return {}

    def edit(self, data: dict[str, Any]) -> Edit:
        """The edit that the form stands for."""
        raise NotImplementedError

    def tell(self, result: BulkResult) -> None:
        """Say what came of it."""
        level = messages.warning if result.refused else messages.success
        level(self.request, result.sentence())
        for name, why in result.refused[:REFUSALS_SHOWN]:
            messages.error(self.request, f"{name}: {why}")


class BulkOwnerView(BulkView):
    """Gives partners to somebody."""

    permission = PARTNER_EDIT
    form_class = BulkOwnerForm
    title = gettext_lazy("Assign an owner")

    def button(self, count: int) -> str:
        return ngettext("Assign %(count)d partner", "Assign %(count)d partners", count) % {"count": count}

    def refusal(self) -> Any:
        return "" if self.sees_all else OWN_ONLY

    def edit(self, data: dict[str, Any]) -> Edit:
        return Edit("owner", data["owner"])


class BulkRegionView(BulkView):
    """Gives partners a home region."""

    permission = PARTNER_EDIT
    form_class = BulkRegionForm
    title = gettext_lazy("Set the home region")

    def button(self, count: int) -> str:
        return ngettext("Change %(count)d partner", "Change %(count)d partners", count) % {"count": count}

    def edit(self, data: dict[str, Any]) -> Edit:
        return Edit("region", int(data["region"]) if data["region"] else None)


class BulkTierView(BulkView):
    """Gives partners a tier from a day on."""

    permission = PARTNER_TIER
    form_class = BulkTierForm
    title = gettext_lazy("Assign a tier")

    def button(self, count: int) -> str:
        return ngettext("Assign the tier to %(count)d partner", "Assign the tier to %(count)d partners", count) % {
            "count": count
        }

    def form_kwargs(self) -> dict[str, Any]:
        return {"today": today()}

    def edit(self, data: dict[str, Any]) -> Edit:
        return Edit("tier", data["tier"].pk, reason=data["reason"], effective_on=data["effective_on"])


class BulkStatusView(BulkView):
    """Moves partners to a status, each along the table of moves."""

    permission = PARTNER_STATUS
    form_class = BulkStatusForm
    title = gettext_lazy("Change the status")

    def button(self, count: int) -> str:
        return ngettext("Move %(count)d partner", "Move %(count)d partners", count) % {"count": count}

    def form_kwargs(self) -> dict[str, Any]:
        may_end = PARTNER_TERMINATE in self.request.can
        statuses = [status for status in PartnerStatus if may_end or status != PartnerStatus.TERMINATED]
        return {"today": today(), "statuses": statuses}

    def edit(self, data: dict[str, Any]) -> Edit:
        return Edit("status", data["status"], reason=data["reason"], effective_on=data["effective_on"])

    def selection(self) -> Any:
        """Reinstating needs the right to terminate, so those partners stay out for everybody else."""
        selected = super().selection()
        if PARTNER_TERMINATE in self.request.can:
            return selected
        return selected.exclude(status=PartnerStatus.TERMINATED)


class BulkSpecialisationView(BulkView):
    """Adds a specialisation to partners, or takes it away."""

    permission = PARTNER_EDIT
    form_class = BulkSpecialisationForm
    title = gettext_lazy("Add or remove a specialisation")

    def button(self, count: int) -> str:
        return ngettext("Change %(count)d partner", "Change %(count)d partners", count) % {"count": count}

    def edit(self, data: dict[str, Any]) -> Edit:
        return Edit(data["what"], data["specialisation"].pk)
