"""The people who sign in to a demo tenant, one for each role."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress

from partners.choices import ContactRole
from partners.models import Contact, Partner
from prm.access.actor import Actor
from prm.access.roles import Role
from prm.accounts.models import Membership, PartnerAccess, User
from prm.tenancy.models import Tenant

PASSWORD = "tandem-demo"  # noqa: S105  (printed to whoever starts the demo)
OPERATOR = "operator@tandem.example"


@dataclass(frozen=True, slots=True)
class SignIn:
    """One line of the list that the demo prints."""

    place: str
    role: str
    email: str


STAFF = [
    ("admin", "Ines Adler", Role.TENANT_ADMIN, False, "Head of partner operations"),
    ("programme", "Theo Lindqvist", Role.PROGRAMME_MANAGER, False, "Programme manager"),
    ("manager", "Marta Olsen", Role.CHANNEL_MANAGER, False, "Channel manager"),
    ("portfolio", "Emil Brandt", Role.CHANNEL_MANAGER, True, "Channel manager, own partners"),
    ("finance", "Nora Keller", Role.FINANCE, False, "Finance partner"),
    ("analyst", "Yara Costa", Role.ANALYST, False, "Analyst"),
]


def ensure_user(email: str, full_name: str, **fields: bool) -> User:
    """A person with the demo password and a verified address; an existing one is left alone."""
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email=email, password=PASSWORD, full_name=full_name, **fields)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def add_staff(tenant: Tenant) -> list[User]:
    """Members of every role; returns the channel managers, who own the partners."""
    owners = []
    for name, full_name, role, own_only, job_title in STAFF:
        user = ensure_user(f"{name}@{tenant.slug}.example", full_name)
        Membership.objects.create(tenant=tenant, user=user, role=role, own_portfolio_only=own_only, job_title=job_title)
        if role == Role.CHANNEL_MANAGER:
            owners.append(user)
    return owners


def add_partner_people(tenant: Tenant, partner: Partner) -> None:
    """An admin and a member at one partner, in the open scope; both are its contacts, too."""
    people = [("partner", "Hanna Lindner", Role.PARTNER_ADMIN), ("colleague", "Tobias Brandl", Role.PARTNER_MEMBER)]
    for name, full_name, role in people:
        user = ensure_user(f"{name}@{tenant.slug}.example", full_name)
        PartnerAccess.objects.create(
            tenant=tenant,
            partner_id=partner.pk,
            partner_public_id=partner.public_id,
            partner_name=partner.name,
            user=user,
            role=role,
        )
        Contact.objects.create(
            partner=partner, full_name=full_name, email=user.email, roles=[ContactRole.SALES], job_title="Sales"
        )


def speaker_of(partner: Partner) -> Actor:
    """Whoever speaks and signs for a partner: its first contact, else the company itself."""
    contact = Contact.objects.filter(partner=partner).order_by("-is_primary", "pk").first()
    return Actor(kind="user", label=contact.full_name if contact else partner.name)


def sign_ins(tenants: list[Tenant]) -> list[SignIn]:
    """Who can sign in where, in the order of the demo's list."""
    found = [SignIn("Django admin", "Platform operator", OPERATOR)]
    for tenant in tenants:
        members = Membership.objects.filter(tenant=tenant, user__email__endswith=".example").select_related("user")
        found.extend(
            SignIn(
                tenant.name, f"{row.get_role_display()}{', own partners only' * row.own_portfolio_only}", row.user.email
            )
            for row in members
        )
        accesses = PartnerAccess.objects.filter(tenant=tenant, user__email__endswith=".example").select_related("user")
        found.extend(
            SignIn(f"portal of {row.partner_name}, {tenant.name}", str(row.get_role_display()), row.user.email)
            for row in accesses
        )
    return found
