"""Reviews over the API: created, rated, moved along, their actions settled."""

import pytest
from django.utils import timezone

from performance.reviews.models import Review
from performance.reviews.queries.content import content_of
from performance.services.scheduling import scoring_paused
from tests.factories.reviews import assess
from tests.reviews.conftest import prepare


@pytest.fixture(autouse=True)
def reviewed(acme):
    """The scored programme with its review template; nothing scores by itself."""
    with scoring_paused(), acme.scope():
        found = prepare(acme)
    with scoring_paused():
        yield found


def create(api, acme, period="2024-Q2"):
    return api.post("reviews/", {"partner": acme.partner.external_id, "programme": "main", "period": period})


def test_a_review_goes_its_way(api, acme, reviewed):
    made = create(api, acme)
    again = create(api, acme)
    review = made.json()
    address = f"reviews/{review['id']}/"
    with acme.scope():
        row = Review.objects.get()
        assess(row, acme.partner_user)
        questions = [
            item.key
            for role in content_of(row.template_id).roles
            for item in content_of(row.template_id).role_items(role)
        ]
    first = api.post(
        f"{address}ratings/", {"rater": reviewed.sales.email, "answers": [{"item": questions[0], "level": 5}]}
    )
    foreign = api.post(f"{address}ratings/", {"rater": "nobody@example.com", "answers": []})
    second = api.post(
        f"{address}ratings/", {"rater": reviewed.support.email, "answers": [{"item": questions[1], "level": 2}]}
    ).json()
    early = api.post(f"{address}moves/", {"to": "closed"})
    unknown = api.post(f"{address}moves/", {"to": "signed"})
    shared = api.post(f"{address}moves/", {"to": "shared"}).json()

    assert (made.status_code, review["status"], review["score"], review["grade"]) == (
        201,
        "self_assessment",
        "80.0000",
        "B",
    )
    assert (again.status_code, again.json()["code"]) == (409, "review_exists")
    assert first.json()["status"] == "rating"
    assert foreign.status_code == 422
    assert (second["status"], second["ratings"], second["final"]) == ("draft_ready", "62.5000", "74.7500")
    assert (early.status_code, early.json()["code"]) == (409, "illegal_move")
    assert unknown.status_code == 422
    assert shared["status"] == "shared"
    detail = api.get(address).json()
    assert [section["partner_level"] for section in detail["sections"]] == [4, 4]
    assert detail["version"] == 1


def test_actions_are_added_and_settled(api, acme, reviewed):
    address = f"reviews/{create(api, acme).json()['id']}/actions/"
    action = api.post(address, {"title": "Train two people", "due_on": timezone.localdate().isoformat()}).json()
    dropped = api.patch(f"{address}{action['id']}/", {"status": "dropped"})
    done = api.patch(f"{address}{action['id']}/", {"status": "done"}).json()

    assert (action["status"], done["status"]) == ("proposed", "done")
    assert (dropped.status_code, dropped.json()["errors"][0]["field"]) == (422, "note")


def test_the_meeting_lies_ahead(api, acme, reviewed):
    address = f"reviews/{create(api, acme).json()['id']}/meeting/"

    past = api.post(address, {"at": "2024-01-01T10:00:00Z"})
    planned = api.post(address, {"at": "2099-01-01T10:00:00Z", "place": "Video call"}).json()
    held = api.post(f"{address}held/", {"met_on": timezone.localdate().isoformat()})

    assert past.status_code == 422
    assert planned["meeting_at"].startswith("2099-01-01")
    assert held.status_code == 409


def test_the_list_is_narrowed(api, acme, reviewed):
    create(api, acme)

    assert len(api.get("reviews/?status=self_assessment&period=2024-Q2").json()["results"]) == 1
    assert api.get("reviews/?status=closed").json()["results"] == []
    assert api.get("reviews/?statu=closed").status_code == 422


def test_a_key_learns_nothing_of_people_elsewhere(api, acme, two_tenants):
    review = create(api, acme).json()
    with acme.scope():
        assess(Review.objects.get(), acme.partner_user)

    answers = [
        api.post(f"reviews/{review['id']}/ratings/", {"rater": address, "answers": []}).json()["errors"]
        for address in ("nobody@example.com", two_tenants[1].admin.email, acme.admin.email)
    ]

    assert answers[0] == answers[1] == answers[2]
