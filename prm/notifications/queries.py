"""Reading a person's messages."""

from django.db.models import QuerySet
from django.urls import reverse

from prm.access.requests import ScopedRequest
from prm.notifications.models import Notification


def messages_of(*, user_id: int | None, partner_id: int | None) -> QuerySet[Notification]:
    """A person's messages in the open scope, newest first. `partner_id` names the portal, None the workspace."""
    return Notification.objects.filter(user_id=user_id, partner_id=partner_id)


def unread_count(*, user_id: int | None, partner_id: int | None) -> int:
    """How many messages a person has not read."""
    return messages_of(user_id=user_id, partner_id=partner_id).filter(read_at__isnull=True).count()


def inbox_url(request: ScopedRequest) -> str:
    """The inbox of the workspace or portal the request is in."""
    tenant = request.tenant
    access = request.partner_access
    if access is None:
        return reverse("notifications:inbox", args=[tenant.slug])
    return reverse("notifications:portal_inbox", args=[tenant.slug, access.partner_public_id])
