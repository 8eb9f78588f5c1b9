"""Partner records in the Django admin, inside one tenant. Every change goes through the services of the screens."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from partners.choices import PartnerStatus
from partners.models import (
    Contact,
    Partner,
    PartnerSite,
    PartnerType,
    Programme,
    Region,
    Specialisation,
    StatusChange,
    Tier,
    TierAssignment,
)
from partners.services.catalogue import create_entry, remove_entry, update_entry
from partners.services.contacts import create_contact, update_contact
from partners.services.owners import assign_owner, possible_owners
from partners.services.partners import create_partner, update_partner
from partners.services.sites import create_site, update_site
from partners.services.status import change_status
from partners.services.tiers import assign_tier
from prm.access.actor import Actor
from prm.operators.model_admin import ReadOnlyInline, TenantModelAdmin, selected

PARTNERS = (30, _("Partners"))
LISTS = (35, _("Lists"))


class ContactInline(ReadOnlyInline):
    model = Contact
    fields = ["full_name", "email", "job_title", "is_primary", "is_active"]


class SiteInline(ReadOnlyInline):
    model = PartnerSite
    fields = ["name", "city", "country", "is_main"]


class TierInline(ReadOnlyInline):
    model = TierAssignment
    fields = ["programme", "tier", "valid_from", "valid_to", "reason", "actor_label"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TierAssignment]:
        return super().get_queryset(request).select_related("programme", "tier", "partner")


class StatusInline(ReadOnlyInline):
    model = StatusChange
    fields = ["effective_on", "source", "target", "reason", "actor_label"]
    show_change_link = False


@admin.register(Partner)
class PartnerAdmin(TenantModelAdmin):
    section = PARTNERS
    place = 10
    list_display = ["name", "external_id", "partner_type", "status", "region", "country", "owner", "updated_at"]
    list_filter = ["status", "partner_type", "region", "country"]
    search_fields = ["name", "external_id", "city", "email"]
    list_select_related = ["partner_type", "region", "owner"]
    date_hierarchy = "created_at"
    autocomplete_fields = ["parent"]
    readonly_fields = ["status", "created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": [("name", "external_id"), "status", ("partner_type", "region"), "parent", "owner"]}),
        (
            _("Address"),
            {"fields": ["address", ("postal_code", "city", "country"), ("email", "phone"), "website"]},
        ),
        (_("More"), {"fields": ["partner_since", "description", ("created_at", "updated_at")]}),
    ]
    inlines = [ContactInline, SiteInline, TierInline, StatusInline]
    actions = ["suspend", "lift_suspension", "make_active"]

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "owner":
            kwargs["queryset"] = possible_owners()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> Partner:
        if is_new:
            return create_partner(actor=actor, **values)
        owner = values.pop("owner", obj.owner)
        partner = update_partner(partner=obj, actor=actor, **values)
        return assign_owner(partner=partner, owner=owner, actor=actor)

    def _move(self, request: HttpRequest, queryset: QuerySet[Partner], target: PartnerStatus) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda partner: change_status(
                partner=partner, target=target, actor=self.actor(request), reason=self.reason(request)
            ),
        )

    @admin.action(description=_("Suspend, for the reason of this stay"), permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Partner]) -> None:
        self._move(request, queryset, PartnerStatus.SUSPENDED)

    @admin.action(description=_("Lift the suspension"), permissions=["change"])
    def lift_suspension(self, request: HttpRequest, queryset: QuerySet[Partner]) -> None:
        self._move(request, queryset.filter(status=PartnerStatus.SUSPENDED), PartnerStatus.ACTIVE)

    @admin.action(description=_("Make active"), permissions=["change"])
    def make_active(self, request: HttpRequest, queryset: QuerySet[Partner]) -> None:
        self._move(request, queryset, PartnerStatus.ACTIVE)


@admin.register(Contact)
class ContactAdmin(TenantModelAdmin):
    section = PARTNERS
    place = 20
    list_display = ["full_name", "partner", "email", "job_title", "is_primary", "is_active"]
    list_filter = ["is_active", "is_primary", "partner__partner_type"]
    search_fields = ["full_name", "email", "external_id", "partner__name", "partner__external_id"]
    list_select_related = ["partner"]
    date_hierarchy = "created_at"
    autocomplete_fields = ["partner"]
    fields = [
        "partner",
        ("full_name", "job_title"),
        ("email", "phone"),
        "roles",
        ("is_primary", "is_active"),
        "external_id",
    ]

    def get_readonly_fields(self, _request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else ["partner"]

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> Contact:
        return create_contact(actor=actor, **values) if is_new else update_contact(contact=obj, actor=actor, **values)


@admin.register(PartnerSite)
class PartnerSiteAdmin(TenantModelAdmin):
    section = PARTNERS
    place = 30
    list_display = ["name", "partner", "city", "country", "is_main"]
    list_filter = ["is_main", "country"]
    search_fields = ["name", "city", "partner__name", "partner__external_id"]
    list_select_related = ["partner"]
    autocomplete_fields = ["partner"]
    fields = ["partner", "name", "address", ("postal_code", "city", "country"), "is_main"]

    def get_readonly_fields(self, _request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else ["partner"]

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> PartnerSite:
        return create_site(actor=actor, **values) if is_new else update_site(site=obj, actor=actor, **values)


class CatalogueAdmin(TenantModelAdmin):
    """One of the lists a tenant sorts its partners by. Keys stay, since imports and other systems use them."""

    section = LISTS
    place = 50
    fixed: tuple[str, ...] = ("key",)
    actions: list[str | Callable[..., Any]] = ["remove_unused"]

    def get_readonly_fields(self, _request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else list(self.fixed)

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> Any:
        if is_new:
            return create_entry(model=self.model, actor=actor, **values)
        return update_entry(entry=obj, actor=actor, **values)

    @admin.action(description=_("Remove what nothing uses"), permissions=["change"])
    def remove_unused(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.run_for_each(
            request, selected(queryset), lambda entry: remove_entry(entry=entry, actor=self.actor(request))
        )


@admin.register(PartnerType)
class PartnerTypeAdmin(CatalogueAdmin):
    list_display = ["name", "key", "relationship", "is_scored"]
    list_filter = ["relationship", "is_scored"]
    search_fields = ["name", "key"]


@admin.register(Region)
class RegionAdmin(CatalogueAdmin):
    list_display = ["name", "key", "parent"]
    list_filter = [("parent", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "key"]
    list_select_related = ["parent"]


@admin.register(Specialisation)
class SpecialisationAdmin(CatalogueAdmin):
    list_display = ["name", "key"]
    search_fields = ["name", "key"]


@admin.register(Programme)
class ProgrammeAdmin(CatalogueAdmin):
    list_display = ["name", "key", "is_default", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "key"]


@admin.register(Tier)
class TierAdmin(CatalogueAdmin):
    list_display = ["name", "programme", "rank", "key"]
    list_filter = ["programme"]
    search_fields = ["name", "key"]
    list_select_related = ["programme"]
    fixed = ("key", "programme")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ["programme", "key", "name", "rank", "description"]
        return super().get_fields(request, obj)


@admin.register(TierAssignment)
class TierAssignmentAdmin(TenantModelAdmin):
    """Which tier a partner held when. A new row ends the one before; none is edited."""

    section = PARTNERS
    place = 40
    list_display = ["partner", "programme", "tier", "valid_from", "valid_to", "reason", "actor_label"]
    list_filter = ["programme", "tier"]
    search_fields = ["partner__name", "partner__external_id"]
    list_select_related = ["partner", "programme", "tier"]
    date_hierarchy = "valid_from"
    autocomplete_fields = ["partner"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["partner", "tier", "valid_from", "reason"] if obj is None else super().get_fields(request, obj)

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> TierAssignment:
        return assign_tier(actor=actor, effective_on=values.pop("valid_from"), **values)
