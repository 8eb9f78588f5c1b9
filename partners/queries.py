"""Reads of partner records. What a person may see is decided here: everybody else's partners are simply not there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.models import (
    Contact,
    Partner,
    PartnerSite,
    Programme,
    Region,
    StatusChange,
    Tier,
    TierAssignment,
)
from partners.reference import Rung, ladder
from prm.access.roles import Role
from prm.accounts.models import Membership
from prm.tenancy.scope import require_scope
from prm.ui.counts import KeptCount


def access_partners(membership: Membership | None) -> QuerySet[Partner]:
    """The partners this person may see: their own portfolio only, or all of the tenant.

    None stands for work without a person: API keys with the right to partners, tasks, operators.
    """
    partners = Partner.objects.all()
    if membership is not None and membership.sees_own_partners_only:
        partners = partners.filter(owner_id=membership.user_id)
    return partners


PARTNER_COUNTS = KeptCount("partners", seconds=60)
"""How many partners somebody sees; new partners and owners forget it."""


def kept_count_partners(membership: Membership | None) -> int:
    """How many partners this person may see, for the menu."""
    whose = f"u{membership.user_id}" if membership is not None and membership.sees_own_partners_only else "all"
    return PARTNER_COUNTS.get(whose, access_partners(membership).count)


def access_partner(membership: Membership | None, public_id: UUID) -> Partner:
    """One partner with what its page shows.

    Raises:
        Http404: it does not exist, or not for this person.
    """
    partner = (
        with_tier(access_partners(membership))
        .select_related("partner_type", "region", "parent", "owner")
        .filter(public_id=public_id)
        .first()
    )
    if partner is None:
        raise Http404
    return name_tier(partner, ladder())


def own_partner(partner_id: int) -> Partner:
    """The partner whose portal is open, with what its company page shows. The middleware has proven the access."""
    partner = with_tier(Partner.objects.select_related("partner_type", "region", "parent", "owner")).get(pk=partner_id)
    return name_tier(partner, ladder())


def owner_ids_of(partner_id: int) -> list[int]:
    """The user who looks after a partner, as a list of none or one."""
    return list(Partner.objects.filter(pk=partner_id, owner__isnull=False).values_list("owner_id", flat=True))


def owned_partner_ids(user_id: int) -> QuerySet:
    """The ids of the partners a user looks after: what a channel manager with an own portfolio may see."""
    return Partner.objects.filter(owner_id=user_id).values("pk")


def today() -> date:
    """The tenant's own day."""
    return require_scope().tenant.local_date(timezone.now())


def with_tier(partners: QuerySet[Partner], day: date | None = None) -> QuerySet[Partner]:
    """Adds `tier_id`, the tier of the default programme on a day, today by default, and `tier_rank` to sort by.

    `name_tier` then sets the name and the place, which a ladder of a few tiers gives without a subquery per row.
    """
    day = day or today()
    held = TierAssignment.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day),
        partner=OuterRef("pk"),
        programme__is_default=True,
        valid_from__lte=day,
    ).order_by()  # at most one holds, the database sees to that
    return partners.annotate(tier_id=Subquery(held.values("tier_id")[:1])).alias(
        tier_rank=Subquery(held.values("tier__rank")[:1])
    )


def name_tier(partner: Partner, rungs: Mapping[int, Rung]) -> Partner:
    """Sets `tier_name` and `tier_place` of a partner that `with_tier` has read; None without a tier."""
    rung = rungs.get(getattr(partner, "tier_id", None) or 0)
    partner.tier_name = rung.name if rung else None
    partner.tier_place = rung.place if rung else None
    return partner


def search_partners(partners: QuerySet[Partner], text: str) -> QuerySet[Partner]:
    """Partners whose name, city, external number or a contact's name or address contains every word of the text."""
    for word in text.replace("\x00", " ").split()[:6]:
        person = Contact.objects.filter(Q(full_name__icontains=word) | Q(email__icontains=word), partner=OuterRef("pk"))
        partners = partners.filter(
            Q(name__icontains=word) | Q(city__icontains=word) | Q(external_id__icontains=word) | Q(Exists(person))
        )
    return partners


