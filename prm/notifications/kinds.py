"""The kinds of news that people are told. Apps register theirs in `AppConfig.ready()`; a person chooses for each.

    register_kind(NoticeKind("review.shared", _("A review is shared with us"), area=Area.PORTAL, permission=…))

What is told of a kind that nobody registered is a mistake in the code, so `prm.notifications.telling` refuses it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from prm.access.permissions import Permission


class Area(StrEnum):
    """Where the news is read."""

    WORKSPACE = "workspace"
    PORTAL = "portal"


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """News of one kind: who may get it, and whether a mail goes with it unless somebody says otherwise.

    News that asks for an answer by a date is not `may_be_silenced`: its mail can be switched off, its line in the
    inbox cannot. News that never comes by mail, because the morning mail has it, is not `may_mail`.
    `stands` is asked with the person and what it is about when the mail leaves, which may be days later: whether they
    may still see everything in it. That they may open the workspace or portal, with the permission, is asked anyway.
    """

    key: str
    label: Any
    area: Area
    permission: Permission
    mails: bool = True
    may_mail: bool = True
    may_be_silenced: bool = True
    order: int = 50
    stands: Callable[[int, str], bool] | None = None


_kinds: dict[str, NoticeKind] = {}


def register_kind(kind: NoticeKind) -> None:
    """Add a kind of news.

    Raises:
        ValueError: when the key is taken.
    """
    if kind.key in _kinds:
        raise ValueError(f"There is news of the kind {kind.key} already.")
    _kinds[kind.key] = kind


def get_kind(key: str) -> NoticeKind:
    """The kind with this key.

    Raises:
        KeyError: when no app registered it.
    """
    return _kinds[key]


def known_kinds(keys: Iterable[str]) -> list[NoticeKind]:
    """Those of the kinds that somebody registered."""
    return [_kinds[key] for key in dict.fromkeys(keys) if key in _kinds]


def notice_kinds(area: Area) -> Iterator[NoticeKind]:
    """The kinds of one area, in order."""
    return iter(sorted((kind for kind in _kinds.values() if kind.area == area), key=lambda one: (one.order, one.key)))
