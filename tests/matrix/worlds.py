"""The matrix's world: two tenants alike, each with two partners and one person for every role."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from partners.models import Partner
from prm.access.permissions import permissions_of
from prm.access.roles import ALL_PARTNER, ALL_STAFF, Role
from prm.accounts.models import User
from prm.api.authentication import hash_key
from prm.api.models import ApiKey
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory, TenantFactory, UserFactory
from tests.factories.partners import PartnerFactory, ProgrammeFactory

PORTFOLIO = "channel_manager_own_partners"


@dataclass
class Side:
    """One tenant. Samples are made for its `partner`; `beside` is the same tenant seen from its other partner."""

    tenant: Tenant
    partner: Partner
    people: dict[str, User]
    clients: dict[str, Client] = field(default_factory=dict)
    beside: "Side | None" = None
    made: dict[str, Any] = field(default_factory=dict)

    def scope(self) -> Any:
        return tenant_scope(self.tenant)

    def client(self, name: str) -> Client:
        """A browser signed in as one of its people; the session is kept between cases."""
        if name not in self.clients:
            client = Client(raise_request_exception=True)
            client.force_login(self.people[name])
            self.clients[name] = client
        return self.clients[name]

    def api_key(self, name: str, scopes: frozenset[str]) -> str:
        """The text of a key with these rights."""
        text = f"matrix-{self.tenant.slug}-{name}"
        ApiKey.objects.get_or_create(
            key_hash=hash_key(text),
            defaults={
                "tenant": self.tenant,
                "name": name,
                "prefix": "matrix",
                "scopes": sorted(scopes),
                "last_used_at": timezone.now(),
            },
        )
        return text


@dataclass
class Worlds:
    """Own and foreign tenant, an operator, a signed-out browser."""

    own: Side
    foreign: Side
    operator: Client
    stranger: Client


def build_worlds() -> Worlds:
    """Everything twice; all of it inside the caller's transaction."""
    own, foreign = _side("matrix-own"), _side("matrix-foreign")
    operator = Client()
    operator.force_login(UserFactory(email="operator@matrix.example", is_staff=True, is_superuser=True))
    return Worlds(own=own, foreign=foreign, operator=operator, stranger=Client())


def _side(slug: str) -> Side:
    tenant = TenantFactory(slug=slug, currency="EUR")
    people: dict[str, User] = {}
    now = timezone.now()
    for role in sorted(ALL_STAFF):
        people[role] = MembershipFactory(tenant=tenant, role=role, last_seen_at=now).user
    people[PORTFOLIO] = MembershipFactory(
        tenant=tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True, last_seen_at=now
    ).user
    people["deactivated"] = MembershipFactory(
        tenant=tenant, role=Role.TENANT_ADMIN, is_active=False, last_seen_at=now
    ).user
    with tenant_scope(tenant):
        ProgrammeFactory(key="main", name="Main programme", is_default=True)
        owner = people[Role.CHANNEL_MANAGER]
        partner = PartnerFactory(name=f"First of {slug}", owner=owner)
        other = PartnerFactory(name=f"Second of {slug}", owner=owner)
        for role in sorted(ALL_PARTNER):
            people[role] = PartnerAccessFactory(partner=partner, role=role, last_seen_at=now).user
        other_people = {
            role: PartnerAccessFactory(partner=other, role=role, last_seen_at=now).user for role in sorted(ALL_PARTNER)
        }
    side = Side(tenant=tenant, partner=partner, people=people)
    side.beside = Side(tenant=tenant, partner=other, people={**people, **other_people})
    return side


ALL_API_RIGHTS = permissions_of(Role.TENANT_ADMIN)
