"""The addresses of a workspace and of a portal, and the list of a person's places for chooser and switcher."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection

from prm.access.roles import Role
from prm.accounts.models import User


def workspace_url(slug: str) -> str:
    """The first page of a manager workspace."""
    return f"/t/{slug}/"


def portal_url(slug: str, partner: UUID | str) -> str:
    """The first page of a partner's portal."""
    return f"/portal/{slug}/{partner}/"


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace or a portal that a person may enter."""

    kind: str
    name: str
    detail: str
    url: str
    initials: str
    accent: str
    last_seen_at: Any = None


@dataclass(frozen=True, slots=True)
class Places:
    """Everything a person may enter, the last used first."""

    workspaces: tuple[Place, ...] = ()
    portals: tuple[Place, ...] = ()

    @property
    def all(self) -> tuple[Place, ...]:
        return self.workspaces + self.portals

    @property
    def only(self) -> Place | None:
        """The one place, where there is exactly one."""
        return self.all[0] if len(self.all) == 1 else None


def initials_of(name: str) -> str:
    """Two letters that stand for a company."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else name[:2]
    return letters.upper()


_PLACES = """
SELECT t.name, t.slug, t.accent, m.role, m.last_seen_at, '', NULL
  FROM accounts_membership m JOIN tenancy_tenant t ON t.id = m.tenant_id
 WHERE m.user_id = %(user)s AND m.is_active AND t.is_active
UNION ALL
SELECT t.name, t.slug, t.accent, a.role, a.last_seen_at, a.partner_name, a.partner_public_id::text
  FROM accounts_partneraccess a JOIN tenancy_tenant t ON t.id = a.tenant_id
 WHERE a.user_id = %(user)s AND a.is_active AND t.is_active
"""
"""By hand, in one statement on platform tables."""


def places_of(user: User | AnonymousUser) -> Places:
    """A person's places. One query on platform tables; needs no scope."""
    if not user.is_authenticated:
        return Places()
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, {"user": user.pk})
        rows = cursor.fetchall()
    found: dict[str, list[Place]] = {"workspace": [], "portal": []}
    for name, slug, accent, role, last_seen_at, partner_name, address in rows:
        kind = "workspace" if address is None else "portal"
        found[kind].append(
            Place(
                kind=kind,
                name=name,
                detail=", ".join(part for part in (str(Role(role).label), partner_name) if part),
                url=workspace_url(slug) if address is None else portal_url(slug, address),
                initials=initials_of(name),
                accent=accent,
                last_seen_at=last_seen_at,
            )
        )
    return Places(workspaces=_by_use(found["workspace"]), portals=_by_use(found["portal"]))


def _by_use(places: Any) -> tuple[Place, ...]:
    return tuple(
        sorted(
            places,
            key=lambda place: (
                -(place.last_seen_at.timestamp() if place.last_seen_at else 0),
                place.name.casefold(),
            ),
        )
    )
