"""People, invitations, API keys, jobs, messages."""

import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from prm.access.actor import SYSTEM
from prm.access.roles import Role
from prm.accounts.models import Invitation, Membership, PartnerAccess
from prm.accounts.services.invitations import hash_token
from prm.api.models import ApiKey
from prm.jobs.services import create_job
from prm.notifications.models import Notification
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory


def _membership(side: Any) -> int:
    return MembershipFactory(tenant=side.tenant, role=Role.ANALYST).pk


def _former_membership(side: Any) -> int:
    return Membership.objects.get(tenant=side.tenant, user=side.people["deactivated"]).pk


def _access(side: Any) -> int:
    found = PartnerAccess.objects.filter(partner_id=side.partner.pk, role=Role.PARTNER_MEMBER).first()
    return (found or PartnerAccessFactory(partner=side.partner, role=Role.PARTNER_MEMBER)).pk


def _invitation(side: Any, *, to_partner: bool, token: str | None = None) -> Invitation:
    token = token or secrets.token_urlsafe(8)
    partner = side.partner if to_partner else None
    return Invitation.objects.create(
        tenant=side.tenant,
        email=f"{token.lower()}@invited.example",
        role=Role.PARTNER_MEMBER if to_partner else Role.ANALYST,
        partner_id=partner and partner.pk,
        partner_public_id=partner and partner.public_id,
        partner_name=partner.name if partner else "",
        token_hash=hash_token(token),
        expires_at=timezone.now() + timedelta(days=1),
    )


def _token(side: Any) -> str:
    token = secrets.token_urlsafe(8)
    _invitation(side, to_partner=False, token=token)
    return token


def _api_key(side: Any) -> Any:
    return ApiKey.objects.create(
        tenant=side.tenant, name="Sample", prefix="sample", key_hash=secrets.token_hex(32), scopes=["partner:view"]
    ).public_id


def _message(side: Any, *, portal: bool) -> int:
    # Each person sees their own alone, so one message serves the role that opens it and is 404 for the rest.
    return Notification.objects.create(
        user=side.people[Role.PARTNER_ADMIN if portal else Role.TENANT_ADMIN],
        partner_id=side.partner.pk if portal else None,
        kind="sample",
        title="Sample",
    ).pk


SAMPLES = {
    "membership": _membership,
    "accounts:reactivate_member.membership": _former_membership,
    "access": _access,
    "accounts:resend_invitation.invitation": lambda side: _invitation(side, to_partner=False).public_id,
    "accounts:revoke_invitation.invitation": lambda side: _invitation(side, to_partner=False).public_id,
    "accounts:resend_colleague_invitation.invitation": lambda side: _invitation(side, to_partner=True).public_id,
    "accounts:revoke_colleague_invitation.invitation": lambda side: _invitation(side, to_partner=True).public_id,
    "token": _token,
    "api_key": _api_key,
    "job": lambda side: create_job(actor=SYSTEM, kind="sample", title="Sample").public_id,
    "notifications:open.notification": lambda side: _message(side, portal=False),
    "notifications:portal_open.notification": lambda side: _message(side, portal=True),
}
# Objects that belong to one person: only this role finds them.
PERSONAL = {
    "notifications:open.notification": Role.TENANT_ADMIN,
    "notifications:portal_open.notification": Role.PARTNER_ADMIN,
}