# --- People and places ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact with where it stands in the portal: open, invited, closed (had access once) or none.

    `role` and `seen_at` belong to an access, `invited_until` to an invitation.
    """

    contact: Contact
    portal: str
    role: str = ""
    seen_at: datetime | None = None
    invited_until: datetime | None = None

    @property
    def role_label(self) -> str:
        """What the role is called."""
        return str(Role(self.role).label) if self.role else ""

    @property
    def rail_line(self) -> str:
        """Job title and portal in one line: “Owner. Portal seen today”."""
        portal = {"open": _("Uses the portal"), "invited": _("Invited to the portal")}.get(self.portal, "")
        return ". ".join(str(part) for part in (self.contact.standing, portal) if part)


_PEOPLE = """
SELECT c.*, coalesce(p.portal, 'none') AS portal, coalesce(p.role, '') AS portal_role, p.seen_at, p.invited_until
  FROM partners_contact c
  LEFT JOIN LATERAL (
       SELECT CASE WHEN a.is_active THEN 'open' ELSE 'closed' END AS portal,
              CASE WHEN a.is_active THEN 1 ELSE 3 END AS place, a.role, a.last_seen_at AS seen_at,
              NULL::timestamptz AS invited_until
         FROM accounts_partneraccess a JOIN accounts_user u ON u.id = a.user_id
        WHERE a.tenant_id = c.tenant_id AND a.partner_id = c.partner_id AND lower(u.email) = lower(c.email)
       UNION ALL
       SELECT 'invited', 2, '', NULL, i.expires_at
         FROM accounts_invitation i
        WHERE i.tenant_id = c.tenant_id AND i.partner_id = c.partner_id AND lower(i.email) = lower(c.email)
          AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > %(now)s
       ORDER BY place LIMIT 1) p ON true
 WHERE c.tenant_id = %(tenant)s AND c.partner_id = %(partner)s
 ORDER BY c.is_active DESC, c.is_primary DESC, c.full_name, c.id
"""
"""By hand, because every tab of a partner's page shows its people. Where somebody stands in several ways, an open
access counts more than an invitation, and that more than an access that was closed."""


def contact_rows(partner: Partner) -> list[ContactRow]:
    """A partner's people, the main contact first, those who left last. One query, however many people."""
    values = {"tenant": require_scope().tenant_id, "partner": partner.pk, "now": timezone.now()}
    return [
        ContactRow(row, row.portal, row.portal_role, row.seen_at, row.invited_until)
        for row in Contact.objects.raw(_PEOPLE, values)
    ]


def access_contact(partner: Partner, public_id: UUID) -> Contact:
    """One contact of a partner that is proven to be within reach.

    Raises:
        Http404: it does not exist there.
    """
    contact = Contact.objects.filter(partner=partner, public_id=public_id).first()
    if contact is None:
        raise Http404
    contact.partner = partner
    return contact


def access_site(partner: Partner, public_id: UUID) -> PartnerSite:
    """One site of a partner that is proven to be within reach.

    Raises:
        Http404: it does not exist there.
    """
    site = PartnerSite.objects.filter(partner=partner, public_id=public_id).first()
    if site is None:
        raise Http404
    site.partner = partner
    return site


# --- Catalogue ------------------------------------------------------------------------------------------------------


def regions_with_path() -> list[Region]:
    """All regions with `path`, such as “Europe, DACH”, and `depth`, in the order of a tree."""
    regions = {region.pk: region for region in Region.objects.all()}
    for region in regions.values():
        names, above, seen = [region.name], region.parent_id, {region.pk}
        while above in regions and above not in seen:
            seen.add(above)
            names.append(regions[above].name)
            above = regions[above].parent_id
        region.names = names[::-1]
        region.path = " / ".join(region.names)
        region.depth = len(names) - 1
        region.above = " / ".join(region.names[:-1])
    return sorted(regions.values(), key=lambda region: [name.casefold() for name in region.names])


def regions_below(region_id: int) -> set[int]:
    """A region and all that lies in it."""
    children: dict[int | None, list[int]] = {}
    for pk, parent_id in Region.objects.values_list("pk", "parent_id"):
        children.setdefault(parent_id, []).append(pk)
    found, waiting = set(), [region_id]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += children.get(one, [])
    return found


def countries_in_use() -> list[str]:
    """The codes of countries that partners are in."""
    return list(Partner.objects.exclude(country="").order_by("country").values_list("country", flat=True).distinct())


def catalogue_rows(model: type[Any]) -> list[Any]:
    """The entries of one of the tenant's lists, each with `used`: how many partners it is about. One or two queries."""
    if model is Region:
        used = dict(Partner.objects.order_by().values_list("region").annotate(count=Count("pk")))
        rows = regions_with_path()
        for row in rows:
            row.used = used.get(row.pk, 0)
        return rows
    if model is Programme:
        held = Count("assignments__partner", filter=_valid_today("assignments__"), distinct=True)
        ladder = Tier.objects.annotate(used=held).order_by("-rank")
        return list(Programme.objects.prefetch_related(Prefetch("tiers", queryset=ladder, to_attr="ladder")))
    return list(model.objects.annotate(used=Count("partners")))


def _valid_today(prefix: str) -> Q:
    day = today()
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gt": day})
    )


# --- History --------------------------------------------------------------------------------------------------------


def tier_history(partner: Partner) -> Sequence[TierAssignment]:
    """Every tier a partner held, latest first."""
    rows = TierAssignment.objects.filter(partner=partner).select_related("tier", "programme")
    return list(rows.order_by("-programme__is_default", "programme__name", "-valid_from"))


def status_history(partner: Partner) -> Sequence[StatusChange]:
    """Every move of a partner's status, latest first."""
    return list(StatusChange.objects.filter(partner=partner))
