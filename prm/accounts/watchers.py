"""Who in the workspace hears about a partner. The app that holds partners answers; else the workspace's admins."""

from collections.abc import Callable, Iterable

from prm.access.roles import Role
from prm.accounts.models import Membership
from prm.tenancy.scope import require_scope

WatcherProvider = Callable[[int], Iterable[int]]

_provider: WatcherProvider | None = None


def register_watchers(provider: WatcherProvider) -> None:
    """Say who owns a partner: `provider(partner_id)` returns user ids, inside the tenant's scope."""
    global _provider
    _provider = provider


def watchers_of(partner_id: int) -> list[int]:
    """The ids of the people to tell about a partner: its owner while they work here, else all admins."""
    members = Membership.objects.filter(tenant_id=require_scope().tenant_id, is_active=True)
    if _provider is not None:
        owners = list(members.filter(user_id__in=list(_provider(partner_id))).values_list("user_id", flat=True))
        if owners:
            return owners
    return list(members.filter(role=Role.TENANT_ADMIN).values_list("user_id", flat=True))
