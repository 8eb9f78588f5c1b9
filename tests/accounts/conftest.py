"""Fixtures of people's places."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from prm.access.actor import Actor
from prm.accounts.models import Membership, PartnerAccess


@pytest.fixture
def admin_actor(acme: Any) -> Actor:
    """The first tenant's admin, as services know them."""
    return Actor.of_user(acme.admin)


@pytest.fixture
def admin_membership(acme: Any) -> Membership:
    return Membership.objects.get(user=acme.admin)


@pytest.fixture
def partner_access(acme: Any) -> PartnerAccess:
    """The first tenant's partner admin."""
    return PartnerAccess.objects.get(user=acme.partner_user)


@pytest.fixture
def mailed_link(mailoutbox: list[Any], django_capture_on_commit_callbacks: Any) -> Callable[..., str]:
    """Do something that mails a link after commit; returns the link's path."""

    def run(action: Callable[[], Any]) -> str:
        with django_capture_on_commit_callbacks(execute=True):
            action()
        return re.search(r"https?://[^/]+(/invitation/\S+/)", mailoutbox[-1].body).group(1)  # type: ignore[union-attr]

    return run


@pytest.fixture
def token_of() -> Callable[[str], str]:
    """The token in an invitation's path."""
    return lambda path: path.rstrip("/").rpartition("/")[2]
