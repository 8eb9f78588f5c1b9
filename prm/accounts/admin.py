"""People in the Django admin: users, memberships, access to portals, invitations."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.access.actor import Actor
from prm.accounts.models import Invitation, Membership, PartnerAccess, User
from prm.accounts.services.invitations import resend_invitation, revoke_invitation
from prm.accounts.services.members import change_member, deactivate_member, reactivate_member
from prm.accounts.services.profile import update_profile
from prm.accounts.services.team import change_partner_access, remove_partner_access
from prm.operators.model_admin import (
    PEOPLE,
    PLATFORM,
    OperatorModelAdmin,
    ReadOnlyInline,
    TenantPlatformAdmin,
    selected,
)
from prm.operators.services import change_operator, remove_second_factors, switch_user

# allauth's own pages would show second-factor secrets and let addresses be edited past their verification.
for model in (Authenticator, EmailAddress, UserSession):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


OPERATOR_RIGHTS = ("is_staff", "is_superuser", "groups")


class AddressInline(ReadOnlyInline):
    model = EmailAddress
    fields = ["email", "verified", "primary"]
    verbose_name_plural = _("e-mail addresses")


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = ["tenant", "role", "is_active", "last_seen_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("tenant", "user")


class PartnerAccessInline(ReadOnlyInline):
    model = PartnerAccess
    fields = ["tenant", "partner_name", "role", "is_active", "last_seen_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PartnerAccess]:
        return super().get_queryset(request).select_related("tenant", "user")


class OpenState(admin.SimpleListFilter):
    """Invitations by what became of them."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", _("Open")),
            ("accepted", _("Accepted")),
            ("revoked", _("Revoked")),
            ("expired", _("Expired")),
        ]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Invitation]) -> QuerySet[Invitation]:
        waiting = queryset.filter(accepted_at=None, revoked_at=None)
        match self.value():
            case "open":
                return waiting.filter(expires_at__gt=timezone.now())
            case "accepted":
                return queryset.exclude(accepted_at=None)
            case "revoked":
                return queryset.exclude(revoked_at=None)
            case "expired":
                return waiting.filter(expires_at__lte=timezone.now())
        return queryset


@admin.register(User)
class UserAdmin(OperatorModelAdmin):
    """One person with one sign-in. Passwords and second factors are never shown."""

    section = PLATFORM
    place = 20
    list_display = ["email", "full_name", "is_active", "is_staff", "last_login", "created_at"]
    list_filter = ["is_active", "is_staff", "language", "memberships__role"]
    search_fields = ["email", "full_name"]
    date_hierarchy = "created_at"
    fields = [
        ("email", "full_name"),
        ("language", "theme", "density"),
        ("is_active", "is_staff", "is_superuser"),
        "groups",
        ("last_login", "created_at"),
    ]
    filter_horizontal = ["groups"]
    inlines = [AddressInline, MembershipInline, PartnerAccessInline]
    actions = ["switch_off", "switch_on", "remove_factors"]

    def has_add_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, _obj: Any = None) -> list[str]:
        """Only superusers make operators."""
        fixed = ["email", "is_active", "last_login", "created_at"]
        return fixed if request.user.is_superuser else [*fixed, *OPERATOR_RIGHTS]

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> User:
        rights = {name: values.pop(name) for name in OPERATOR_RIGHTS if name in values}
        user = update_profile(user=obj, **values) if values else obj
        if not rights:
            return user
        present = {"is_staff": user.is_staff, "is_superuser": user.is_superuser}
        return change_operator(actor=actor, user=user, **{**present, **rights})

    @admin.action(description=_("Switch off: ends all sessions"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.run_for_each(
            request, selected(queryset), lambda user: switch_user(actor=self.actor(request), user=user, on=False)
        )

    @admin.action(description=_("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.run_for_each(
            request, selected(queryset), lambda user: switch_user(actor=self.actor(request), user=user, on=True)
        )

    @admin.action(description=_("Remove second factors of a lost device"), permissions=["change"])
    def remove_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.run_for_each(
            request, selected(queryset), lambda user: remove_second_factors(actor=self.actor(request), user=user)
        )


@admin.register(Membership)
class MembershipAdmin(TenantPlatformAdmin):
    section = PEOPLE
    place = 10
    list_display = ["user", "tenant", "role", "own_portfolio_only", "is_active", "last_seen_at", "created_at"]
    list_filter = ["is_active", "role", "own_portfolio_only", "tenant"]
    search_fields = ["user__email", "user__full_name", "tenant__name", "tenant__slug", "job_title"]
    list_select_related = ["user", "tenant"]
    date_hierarchy = "created_at"
    fields = ["user", "tenant", "role", "own_portfolio_only", "job_title", "is_active", "created_at", "last_seen_at"]
    readonly_fields = ["user", "tenant", "is_active", "created_at", "last_seen_at"]
    actions = ["deactivate", "reactivate"]

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> Membership:
        present = {
            "role": obj.role,
            "own_portfolio_only": obj.own_portfolio_only,
            "job_title": obj.job_title,
        }
        return change_member(membership=obj, actor=actor, **{**present, **values})

    @admin.action(description=_("Close the workspace to them"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda row: deactivate_member(membership=row, actor=self.actor(request), reason=self.reason(request)),
        )

    @admin.action(description=_("Open the workspace to them again"), permissions=["change"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        self.run_for_each(
            request, selected(queryset), lambda row: reactivate_member(membership=row, actor=self.actor(request))
        )


@admin.register(PartnerAccess)
class PartnerAccessAdmin(TenantPlatformAdmin):
    section = PEOPLE
    place = 20
    list_display = ["user", "partner_name", "tenant", "role", "is_active", "last_seen_at", "created_at"]
    list_filter = ["is_active", "role", "tenant"]
    search_fields = ["user__email", "user__full_name", "partner_name", "tenant__name"]
    list_select_related = ["user", "tenant"]
    date_hierarchy = "created_at"
    fields = ["user", "tenant", "partner_name", "role", "is_active", "created_at", "last_seen_at"]
    readonly_fields = ["user", "tenant", "partner_name", "is_active", "created_at", "last_seen_at"]
    actions = ["remove"]

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> PartnerAccess:
        return change_partner_access(access=obj, role=values.get("role", obj.role), actor=actor, by_vendor=True)

    @admin.action(description=_("Close the portal to them"), permissions=["change"])
    def remove(self, request: HttpRequest, queryset: QuerySet[PartnerAccess]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda row: remove_partner_access(
                access=row, actor=self.actor(request), reason=self.reason(request), by_vendor=True
            ),
        )


@admin.register(Invitation)
class InvitationAdmin(TenantPlatformAdmin):
    """Invitations. The link is only in the mail, nobody can read it here."""

    section = PEOPLE
    place = 30
    list_display = ["email", "tenant", "role", "partner_name", "invited_by", "created_at", "expires_at", "accepted_at"]
    list_filter = [OpenState, "role", "tenant"]
    search_fields = ["email", "full_name", "partner_name", "tenant__name"]
    list_select_related = ["tenant", "invited_by"]
    date_hierarchy = "created_at"
    exclude = ["token_hash"]
    actions = ["resend", "revoke"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may resend and revoke; the record itself is for reading."""
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.action(description=_("Send again with a new link"), permissions=["operate"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        self.run_for_each(
            request, selected(queryset), lambda row: resend_invitation(invitation=row, actor=self.actor(request))
        )

    @admin.action(description=_("Revoke"), permissions=["operate"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda row: revoke_invitation(invitation=row, actor=self.actor(request), reason=self.reason(request)),
        )
