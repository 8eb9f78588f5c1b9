"""The addresses of a workspace and of a portal, and the list of a person's places for chooser and switcher."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from prm.accounts.models import Membership, PartnerAccess, User


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


def places_of(user: User | AnonymousUser) -> Places:
    """A person's places. Two queries on platform tables; needs no scope."""
    if not user.is_authenticated:
        return Places()
    memberships = Membership.objects.filter(user=user, is_active=True, tenant__is_active=True).select_related("tenant")
    accesses = PartnerAccess.objects.filter(user=user, is_active=True, tenant__is_active=True).select_related("tenant")
    return Places(
        workspaces=_by_use(
            Place(
                kind="workspace",
                name=row.tenant.name,
                detail=row.get_role_display(),
                url=workspace_url(row.tenant.slug),
                initials=initials_of(row.tenant.name),
                accent=row.tenant.accent,
                last_seen_at=row.last_seen_at,
            )
            for row in memberships
        ),
        portals=_by_use(
            Place(
                kind="portal",
                name=row.tenant.name,
                detail=f"{row.get_role_display()}, {row.partner_name}",
                url=portal_url(row.tenant.slug, row.partner_public_id),
                initials=initials_of(row.tenant.name),
                accent=row.tenant.accent,
                last_seen_at=row.last_seen_at,
            )
            for row in accesses
        ),
    )


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
