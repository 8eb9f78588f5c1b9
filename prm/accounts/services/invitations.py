"""Inviting people by e-mail, to the workspace or to a partner's portal, and what they do with the invitation.

The link's token is made by the task that sends the mail and only its hash is stored, so no queue, log or table ever
holds a working link. Sending again makes a new token; the former link stops working.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.access.roles import ALL_PARTNER, ALL_STAFF, Role
from prm.accounts.errors import (
    AlreadyInvited,
    AlreadyThere,
    InvitationNotUsable,
    OtherPerson,
    TooManyInvitations,
    WrongRole,
)
from prm.accounts.models import Invitation, Membership, PartnerAccess, User
from prm.accounts.notices import ACCEPTED
from prm.accounts.places import portal_url, workspace_url
from prm.accounts.services.vendor_news import tell_vendor
from prm.audit.services import record
from prm.notifications.services import notify
from prm.tenancy.scope import require_scope, tenant_scope

VALID_FOR = timedelta(days=14)
SEND_AGAIN_AFTER = timedelta(minutes=2)
OPEN_PER_PARTNER = 50
OPEN_PER_WORKSPACE = 500


def invite_member(
    *,
    actor: Actor,
    email: str,
    role: str,
    full_name: str = "",
    own_portfolio_only: bool = False,
) -> Invitation:
    """Invite somebody to the open scope's workspace.

    Raises:
        WrongRole, AlreadyThere, AlreadyInvited, TooManyInvitations.
    """
    if role not in ALL_STAFF:
        raise WrongRole(_("Choose a role of the workspace."), field="role")
    return _invite(
        actor=actor,
        email=email,
        full_name=full_name,
        role=role,
        own_portfolio_only=own_portfolio_only and role == Role.CHANNEL_MANAGER,
    )


def invite_to_partner(
    *,
    actor: Actor,
    partner_id: int,
    partner_public_id: UUID,
    partner_name: str,
    email: str,
    role: str,
    full_name: str = "",
) -> Invitation:
    """Invite somebody to a partner's portal. The caller has proven that the partner is theirs to invite for.

    Raises:
        WrongRole, AlreadyThere, AlreadyInvited, TooManyInvitations.
    """
    if role not in ALL_PARTNER:
        raise WrongRole(_("Choose a role of the partner's portal."), field="role")
    return _invite(
        actor=actor,
        email=email,
        full_name=full_name,
        role=role,
        partner_id=partner_id,
        partner_public_id=partner_public_id,
        partner_name=partner_name,
    )


def _invite(*, actor: Actor, email: str, partner_id: int | None = None, **fields: object) -> Invitation:
    tenant = require_scope().tenant
    email = email.strip().lower()
    now = timezone.now()
    with transaction.atomic():
        _refuse_if_there(tenant_id=tenant.pk, partner_id=partner_id, email=email)
        waiting = Invitation.objects.select_for_update().filter(
            tenant=tenant, partner_id=partner_id, accepted_at=None, revoked_at=None
        )
        if waiting.filter(email=email, expires_at__gt=now).exists():
            raise AlreadyInvited(
                _("%(email)s has an open invitation already. Send it again instead.") % {"email": email},
                field="email",
            )
        waiting.filter(email=email).update(revoked_at=now)
        limit = OPEN_PER_WORKSPACE if partner_id is None else OPEN_PER_PARTNER
        if waiting.filter(expires_at__gt=now).count() >= limit:
            raise TooManyInvitations(
                _("%(limit)s invitations are open already. Take back those that nobody needs.") % {"limit": limit}
            )
        invitation = Invitation.objects.create(
            tenant=tenant,
            email=email,
            partner_id=partner_id,
            invited_by_id=actor.user_id,
            token_hash=hash_token(secrets.token_urlsafe(32)),
            expires_at=now + VALID_FOR,
            **fields,
        )
        record(
            actor=actor,
            action="invitation.created",
            target=invitation,
            partner_id=partner_id,
            changes={"role": [None, invitation.role]},
        )
        if partner_id is not None:
            tell_vendor(
                actor,
                partner_id,
                _("%(actor)s invited %(email)s to the portal of %(partner)s")
                % {"actor": actor.label, "email": email, "partner": invitation.partner_name},
            )
        _send_after_commit(invitation)
    return invitation


def resend_invitation(*, invitation: Invitation, actor: Actor) -> Invitation:
    """Send an invitation again: a new link, valid for another 14 days.

    Raises:
        InvitationNotUsable: accepted or revoked meanwhile. TooManyInvitations: sent a moment ago.
    """
    now = timezone.now()
    with transaction.atomic():
        invitation = _locked(invitation)
        if invitation.accepted_at:
            raise InvitationNotUsable("used")
        if invitation.revoked_at:
            raise InvitationNotUsable("revoked")
        if now - (invitation.expires_at - VALID_FOR) < SEND_AGAIN_AFTER:
            raise TooManyInvitations(_("It was sent a moment ago. Wait two minutes before sending it again."))
        invitation.expires_at = now + VALID_FOR
        invitation.save(update_fields=["expires_at"])
        record(actor=actor, action="invitation.sent_again", target=invitation, partner_id=invitation.partner_id)
        _send_after_commit(invitation)
    return invitation


def revoke_invitation(*, invitation: Invitation, actor: Actor, reason: str = "") -> Invitation:
    """Take an invitation back; its link stops working at once.

    Raises:
        InvitationNotUsable: accepted meanwhile.
    """
    with transaction.atomic():
        invitation = _locked(invitation)
        if invitation.accepted_at:
            raise InvitationNotUsable("used")
        if invitation.revoked_at is None:
            invitation.revoked_at = timezone.now()
            invitation.save(update_fields=["revoked_at"])
            record(
                actor=actor,
                action="invitation.revoked",
                target=invitation,
                partner_id=invitation.partner_id,
                reason=reason,
            )
    return invitation


def find_invitation(token: str, *, at: datetime, lock: bool = False) -> Invitation:
    """The invitation behind a link. Reads platform tables only; the token itself is the proof.

    Raises:
        InvitationNotUsable: with the reason.
    """
    rows = Invitation.objects.filter(token_hash=hash_token(token))
    rows = rows.select_for_update(of=("self",)) if lock else rows
    invitation = rows.select_related("tenant").first()
    if invitation is None:
        raise InvitationNotUsable("unknown")
    if invitation.accepted_at:
        raise InvitationNotUsable("used")
    if invitation.revoked_at:
        raise InvitationNotUsable("revoked")
    if at >= invitation.expires_at:
        raise InvitationNotUsable("expired")
    if not invitation.tenant.is_active:
        raise InvitationNotUsable("closed")
    return invitation


def accept_invitation(*, token: str, user: User) -> str:
    """Give a signed-in person the place they were invited to; returns its address.

    Two acceptances at once give one place: the row is locked, the second finds it used.

    Raises:
        InvitationNotUsable, OtherPerson.
    """
    with transaction.atomic():
        invitation = find_invitation(token, at=timezone.now(), lock=True)
        if not owns_address(user, invitation.email):
            raise OtherPerson(
                _("This invitation is for %(email)s. Sign in with that address to accept it.")
                % {"email": invitation.email}
            )
        return _accept(invitation, user)


def accept_with_new_account(*, token: str, full_name: str, password: str) -> tuple[User, str]:
    """Make an account for an invited stranger and give it the place; returns the user and the place's address.

    The link came to the address by mail, so the address counts as verified.

    Raises:
        InvitationNotUsable, AlreadyThere (an account with this address exists).
    """
    with transaction.atomic():
        invitation = find_invitation(token, at=timezone.now(), lock=True)
        if account_of(invitation.email) is not None:
            raise AlreadyThere(_("You have an account already. Sign in to accept the invitation."))
        user = User.objects.create_user(invitation.email, password, full_name=full_name.strip())
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user, _accept(invitation, user)


def _accept(invitation: Invitation, user: User) -> str:
    now = timezone.now()
    actor = Actor.of_user(user)
    with tenant_scope(invitation.tenant):
        if invitation.partner_id is None:
            place, _created = Membership.objects.update_or_create(
                tenant=invitation.tenant,
                user=user,
                defaults={
                    "role": invitation.role,
                    "own_portfolio_only": invitation.own_portfolio_only,
                    "is_active": True,
                    "created_at": now,
                },
            )
            url, action = workspace_url(invitation.tenant.slug), "membership.created"
        else:
            assert invitation.partner_public_id is not None, "An invitation to a partner names it in full."
            place, _created = PartnerAccess.objects.update_or_create(  # type: ignore[assignment]
                tenant=invitation.tenant,
                partner_id=invitation.partner_id,
                user=user,
                defaults={
                    "role": invitation.role,
                    "partner_public_id": invitation.partner_public_id,
                    "partner_name": invitation.partner_name,
                    "is_active": True,
                    "created_at": now,
                },
            )
            url = portal_url(invitation.tenant.slug, invitation.partner_public_id)
            action = "partner_access.created"
        invitation.accepted_at, invitation.accepted_by = now, user
        invitation.save(update_fields=["accepted_at", "accepted_by"])
        record(
            actor=actor,
            action=action,
            target=place,
            partner_id=invitation.partner_id,
            changes={"role": [None, invitation.role]},
        )
        _tell_inviter(invitation, user)
    return url


def account_of(email: str) -> User | None:
    """The person who can sign in with this address."""
    return User.objects.filter(email__iexact=email.strip()).first()


def owns_address(user: User, email: str) -> bool:
    """Whether the address is a verified one of this person."""
    return EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists()


def hash_token(token: str) -> str:
    """The stored form of a link's token. Tokens are long and random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _refuse_if_there(*, tenant_id: int, partner_id: int | None, email: str) -> None:
    if partner_id is None:
        there = Membership.objects.filter(tenant_id=tenant_id, user__email__iexact=email, is_active=True).exists()
        sentence = _("%(email)s works in this workspace already.")
    else:
        there = PartnerAccess.objects.filter(
            tenant_id=tenant_id, partner_id=partner_id, user__email__iexact=email, is_active=True
        ).exists()
        sentence = _("%(email)s can open this portal already.")
    if there:
        raise AlreadyThere(sentence % {"email": email}, field="email")


def _locked(invitation: Invitation) -> Invitation:
    return Invitation.objects.select_for_update().get(pk=invitation.pk, tenant_id=require_scope().tenant_id)


def _tell_inviter(invitation: Invitation, user: User) -> None:
    inviter_id = invitation.invited_by_id
    if inviter_id is None:
        return
    tenant = invitation.tenant
    title = _("%(person)s accepted your invitation") % {"person": user}
    if Membership.objects.filter(tenant=tenant, user_id=inviter_id, is_active=True).exists():
        url = f"{workspace_url(tenant.slug)}settings/people/" if invitation.partner_id is None else ""
        notify(user_ids=[inviter_id], kind=ACCEPTED, title=title, body=invitation.partner_name, url=url)
    elif invitation.partner_id is not None:
        notify(
            user_ids=[inviter_id],
            kind=ACCEPTED,
            title=title,
            url=f"{portal_url(tenant.slug, str(invitation.partner_public_id))}team/",
            partner_id=invitation.partner_id,
        )


def _send_after_commit(invitation: Invitation) -> None:
    from prm.accounts.tasks import send_invitation

    transaction.on_commit(lambda: send_invitation.delay(invitation.tenant_id, invitation.pk))
