"""Opening and closing the portal for a partner's people. Invitations themselves belong to accounts."""

from django.db import transaction
from django.utils.translation import gettext as _

from partners.choices import PartnerStatus
from partners.models import Contact, Partner
from prm.access.actor import Actor
from prm.accounts.models import Invitation, PartnerAccess
from prm.accounts.services.invitations import invite_to_partner, revoke_invitation
from prm.accounts.services.team import remove_partner_access
from prm.errors import Conflict, InvalidInput
from prm.tenancy.scope import require_scope


def open_portal(*, contact: Contact, role: str, actor: Actor) -> Invitation:
    """Invite a contact to the portal of its partner; access begins when the invitation is accepted.

    Raises:
        InvalidInput: the contact has no e-mail address.
        Conflict: the contact has left, or the partner is terminated.
        DomainError: what the invitation itself refuses (already there, already invited, too many).
    """
    partner = contact.partner
    if not contact.email:
        raise InvalidInput(
            _("%(contact)s has no e-mail address. Add one to send the invitation.") % {"contact": contact},
            field="email",
            code="required",
        )
    if not contact.is_active:
        raise Conflict(_("%(contact)s no longer works there.") % {"contact": contact}, code="inactive_contact")
    if partner.status == PartnerStatus.TERMINATED:
        raise Conflict(
            _("%(partner)s is terminated, so nobody can be invited to its portal.") % {"partner": partner},
            code="terminated",
        )
    return invite_to_partner(
        actor=actor,
        partner_id=partner.pk,
        partner_public_id=partner.public_id,
        partner_name=partner.name,
        email=contact.email,
        role=role,
        full_name=contact.full_name,
    )


@transaction.atomic
def close_portal(*, contact: Contact, actor: Actor, reason: str = "", by_vendor: bool = True) -> bool:
    """End one contact's access and take back its open invitation; whether there was anything to end.

    Raises:
        DomainError: a partner's own people would remove their last admin (`by_vendor` is False).
    """
    if not contact.email:
        return False
    return _close(partner_id=contact.partner_id, email=contact.email, actor=actor, reason=reason, by_vendor=by_vendor)


@transaction.atomic
def close_portal_of_partner(*, partner: Partner, actor: Actor, reason: str = "") -> bool:
    """End the access of all of a partner's people; whether anybody had any."""
    return _close(partner_id=partner.pk, email=None, actor=actor, reason=reason or _("The partner was terminated."))


def _close(*, partner_id: int, email: str | None, actor: Actor, reason: str, by_vendor: bool = True) -> bool:
    """Invitations first: one that is being accepted right now holds its lock, and its access is seen afterwards."""
    tenant_id = require_scope().tenant_id
    invitations = Invitation.objects.select_for_update().filter(
        tenant_id=tenant_id, partner_id=partner_id, accepted_at=None, revoked_at=None
    )
    if email is not None:
        invitations = invitations.filter(email__iexact=email)
    closed = False
    for invitation in invitations.order_by("pk"):
        revoke_invitation(invitation=invitation, actor=actor, reason=reason)
        closed = True
    accesses = PartnerAccess.objects.filter(tenant_id=tenant_id, partner_id=partner_id, is_active=True)
    if email is not None:
        accesses = accesses.filter(user__email__iexact=email)
    for access in accesses.order_by("pk"):
        remove_partner_access(access=access, actor=actor, reason=reason, by_vendor=by_vendor)
        closed = True
    return closed
