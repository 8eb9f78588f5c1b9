"""The mail that carries an invitation's link. The only place where a working token exists in clear."""

import secrets

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from prm.accounts.mail import letter
from prm.accounts.models import Invitation
from prm.accounts.services.invitations import hash_token
from prm.languages import screen_language


def mail_invitation(*, tenant_id: int, invitation_id: int) -> bool:
    """Give the invitation a new token and mail it; False when it is no longer open.

    The mail leaves before the hash is committed. If sending fails the former link, if any, still works.
    """
    with transaction.atomic():
        invitation = (
            Invitation.objects.select_for_update(of=("self",))
            .select_related("tenant", "invited_by")
            .get(pk=invitation_id, tenant_id=tenant_id)
        )
        if not invitation.is_open(timezone.now()):
            return False
        token = secrets.token_urlsafe(32)
        invitation.token_hash = hash_token(token)
        invitation.save(update_fields=["token_hash"])
        context = {
            "invitation": invitation,
            "tenant": invitation.tenant,
            "inviter": invitation.invited_by,
            "product_name": settings.PRODUCT_NAME,
            "link": settings.PUBLIC_URL.rstrip("/") + reverse("accounts:invitation", args=[token]),
        }
        with (
            translation.override(screen_language(invitation.tenant.language)),
            timezone.override(invitation.tenant.zone),
        ):
            mail = letter(
                to=invitation.email,
                subject=render_to_string("emails/invitation_subject.txt", context),
                text=render_to_string("emails/invitation_message.txt", context),
            )
        mail.send()
    return True
