"""The bell: how many messages wait, and where the inbox is."""

from typing import Any, cast

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from prm.access.requests import ScopedRequest
from prm.notifications.queries import inbox_url, kept_unread_count


class Inbox:
    """`inbox.unread` (kept until a message is written or read) and `inbox.url` of the present workspace or portal."""

    def __init__(self, request: ScopedRequest) -> None:
        self._request = request

    @property
    def url(self) -> str:
        return inbox_url(self._request)

    @property
    def unread(self) -> int:
        access = self._request.partner_access
        return kept_unread_count(
            user_id=self._request.user.pk,
            partner_id=None if access is None else access.partner_id,
        )


def inbox(request: HttpRequest) -> dict[str, Any]:
    """`inbox` inside a workspace or portal, None elsewhere."""
    if getattr(request, "membership", None) is None and getattr(request, "partner_access", None) is None:
        return {"inbox": None}
    return {"inbox": SimpleLazyObject(lambda: Inbox(cast(ScopedRequest, request)))}
