"""Creating partners and changing their profiles."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import IntegerField, Max, Model
from django.db.models.functions import Cast, Substr
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.choices import PartnerStatus
from partners.models import (
    Partner,
    PartnerSpecialisation,
    PartnerTerritory,
    Region,
    Specialisation,
    Tier,
)
from partners.queries import PARTNER_COUNTS
from partners.registries import FactChange, announce
from partners.services.owners import assign_owner, refuse_stranger, tell_new_owner
from partners.services.status import change_status
from partners.services.tiers import assign_tier, entry_tier, tier_on
from partners.services.validation import refuse_invalid
from prm.access.actor import Actor
from prm.accounts.models import Invitation, PartnerAccess, User
from prm.audit.services import changes_between, record
from prm.errors import Conflict, InvalidInput
from prm.tenancy.scope import require_scope

# What a profile consists of. Status, tier and owner have services of their own.
PROFILE_FIELDS = (
    "external_id",
    "name",
    "partner_type",
    "region",
    "parent",
    "country",
    "city",
    "address",
    "postal_code",
    "email",
    "phone",
    "website",
    "partner_since",
    "description",
)
# Lists of a profile: the model of the link and the side that is not the partner.
LINKS: dict[str, tuple[type[Model], str]] = {
    "specialisations": (PartnerSpecialisation, "specialisation"),
    "territories": (PartnerTerritory, "region"),
}
# Parts of a profile that scoring reads, and what they are called there.
SCORED_FACTS = {"partner_type": "type", "region": "region"}
NUMBER_PREFIX = "P-"


@transaction.atomic
def create_partner(
    *,
    actor: Actor,
    status: str = PartnerStatus.PROSPECT,
    owner: User | None = None,
    tier: Tier | None = None,
    tier_from: date | None = None,
    specialisations: Iterable[Specialisation] = (),
    territories: Iterable[Region] = (),
    tell: bool = True,
    **profile: Any,
) -> Partner:
    """Record a new partner; `profile` holds values of PROFILE_FIELDS. Without an external number it gets the next one.

    The partner enters the default programme: with `tier` from `tier_from`, else with the entry tier, each from the
    day it became a partner when no other day is given and from today when that is not known either. The owner is
    told unless `tell` is off.

    Raises:
        InvalidInput: a value is not acceptable, or the profile has an unknown field.
        Conflict: the external number is taken.
    """
    _refuse_unknown(profile)
    if status not in PartnerStatus.values:
        raise InvalidInput(
            _("“%(status)s” is not a status. Possible: %(possible)s.")
            % {"status": status, "possible": ", ".join(PartnerStatus.values)},
            field="status",
        )
    partner = Partner(status=status, owner=owner, **profile)
    if not partner.external_id:
        partner.external_id = next_external_id()
    if owner is not None:
        refuse_stranger(owner)
    refuse_invalid(partner, exclude=["owner"])
    partner.save()
    _set_links(partner, "specialisations", specialisations)
    _set_links(partner, "territories", territories)
    record(
        actor=actor,
        action="partner.created",
        target=partner,
        partner_id=partner.pk,
        changes={"status": [None, str(partner.status)], "owner": [None, owner]},
    )
    first_tier = tier or entry_tier()
    if first_tier is not None:
        day = tier_from or partner.partner_since or require_scope().tenant.local_date(timezone.now())
        assign_tier(partner=partner, tier=first_tier, actor=actor, effective_on=day, is_new_partner=True)
    if owner is not None and tell:
        tell_new_owner(owner=owner, partners=[partner], actor=actor)
    announce(FactChange(partner_ids=(partner.pk,), facts=frozenset({"new"})))
    PARTNER_COUNTS.forget()
    return partner


@transaction.atomic
def update_partner(*, partner: Partner, actor: Actor, **changes: Any) -> Partner:
    """Change parts of a profile, its specialisations or territories; what does not differ is not written.

    A new name also reaches the portal's chooser of workspaces.

    Raises:
        InvalidInput: a value is not acceptable, or a field is not part of the profile.
        Conflict: the external number is taken, or the partner would belong to itself.
    """
    links = {name: list(changes.pop(name)) for name in LINKS if name in changes}
    _refuse_unknown(changes)
    partner = locked(partner.pk)
    before = {name: getattr(partner, name) for name in changes}
    for name, value in changes.items():
        setattr(partner, name, value)
    differences = changes_between(before, {name: getattr(partner, name) for name in changes})
    if differences:
        if "parent" in differences:
            _refuse_circle(partner)
        refuse_invalid(partner, changed=differences)
    touched = list(differences)
    for name, wanted in links.items():
        difference = _set_links(partner, name, wanted)
        if difference:
            differences[name] = difference
    if not differences:
        return partner
    partner.save(update_fields=[*touched, "updated_at"])
    if "name" in differences:
        _rename_in_portal(partner)
    record(actor=actor, action="partner.updated", target=partner, partner_id=partner.pk, changes=differences)
    facts = frozenset(fact for name, fact in SCORED_FACTS.items() if name in differences)
    if facts:
        announce(FactChange(partner_ids=(partner.pk,), facts=facts))
    return partner


@transaction.atomic
def upsert_partner(
    *,
    external_id: str,
    actor: Actor,
    status: str | None = None,
    owner: User | None = None,
    tier: Tier | None = None,
    tier_from: date | None = None,
    reason: str = "",
    **profile: Any,
) -> tuple[Partner, str]:
    """Create or update the partner with this external number; for imports and the API.

    Only what is given is touched. A new partner is active unless a status is given; a status that differs goes
    through the ordinary move with its rules.

    Returns:
        The partner and "created", "updated" or "unchanged".
    """
    if not external_id.strip():
        raise InvalidInput(_("Give the partner's external number."), field="external_id", code="required")
    existing = Partner.objects.filter(external_id=external_id).first()
    if existing is None:
        created = create_partner(
            actor=actor,
            external_id=external_id,
            status=status or PartnerStatus.ACTIVE,
            owner=owner,
            tier=tier,
            tier_from=tier_from,
            tell=False,  # whoever sends a whole list would fill the owners' inboxes
            **profile,
        )
        return created, "created"
    partner = update_partner(partner=existing, actor=actor, **profile)
    changed = partner.updated_at != existing.updated_at
    if status is not None and status != partner.status:
        partner = change_status(partner=partner, target=status, actor=actor, reason=reason or _("From outside data."))
        changed = True
    if owner is not None and owner.pk != partner.owner_id:
        partner = assign_owner(partner=partner, owner=owner, actor=actor, tell=False)
        changed = True
    if tier is not None:
        day = tier_from or require_scope().tenant.local_date(timezone.now())
        held = tier_on(partner=partner, programme=tier.programme, day=day)
        if held != tier:
            assign_tier(partner=partner, tier=tier, actor=actor, effective_on=day, reason=reason)
            changed = True
    return partner, "updated" if changed else "unchanged"


def locked(partner_pk: int) -> Partner:
    """The partner with its row locked until the transaction ends."""
    return (
        Partner.objects.select_for_update(of=("self",))
        .select_related("partner_type", "region", "parent", "owner")
        .get(pk=partner_pk)
    )


def next_external_id() -> str:
    """The next free number of our own kind, P-00001 and so on, for partners that no other system knows yet."""
    scope = require_scope()
    with connection.cursor() as cursor:
        # Two people adding a partner at once must not get the same number; the lock ends with the transaction.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"partner-number:{scope.tenant_id}"])
    highest = (
        Partner.objects.filter(external_id__regex=rf"^{NUMBER_PREFIX}[0-9]{{1,9}}$")
        .annotate(number=Cast(Substr("external_id", len(NUMBER_PREFIX) + 1), IntegerField()))
        .aggregate(highest=Max("number"))["highest"]
    )
    return f"{NUMBER_PREFIX}{(highest or 0) + 1:05d}"


def _refuse_unknown(profile: dict[str, Any]) -> None:
    unknown = sorted(set(profile) - set(PROFILE_FIELDS))
    if unknown:
        raise InvalidInput(
            _("A partner has no field “%(field)s”.") % {"field": unknown[0]}, field=unknown[0], code="unknown_field"
        )


def _refuse_circle(partner: Partner) -> None:
    """Walk up from the new parent; the partner must not be met."""
    above, seen = partner.parent, {partner.pk}
    while above is not None:
        if above.pk in seen:
            raise Conflict(
                _("%(parent)s belongs to %(partner)s already, so it cannot stand above it. Choose another partner.")
                % {"parent": partner.parent, "partner": partner},
                code="circle",
                field="parent",
            )
        seen.add(above.pk)
        above = above.parent


def _set_links(partner: Partner, name: str, wanted: Iterable[Any]) -> list[list[str]] | None:
    """Make the partner's list exactly `wanted`; the names before and after when something changed."""
    model, side = LINKS[name]
    rows = {
        getattr(row, f"{side}_id"): row
        for row in model._default_manager.filter(partner=partner).select_related(side).order_by("pk")
    }
    chosen = {item.pk: item for item in wanted}
    if rows.keys() == chosen.keys():
        return None
    before = sorted(str(getattr(row, side)) for row in rows.values())
    model._default_manager.filter(pk__in=[row.pk for key, row in rows.items() if key not in chosen]).delete()
    model._default_manager.bulk_create(
        model(partner=partner, **{side: item}) for key, item in chosen.items() if key not in rows
    )
    return [before, sorted(str(item) for item in chosen.values())]


def _rename_in_portal(partner: Partner) -> None:
    """The chooser of workspaces has no scope and reads a copy of the name."""
    tenant_id = require_scope().tenant_id
    PartnerAccess.objects.filter(tenant_id=tenant_id, partner_id=partner.pk).update(partner_name=partner.name)
    Invitation.objects.filter(tenant_id=tenant_id, partner_id=partner.pk).update(partner_name=partner.name)
