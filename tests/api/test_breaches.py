"""Serious breaches over the API: systems report and read, people decide."""

import pytest
from django.core.cache import cache
from django.utils import timezone

from prm.notifications.models import Notification

pytestmark = pytest.mark.django_db

WHAT = "They invoiced us for deliveries that never happened."
TOLD = "Invoices of January are looked into."


@pytest.fixture(autouse=True)
def _no_calls_counted_yet():
    cache.clear()


def test_other_systems_report_and_read_but_people_decide(api, acme):
    with acme.scope():
        number = acme.partner.external_id
    body = {
        "partner": number,
        "kind": "data",
        "happened_on": timezone.localdate().isoformat(),
        "what": WHAT,
        "partner_text": TOLD,
    }

    made = api.post("breaches/", body)
    twice = api.post("breaches/", body)
    wrong = api.post("breaches/", {**body, "kind": "rumour"})

    assert (made.status_code, twice.status_code, wrong.status_code) == (201, 409, 422)
    assert twice.json()["code"] == "reported_before"
    answer = made.json()
    assert (answer["status"], answer["agreed"], answer["programme"]) == ("reported", 0, None)
    assert api.get(f"breaches/{answer['id']}/").json() == answer
    listed = api.get("breaches/?status=reported").json()["results"]
    assert [row["id"] for row in listed] == [answer["id"]]
    assert "what" not in listed[0]
    for step in ("approve", "refuse"):
        assert api.post(f"breaches/{answer['id']}/{step}/", {}).status_code == 404
    with acme.scope():
        assert not Notification.objects.filter(kind="breach.to_approve", user=acme.admin).exists()  # made the key
