"""Tenants in the Django admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from prm.access.actor import Actor
from prm.accounts.services.workspace import update_workspace
from prm.operators.model_admin import PLATFORM, OperatorModelAdmin, selected
from prm.operators.services import switch_tenant
from prm.tenancy.models import Tenant
from prm.tenancy.scope import current_scope


@admin.register(Tenant)
class TenantAdmin(OperatorModelAdmin):
    """All tenants. Their settings change only inside them; new ones come from `manage.py create_tenant`."""

    section = PLATFORM
    place = 10
    list_display = ["name", "slug", "pack", "people", "currency", "timezone", "is_active", "created_at", "enter"]
    list_filter = ["is_active", "pack", "currency"]
    search_fields = ["name", "slug"]
    date_hierarchy = "created_at"
    ordering = ["name"]
    fields = [
        ("name", "slug"),
        "pack",
        ("currency", "timezone"),
        ("fiscal_year_start", "night_hour"),
        ("language", "accent"),
        ("vendor_term", "partner_term"),
        ("is_active", "created_at"),
    ]
    readonly_fields = ["slug", "pack", "is_active", "created_at"]
    actions = ["switch_off", "switch_on"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        return (
            super()
            .get_queryset(request)
            .annotate(people_count=Count("memberships", filter=Q(memberships__is_active=True)))
        )

    @admin.display(description=_("people"), ordering="people_count")
    def people(self, tenant: Any) -> int:
        return tenant.people_count

    @admin.display(description=_("work inside"))
    def enter(self, tenant: Tenant) -> str:
        return format_html('<a href="{}?tenant={}">{}</a>', reverse("admin:choose_tenant"), tenant.pk, _("Choose"))

    def has_add_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        scope = current_scope()
        inside = scope is not None and (obj is None or obj.pk == scope.tenant_id)
        return inside and super().has_change_permission(request, obj)

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> Tenant:
        return update_workspace(actor=actor, **values)

    @admin.action(description=_("Switch off: close workspace, portals and API"), permissions=["operate"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda tenant: switch_tenant(
                actor=self.actor(request), tenant=tenant, on=False, reason=self.reason(request)
            ),
        )

    @admin.action(description=_("Switch on"), permissions=["operate"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda tenant: switch_tenant(
                actor=self.actor(request), tenant=tenant, on=True, reason=self.reason(request)
            ),
        )

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may switch tenants, inside one or not."""
        return admin.ModelAdmin.has_change_permission(self, request)
