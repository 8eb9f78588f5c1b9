"""Which tier a partner holds in a programme, with a history that has neither gaps nor overlaps."""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from partners.models import Partner, Programme, Tier, TierAssignment
from partners.registries import FactChange, announce
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput


@transaction.atomic
def assign_tier(
    *,
    partner: Partner,
    tier: Tier,
    actor: Actor,
    effective_on: date,
    reason: str = "",
    is_new_partner: bool = False,
) -> TierAssignment:
    """Give a partner a tier from a day on, until the next change that is already known.

    What held on that day ends the day before. With no earlier tier this is the entry into the programme. Days in the
    past are allowed and change the scores of periods that began since. For a partner being recorded
    (`is_new_partner`) listeners hear of the partner as a whole.

    Raises:
        Conflict: the partner already holds this tier on that day, or the programme is not active.
        InvalidInput: a change of tier (not the entry) has no reason.
    """
    Partner.objects.select_for_update().only("pk").get(pk=partner.pk)
    programme = tier.programme
    if not programme.is_active:
        raise Conflict(
            _("The programme %(programme)s is not active, so its tiers cannot be assigned.") % {"programme": programme},
            code="inactive_programme",
            field="tier",
        )
    rows = TierAssignment.objects.filter(partner=partner, programme=programme)
    history = list(rows.select_related("tier").order_by("valid_from"))
    held = next((row for row in history if _covers(row, effective_on)), None)
    following = next((row for row in history if row.valid_from > effective_on), None)
    if held is not None and held.tier_id == tier.pk:
        raise Conflict(
            _("%(partner)s already holds %(tier)s on that day.") % {"partner": partner, "tier": tier},
            code="same_tier",
            field="tier",
        )
    reason = reason.strip()
    if history and not reason:
        raise InvalidInput(
            _("Say why the tier changes. The reason is kept in the partner's history."), field="reason", code="required"
        )
    assignment = _write(partner, tier, actor, effective_on, reason, held=held, following=following)
    record(
        actor=actor,
        action="partner.tier_assigned",
        target=partner,
        partner_id=partner.pk,
        changes={
            "tier": [held.tier if held else None, tier],
            "programme": [None, programme],
            "effective_on": [None, effective_on],
        },
        reason=reason,
    )
    if not is_new_partner:
        facts = frozenset({"tier"})
        announce(FactChange(partner_ids=(partner.pk,), facts=facts, since=effective_on, programme_id=programme.pk))
    return assignment


def _covers(row: TierAssignment, day: date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)


def _write(
    partner: Partner,
    tier: Tier,
    actor: Actor,
    day: date,
    reason: str,
    *,
    held: TierAssignment | None,
    following: TierAssignment | None,
) -> TierAssignment:
    """Shorten what held, then insert. The database refuses an overlap at any moment, hence the order."""
    if held is not None and held.valid_from == day:
        held.delete()  # it would last no day at all; the audit trail keeps that it was there
    elif held is not None:
        held.valid_to = day
        held.save(update_fields=["valid_to"])
    return TierAssignment.objects.create(
        partner=partner,
        programme=tier.programme,
        tier=tier,
        valid_from=day,
        valid_to=following.valid_from if following else None,
        reason=reason,
        actor_label=actor.label[:160],
    )


def default_programme() -> Programme | None:
    """The tenant's default programme; None only while a tenant is being set up."""
    return Programme.objects.filter(is_default=True).first()


def entry_tier(programme: Programme | None = None) -> Tier | None:
    """The lowest tier of a programme, by default of the tenant's default programme."""
    rows = Tier.objects.select_related("programme").order_by("rank")
    return rows.filter(programme=programme).first() if programme else rows.filter(programme__is_default=True).first()


def tier_on(*, partner: Partner, programme: Programme, day: date) -> Tier | None:
    """The tier a partner holds in a programme on a day."""
    row = (
        TierAssignment.objects.filter(partner=partner, programme=programme, valid_from__lte=day)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
        .select_related("tier")
        .first()
    )
    return row.tier if row else None
