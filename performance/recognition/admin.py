"""Badges, awards and league tables in the Django admin, for reading; what is decided goes through the services."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from performance.admin import SCORES
from performance.recognition.models import Award, Badge, LeagueSetting, PartnerNaming
from performance.recognition.services.awards import withdraw_award
from performance.recognition.services.badges import switch_badge
from prm.operators.model_admin import TenantModelAdmin, selected


@admin.register(Badge)
class BadgeAdmin(TenantModelAdmin):
    section = SCORES
    place = 60
    list_display = ["name", "kind", "programme", "period_kind", "is_active", "activated_at", "actor_label"]
    list_filter = ["is_active", "kind", "period_kind"]
    search_fields = ["name", "description"]
    list_select_related = ["programme"]
    actions = ["switch_off"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may switch badges off."""
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.action(description=_("Switch off"), permissions=["operate"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Badge]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda row: switch_badge(badge=row, actor=self.actor(request), is_on=False),
        )


@admin.register(Award)
class AwardAdmin(TenantModelAdmin):
    section = SCORES
    place = 62
    list_display = ["partner", "badge", "period", "origin", "awarded_at", "awarded_by", "holds", "status"]
    list_filter = ["status", "origin", "holds", "badge"]
    search_fields = ["partner__name", "partner__external_id", "badge__name"]
    list_select_related = ["partner", "badge", "period"]
    date_hierarchy = "awarded_at"
    exclude = ["share_key", "scorecard"]
    show_full_result_count = False
    actions = ["withdraw"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may withdraw; the record itself is never edited."""
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.action(description=_("Withdraw, for the reason of this stay"), permissions=["operate"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Award]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda row: withdraw_award(award=row, actor=self.actor(request), reason=self.reason(request)),
        )


@admin.register(LeagueSetting)
class LeagueSettingAdmin(TenantModelAdmin):
    section = SCORES
    place = 64
    list_display = ["programme", "is_on", "cohort", "period_kind", "top", "shows_names", "shows_scores", "actor_label"]
    list_select_related = ["programme"]


@admin.register(PartnerNaming)
class PartnerNamingAdmin(TenantModelAdmin):
    section = SCORES
    place = 66
    list_display = ["partner", "is_named", "changed_at", "changed_by"]
    list_select_related = ["partner"]
    search_fields = ["partner__name", "partner__external_id"]
