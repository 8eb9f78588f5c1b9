"""Generated: no list of a demo tenant is empty, on neither side.

Walks every address of ours that needs no record of its own, opens it as an admin of the workspace or of the partner,
and looks for the component that an empty list shows.
"""

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from prm.access.checks import asks_itself, walk_urls
from prm.accounts.models import PartnerAccess, User

EMPTY = 'class="empty"'
# Addresses that are no lists, each with its reason.
NO_LISTS = {
    "audit:export": "a file",
    "performance:restatement_decide": "waits for a selection and leads back to the list",
    "performance:alert_settle": "waits for a selection and leads back to the list",
    "performance:overview_version": "says only whether the figures have changed",
    "ui:palette": "waits for letters to search for",
    "ui:portal_palette": "waits for letters to search for",
}


def pages(area: str, arguments: set[str]) -> list[str]:
    """The names of an area's pages whose addresses need only these arguments."""
    found = set()
    for route, name, callback in walk_urls():
        in_area = route.startswith("portal/") if area == "portal" else route.startswith("t/")
        needed = {part.split(">")[0].split(":")[-1] for part in route.split("<")[1:]}
        view = getattr(callback, "view_class", None)
        if in_area and needed == arguments and not asks_itself(route, callback) and hasattr(view, "get"):
            found.add(name)
    return sorted(found - NO_LISTS.keys())


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """One demo tenant with a few partners, built once and rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("demo", pack="consumer-electronics", partners=14, yes=True, verbosity=0)
        yield "demo-consumer-electronics"
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", pages("manager", {"tenant"}))
def test_no_list_of_the_workspace_is_empty(demo, name):
    client = Client()
    client.force_login(User.objects.get(email=f"admin@{demo}.example"))

    response = client.get(reverse(name, kwargs={"tenant": demo}), follow=True)

    assert response.status_code == 200
    assert EMPTY not in response.content.decode()


@pytest.mark.parametrize("name", pages("portal", {"tenant", "partner"}))
def test_no_list_of_the_portal_is_empty(demo, name):
    client = Client()
    access = PartnerAccess.objects.get(user__email=f"partner@{demo}.example")
    client.force_login(access.user)

    response = client.get(reverse(name, kwargs={"tenant": demo, "partner": access.partner_public_id}), follow=True)

    assert response.status_code == 200
    assert EMPTY not in response.content.decode()
