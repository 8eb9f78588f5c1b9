"""Whether somebody who was told may still get the mail: asked again at the moment it leaves.

A mail may wait for days, because the mail server is down. Whoever has left meanwhile, lost the role or lost the rows
of the file in it gets nothing any more.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from prm.access.permissions import Permission, permissions_of
from prm.accounts.models import Membership, PartnerAccess
from prm.notifications.kinds import Area, NoticeKind, known_kinds
from prm.notifications.models import Letter
from prm.tenancy.scope import require_scope


def why_not(letter: Letter) -> str:
    """Why a mail may not leave any more, in a sentence; empty where it may. The letter comes with its user."""
    key, _colon, about = letter.key.partition(":")
    kind = next(iter(known_kinds([key])), None)
    if kind is None:
        return _("Nothing sends news of this kind any more.")
    if not letter.user.is_active or not _holds(letter, kind):
        return _("This person may not open it any more.")
    if kind.stands is not None and not kind.stands(letter.user_id, about):
        return _("This person may not see all of what is in it any more.")
    return ""


def _holds(letter: Letter, kind: NoticeKind) -> bool:
    """Whether the person holds the permission of the news where it is read: here, or at the partner."""
    here = {"tenant_id": require_scope().tenant_id, "user_id": letter.user_id, "is_active": True}
    if kind.area == Area.WORKSPACE:
        return _any_may(kind.permission, Membership.objects.filter(**here).values_list("role", flat=True))
    accesses = PartnerAccess.objects.filter(**here)
    if letter.partner_id is not None:
        accesses = accesses.filter(partner_id=letter.partner_id)
    return _any_may(kind.permission, accesses.values_list("role", flat=True))


def _any_may(permission: Permission, roles: Iterable[str]) -> bool:
    return any(str(permission) in permissions_of(role) for role in roles)
