"""Awards by hand, and withdrawing what was awarded."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from partners.choices import PartnerStatus
from partners.models import Partner
from performance.models import PeriodRow
from performance.recognition.choices import AwardOrigin, AwardStatus
from performance.recognition.lifecycle import AWARD_LIFECYCLE
from performance.recognition.models import Award, Badge
from performance.recognition.services.telling import schedule_telling, tell_of_withdrawal
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput
from prm.tenancy.scope import require_scope

REASON_LENGTH = 1000


def award_by_hand(
    *,
    badge: Badge,
    partner: Partner,
    actor: Actor,
    reason: str,
    period: PeriodRow | None = None,
    at: datetime | None = None,
) -> Award:
    """Award a badge to a partner and say why; the partner reads the reason with the badge.

    Raises:
        InvalidInput: there is no reason, or it is too long, or the partner has left.
        Conflict: the partner holds the badge for this period already.
    """
    reason = _checked(reason, _("Say what the partner is awarded the badge for. The partner reads it."))
    partner = Partner.objects.select_for_update(of=("self",), no_key=True).get(pk=partner.pk)
    if partner.status == PartnerStatus.TERMINATED:
        raise InvalidInput(_("%(partner)s is terminated.") % {"partner": partner.name}, field="partner")
    held = Award.objects.filter(badge=badge, partner=partner, period=period, status=AwardStatus.STANDING)
    if held.exists():
        words = {"partner": partner.name, "badge": badge.name}
        raise Conflict(
            _("%(partner)s holds %(badge)s for this period already.") % words
            if period
            else _("%(partner)s holds %(badge)s already. Choose the period that this one is for.") % words,
            field="badge",
        )
    award = Award.objects.create(
        badge=badge,
        partner=partner,
        programme=badge.programme,
        period=period,
        origin=AwardOrigin.HAND,
        reason=reason,
        awarded_at=at or timezone.now(),
        awarded_by=actor.label[:160],
    )
    changes = {"badge": [None, badge.name]} | ({"period": [None, period.label]} if period else {})
    record(actor=actor, action="award.granted", target=award, partner_id=partner.pk, changes=changes, reason=reason)
    schedule_telling(require_scope().tenant)
    return award


def withdraw_award(*, award: Award, actor: Actor, reason: str, at: datetime | None = None) -> Award:
    """Withdraw an award and say why. It stays on record, its public page is closed, its partner is told, and its
    rule never grants it again for the same period.

    Raises:
        InvalidInput: there is no reason, or it is too long.
        Conflict: it is withdrawn already.
    """
    reason = _checked(reason, _("Say why the award is withdrawn. The partner reads it."))
    found = Award.objects.select_for_update(of=("self",)).select_related("badge", "partner", "period")
    award = found.get(pk=award.pk)
    if award.is_withdrawn:
        raise Conflict(
            _("The award is withdrawn already, by %(who)s.") % {"who": award.withdrawn_by}, code="illegal_move"
        )
    AWARD_LIFECYCLE.check(award.status, AwardStatus.WITHDRAWN)
    changes = {"status": [award.status, AwardStatus.WITHDRAWN.value], "badge": [award.badge.name, None]}
    award.status = AwardStatus.WITHDRAWN
    award.withdrawn_at, award.withdrawn_by = at or timezone.now(), actor.label[:160]
    award.withdrawal_reason, award.share_key, award.shared_at = reason, "", None
    award.save(update_fields=["status", "withdrawn_at", "withdrawn_by", "withdrawal_reason", "share_key", "shared_at"])
    record(
        actor=actor, action="award.withdrawn", target=award, partner_id=award.partner_id, changes=changes, reason=reason
    )
    tell_of_withdrawal(award)
    return award


def _checked(reason: str, missing: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InvalidInput(missing, field="reason")
    if len(reason) > REASON_LENGTH:
        raise InvalidInput(_("A reason has up to %(count)d characters.") % {"count": REASON_LENGTH}, field="reason")
    return reason
