"""The people who work in a workspace, kept between requests: nearly every page names somebody."""

from collections.abc import Mapping
from dataclasses import dataclass

from prm.accounts.models import Membership
from prm.tenancy.reference import reference
from prm.tenancy.scope import require_scope


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a place in the workspace. `may_work` is whether place and sign-in are both active."""

    user_id: int
    name: str
    email: str
    role: str
    is_active: bool
    may_work: bool

    def __str__(self) -> str:
        return self.name


@reference
def members_by_user() -> Mapping[int, Member]:
    """Everybody who works or worked in the open scope's workspace, by the key of the user, in the order of names."""
    rows = (
        Membership.objects.filter(tenant_id=require_scope().tenant_id)
        .order_by("user__full_name", "user__email")
        .values_list("user_id", "user__full_name", "user__email", "role", "is_active", "user__is_active")
    )
    return {
        user_id: Member(user_id, name or email, email, role, is_active, is_active and signs_in)
        for user_id, name, email, role, is_active, signs_in in rows
    }


def members_at_work() -> list[Member]:
    """Those who work here now, by name."""
    return [member for member in members_by_user().values() if member.may_work]
