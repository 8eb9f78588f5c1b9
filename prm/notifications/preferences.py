"""What a person wants to hear: parts of the morning mail, and how far each kind of news goes."""

from typing import Any

from prm.access.permissions import permissions_of
from prm.notifications.choices import Reach
from prm.notifications.digests import DigestPart, digest_parts
from prm.notifications.kinds import Area, NoticeKind, notice_kinds
from prm.notifications.models import NotificationPreference
from prm.notifications.reach import reach_of
from prm.tenancy.scope import require_scope


def wanted_parts(*, user_id: int, role: str) -> list[tuple[DigestPart, bool]]:
    """The parts of the morning mail that this person may get, each with whether they want it."""
    muted = _row(user_id).muted
    may = permissions_of(role)
    return [(part, part.key not in muted) for part in digest_parts() if str(part.permission) in may]


def chosen_reaches(*, user_id: int, role: str, area: Area) -> list[tuple[NoticeKind, Reach]]:
    """The kinds of news that this person may get in one area, each with how far it goes."""
    notices = _row(user_id).notices
    may = permissions_of(role)
    return [(kind, reach_of(kind, notices.get(kind.key))) for kind in notice_kinds(area) if str(kind.permission) in may]


def set_muted(*, user_id: int, role: str, wanted: list[str]) -> None:
    """Keep which parts a person wants. A part that comes with a later version is wanted until they say otherwise."""
    muted = sorted(part.key for part, _on in wanted_parts(user_id=user_id, role=role) if part.key not in wanted)
    _keep(user_id, muted=muted)


def set_reaches(*, user_id: int, reaches: dict[str, str]) -> None:
    """Keep how far news of some kinds goes; what was chosen for others stays."""
    _keep(user_id, notices={**_row(user_id).notices, **reaches})


def _row(user_id: int) -> NotificationPreference:
    require_scope()
    found = NotificationPreference.objects.filter(user_id=user_id).first()
    return found or NotificationPreference(user_id=user_id)


def _keep(user_id: int, **values: Any) -> None:
    NotificationPreference.objects.update_or_create(user_id=user_id, defaults=values)
