"""Moving a partner along its lifecycle."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.choices import PartnerStatus
from partners.lifecycle import PARTNER_LIFECYCLE
from partners.models import Partner, StatusChange
from partners.registries import FactChange, announce
from partners.services.portal_access import close_portal_of_partner
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import InvalidInput
from prm.tenancy.scope import require_scope


@transaction.atomic
def change_status(
    *, partner: Partner, target: str, actor: Actor, reason: str = "", effective_on: date | None = None
) -> Partner:
    """Move a partner to another status, today unless an earlier day is given.

    A terminated partner's people lose the portal in the same transaction: their accesses end and open invitations
    are revoked. Every request proves its access anew, so pages that are open stop working at the next click.
    Reinstating a partner does not give access back; that is decided person by person.

    Raises:
        Conflict: the table of moves has no such move.
        InvalidInput: the move needs a reason, or the day lies in the future.
    """
    partner = Partner.objects.select_for_update(of=("self",)).select_related("owner").get(pk=partner.pk)
    move = PARTNER_LIFECYCLE.check(partner.status, target)
    reason = reason.strip()
    if move.needs_reason and not reason:
        raise InvalidInput(
            _("Say why the partner is to be “%(status)s”. The reason is kept in its history.")
            % {"status": PartnerStatus(target).label},
            field="reason",
            code="required",
        )
    today = require_scope().tenant.local_date(timezone.now())
    day = effective_on or today
    if day > today:
        raise InvalidInput(
            _("A status changes today or on a day in the past. Come back on the day itself."),
            field="effective_on",
            code="in_future",
        )
    source = partner.status
    partner.status = target
    partner.save(update_fields=["status", "updated_at"])
    StatusChange.objects.create(
        partner=partner, source=source, target=target, reason=reason, effective_on=day, actor_label=actor.label[:160]
    )
    record(
        actor=actor,
        action="partner.status_changed",
        target=partner,
        partner_id=partner.pk,
        changes={"status": [source, str(target)], "effective_on": [None, day]},
        reason=reason,
    )
    if target == PartnerStatus.TERMINATED:
        close_portal_of_partner(partner=partner, actor=actor)
    announce(FactChange(partner_ids=(partner.pk,), facts=frozenset({"status"}), since=day))
    return partner
