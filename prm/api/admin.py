"""API keys in the Django admin. The key itself exists nowhere, its hash is not shown."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from prm.api.models import ApiKey
from prm.api.services import revoke_api_key
from prm.operators.model_admin import PEOPLE, TenantPlatformAdmin, selected


@admin.register(ApiKey)
class ApiKeyAdmin(TenantPlatformAdmin):
    section = PEOPLE
    place = 40
    list_display = ["name", "prefix", "tenant", "created_by", "created_at", "last_used_at", "expires_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "tenant"]
    search_fields = ["name", "prefix", "tenant__name"]
    list_select_related = ["tenant", "created_by"]
    date_hierarchy = "created_at"
    exclude = ["key_hash"]
    actions = ["revoke"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may revoke; the record itself is for reading."""
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.action(description=_("Revoke"), permissions=["operate"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda key: revoke_api_key(key=key, actor=self.actor(request)),
        )
