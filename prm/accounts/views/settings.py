"""Set-up of the workspace: general settings and who may do what."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from prm.access.views import TenantView
from prm.accounts.forms import WorkspaceForm
from prm.accounts.permissions import MEMBER_VIEW, WORKSPACE_EDIT
from prm.accounts.queries import role_table
from prm.accounts.services.workspace import update_workspace
from prm.tenancy.models import Tenant
from prm.ui.steps import ServiceForm


class WorkspaceSettingsView(ServiceForm, TenantView):
    """Name, currency, calendar, language and look of the workspace."""

    permission = MEMBER_VIEW
    write_permission = WORKSPACE_EDIT
    form_class = WorkspaceForm
    template_name = "settings/workspace.html"
    success_message = _("The settings are saved.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"instance": Tenant.objects.get(pk=self.request.tenant.pk)}

    def perform(self, form: Any) -> HttpResponse:
        update_workspace(
            actor=self.actor,
            confirmed=form.cleaned_data["confirmed"],
            **form.values(),
        )
        return redirect("accounts:settings", self.request.tenant.slug)

    def show(self, form: Any, *, status: int = 200, refusal: Any = None) -> HttpResponse:
        if WORKSPACE_EDIT not in self.request.can:
            for field in form.fields.values():
                field.disabled = True
        asks = getattr(refusal, "code", "") == "needs_confirmation" or "confirmed" in form.data
        return render(
            self.request,
            self.template_name,
            {"form": form, "asks_confirmation": asks},
            status=status,
        )


class RolesView(TenantView):
    """Who may do what, read from the registry."""

    permission = MEMBER_VIEW

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        return render(
            request,
            "settings/roles.html",
            {"staff": role_table(staff=True), "partner": role_table(staff=False)},
        )
