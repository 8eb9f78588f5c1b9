"""Telling the vendor what a partner's own people changed in their portal."""

from prm.access.actor import Actor
from prm.accounts.models import Membership
from prm.accounts.notices import TEAM_CHANGED
from prm.accounts.watchers import watchers_of
from prm.notifications.services import notify
from prm.tenancy.scope import require_scope


def tell_vendor(actor: Actor, partner_id: int, title: str) -> None:
    """Notify those who look after the partner; silent when one of the vendor's own people did it."""
    scope = require_scope()
    members = Membership.objects.filter(tenant_id=scope.tenant_id, is_active=True)
    if actor.user_id is not None and members.filter(user_id=actor.user_id).exists():
        return
    notify(user_ids=watchers_of(partner_id), kind=TEAM_CHANGED, title=title)
