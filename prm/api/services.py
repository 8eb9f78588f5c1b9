"""API keys: made once, shown once, kept as a hash, revoked for good."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.access.permissions import permissions_of
from prm.access.roles import Role
from prm.api.authentication import hash_key
from prm.api.models import ApiKey
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput
from prm.tenancy.scope import require_scope

KEYS_PER_TENANT = 100


def create_api_key(
    *, actor: Actor, name: str, scopes: Iterable[str], expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A key of the open scope's tenant and its text, which nobody can read again.

    Raises:
        InvalidInput: no name, no or unknown scopes, an end in the past. Conflict: too many keys.
    """
    tenant = require_scope().tenant
    wanted = sorted(set(scopes))
    if not name.strip():
        raise InvalidInput(_("Give the key a name that says which system uses it."), field="name")
    if not wanted:
        raise InvalidInput(_("Choose at least one thing the key may do."), field="scopes")
    if not set(wanted) <= permissions_of(Role.TENANT_ADMIN):
        raise InvalidInput(_("A key cannot hold this right."), field="scopes")
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput(_("The key would have expired already. Choose a later day."), field="expires_on")
    with transaction.atomic():
        if ApiKey.objects.filter(tenant=tenant, revoked_at=None).count() >= KEYS_PER_TENANT:
            raise Conflict(
                _("%(limit)s keys are in use. Revoke those that no system needs.") % {"limit": KEYS_PER_TENANT}
            )
        text = f"prm_{secrets.token_urlsafe(32)}"
        key = ApiKey.objects.create(
            tenant=tenant,
            name=name.strip(),
            prefix=text[:12],
            key_hash=hash_key(text),
            scopes=wanted,
            created_by_id=actor.user_id,
            expires_at=expires_at,
        )
        record(actor=actor, action="api_key.created", target=key, changes={"scopes": [None, wanted]})
    return key, text


def revoke_api_key(*, key: ApiKey, actor: Actor) -> ApiKey:
    """End a key with its next request. Revoking twice changes nothing."""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().get(pk=key.pk, tenant_id=require_scope().tenant_id)
        if key.revoked_at is None:
            key.revoked_at = timezone.now()
            key.save(update_fields=["revoked_at"])
            record(actor=actor, action="api_key.revoked", target=key)
    return key
