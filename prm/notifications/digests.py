"""What may stand in the morning mail. Apps register their parts in `AppConfig.ready()`; a person may leave any out.

    register_part(DigestPart("alerts", _("Alerts about my partners"), ALERT_VIEW, write=…))

`write(membership, since)` is called inside the tenant's scope and in the person's language. It returns what there is to
say of what happened after `since`, the person's last mail, or None.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prm.access.permissions import Permission


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One entry: what it is about, what there is to say, an address inside the workspace."""

    title: str
    texts: list[str]
    url: str = ""
    figure: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class DigestText:
    """A part of the mail: a heading, a few entries, and the way to the rest."""

    title: str
    lines: list[DigestLine]
    rest: str = ""
    button: str = ""
    url: str = ""
    subject: str = ""
    """What the mail's subject says where this part comes first."""


@dataclass(frozen=True, slots=True)
class DigestPart:
    """A part that may be in the mail, and who may get it."""

    key: str
    label: Any
    permission: Permission
    write: Callable[[Any, datetime], DigestText | None]
    help: Any = ""
    order: int = field(default=50)


_parts: dict[str, DigestPart] = {}


def register_part(part: DigestPart) -> None:
    """Add a part to the morning mail.

    Raises:
        ValueError: when the key is taken.
    """
    if part.key in _parts:
        raise ValueError(f"The morning mail has a part {part.key} already.")
    _parts[part.key] = part


def digest_parts() -> Iterator[DigestPart]:
    """Every part, in order."""
    return iter(sorted(_parts.values(), key=lambda part: (part.order, part.key)))
