"""Our own scorecard on screen, in files, through the API, and as partners see it."""

import csv
import io
from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from performance.models import VendorScorecardRules, VendorTarget
from performance.services.vendor import show_vendor_scorecard
from prm.access.actor import SYSTEM, Actor
from prm.api.services import create_api_key
from tests.api.conftest import ApiClient
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import PartnerFactory
from tests.factories.plans import PlanFactory
from tests.vendor.conftest import promise

pytestmark = pytest.mark.django_db
KEY = "plan-commitments"


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def page(world, name="own_scorecard", **kwargs):
    return reverse(f"performance:{name}", kwargs={"tenant": world.tenant.slug, **kwargs})


def portal(world):
    return reverse("portal:vendor", kwargs={"tenant": world.tenant.slug, "partner": world.partner.public_id})


def text_of(response):
    return " ".join(response.content.decode().replace("\u202f", " ").replace("\xa0", " ").split())


def file_of(response):
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8-sig")


def test_the_page_shows_the_figure_its_target_and_what_is_overdue(world):
    response = signed_in(world.admin).get(page(world))

    text = text_of(response)
    assert response.status_code == 200
    assert "Promises in plans kept on time" in text
    assert "<b>50 %</b>" in text
    assert "Answer the tender" in text
    assert f"/plans/{world.plan.public_id}/" in text
    assert "8 days" in text
    assert "Nothing was due" in text  # of reviews


def test_a_manager_of_own_partners_sees_those_alone(world, others):
    text = text_of(signed_in(world.owner).get(page(world)))

    assert "towards the partners you look after" in text
    assert "towards 1 partner<" in text
    listed = text_of(signed_in(world.owner).get(page(world, "own_promise_list", vendor_measure=KEY)))
    assert "Visit the shop" in listed
    assert "Secret of" not in listed


def test_it_is_narrowed_to_a_person_and_to_partners(world, others):
    admin = signed_in(world.admin)

    of_admin = text_of(admin.get(page(world), {"owner": world.admin.pk}))
    of_other = text_of(admin.get(page(world), {"partner": "Other 3"}))
    by_number = text_of(admin.get(page(world), {"partner": world.partner.external_id}))

    assert "<b>0 %</b>" in of_admin
    assert "<b>100 %</b>" in of_other
    assert "Answer the tender" not in of_other
    assert "<b>50 %</b>" in by_number


def test_values_that_make_no_sense_are_left_out(world):
    response = signed_in(world.admin).get(
        page(world), {"owner": "9" * 40, "period": "2099-Q9", "partner": "\x00", "all": "1"}
    )

    assert response.status_code == 200
    assert "2026-Q2 so far" in text_of(response)


def test_the_promises_behind_a_figure_overdue_first_with_a_file(world):
    admin = signed_in(world.admin)
    address = page(world, "own_promise_list", vendor_measure=KEY)

    text = text_of(admin.get(address, {"period": "2026-Q2"}))
    late = text_of(admin.get(address, {"state": "late"}))
    rows = list(csv.DictReader(io.StringIO(file_of(admin.get(address, {"export": "csv"})))))

    assert text.index("Answer the tender") < text.index("Visit the shop") < text.index("Train two people")
    assert "Name a contact" not in text  # of the quarter before
    assert "Visit the shop" in late
    assert "Answer the tender" not in late
    assert [row["Promise"] for row in rows][:2] == ["Answer the tender", "Visit the shop"]
    assert (rows[0]["Whose"], rows[0]["State"], rows[0]["Days late"]) == (str(world.admin), "Overdue", "8")
    assert admin.get(page(world, "own_promise_list", vendor_measure="nothing")).status_code == 404


def test_the_figures_as_a_file(world):
    response = signed_in(world.admin).get(page(world, "own_scorecard_export"))

    rows = list(csv.DictReader(io.StringIO(file_of(response))))
    mine = next(row for row in rows if row["Quarter"] == "2026-Q2" and row["Measure"].startswith("Promises in plans"))
    assert len(rows) == 6 * 8
    assert (float(mine["Figure"]), mine["Due"], mine["Kept on time"], mine["Overdue"]) == (50, "4", "2", "1")
    empty = next(row for row in rows if row["Measure"].startswith("Ratings"))
    assert (empty["Figure"], empty["Due"]) == ("", "0")


def test_a_target_is_set_from_a_quarter_on(world):
    admin = signed_in(world.admin)
    address = page(world, "own_target", vendor_measure=KEY)
    form = {"valid_from": "2026-07-01", "floor": "40", "target": "80", "stretch": "95", "weight": "25", "seen": ""}

    wrong = admin.post(address, {**form, "target": "30"})
    done = admin.post(address, form)
    again = admin.post(address, form)

    assert wrong.status_code == 422
    assert "the floor is the smallest number" in text_of(wrong)
    assert done.headers["Location"] == page(world)
    row = VendorTarget.objects.get()
    assert (row.valid_from, row.floor, row.target, row.stretch, row.weight) == (date(2026, 7, 1), 40, 80, 95, 25)
    assert again.status_code == 422
    assert "Somebody has set this target" in text_of(again)
    assert "2026-Q3" in text_of(admin.get(address))


def test_those_who_may_not_set_targets_are_refused(world):
    finance = signed_in(MembershipFactory(tenant=world.tenant, role="finance").user)

    assert finance.get(page(world)).status_code == 200
    assert finance.get(page(world, "own_target", vendor_measure=KEY)).status_code == 403
    assert finance.post(page(world, "own_scorecard_rules"), {"partners": "kept"}).status_code == 403
    assert not VendorScorecardRules.objects.exists()


def test_the_partner_reads_what_lies_between_us_and_no_other_partner(world, others):
    text = text_of(signed_in(world.partner_user).get(portal(world)))

    assert "<b>78 %</b>" in text
    assert "<b>50 %</b>" in text
    assert "Answer the tender" in text
    assert f"/portal/{world.tenant.slug}/{world.partner.public_id}/plans/{world.plan.public_id}/" in text
    assert "Secret of" not in text
    assert "Other" not in text
    assert str(world.admin) not in text  # whose promise it is stays ours


def test_with_four_others_the_partner_reads_no_figure_of_theirs(world, others):
    others[0].delete()

    text = text_of(signed_in(world.partner_user).get(portal(world)))

    assert "Too few partners to show" in text
    assert "Some figures are left out" in text
    assert "75 %" not in text  # of six promises towards five partners
    assert "Answer the tender" in text


def test_switched_off_the_partner_finds_neither_page_nor_entry(world):
    client = signed_in(world.partner_user)
    home = reverse("portal:home", kwargs={"tenant": world.tenant.slug, "partner": world.partner.public_id})
    before = text_of(client.get(home))
    admin = signed_in(world.admin)

    answer = admin.post(page(world, "own_scorecard_rules"), {"partners": "kept"}, follow=True)

    assert "Partners do not see our own scorecard any more." in text_of(answer)
    assert "Promises to you" in before
    assert "Promises to you" not in text_of(client.get(home))
    assert client.get(portal(world)).status_code == 404
    show_vendor_scorecard(actor=SYSTEM, is_shown=True)
    assert client.get(portal(world)).status_code == 200


def test_the_partner_page_names_what_we_owe(world):
    address = reverse(
        "partners:partner_detail", kwargs={"tenant": world.tenant.slug, "partner": world.partner.public_id}
    )
    admin = signed_in(world.admin)

    text = text_of(admin.get(address))
    world.plan.commitments.update(state="done", settled_at="2026-05-01T12:00Z")
    after = text_of(admin.get(address))

    assert "1 promise of ours is overdue" in text
    assert f"{page(world)}?partner={world.partner.external_id}#overdue" in text
    assert "of ours is overdue" not in after


def test_the_api_gives_figures_and_promises(world, others):
    actor = Actor.of_user(world.admin)
    api = ApiClient(*create_api_key(actor=actor, name="BI", scopes=["vendor_scorecard:view"]))

    body = api.get("vendor-scorecard/").json()
    of_one = api.get(f"vendor-scorecard/?partner={world.partner.external_id}&period=2026-Q2").json()
    listed = api.get(f"vendor-scorecard/{KEY}/promises/?state=overdue").json()

    first = body["measures"][0]
    assert (first["key"], first["unit"], first["direction"], first["target"]) == (KEY, "percent", "higher", "90.0000")
    assert len(first["quarters"]) == 8
    assert first["quarters"][0]["value"] == "77.777778"
    assert first["quarters"][0]["counts"] == {
        "due": 9, "on_time": 7, "late": 1, "overdue": 1, "missed": 0, "partners": 6
    }  # fmt: skip
    assert of_one["measures"][0]["quarters"][0]["value"] == "50.000000"
    assert of_one["measures"][0]["quarters"][5]["value"] is None
    [row] = listed["results"]
    assert (row["what"], row["state"], row["days_late"]) == ("Answer the tender", "overdue", 8)
    assert row["due_on"] == "2026-05-12"
    assert api.get("vendor-scorecard/?period=2020-Q1").status_code == 422
    assert api.get("vendor-scorecard/?partner=nobody").status_code == 422
    assert api.get("vendor-scorecard/nothing/promises/").status_code == 404


def test_another_tenant_s_promises_are_nowhere(world, two_tenants):
    other = two_tenants[1]
    with other.scope():
        plan = PlanFactory(running=True, partner=PartnerFactory(name="Elsewhere"))
        promise(plan, date(2026, 5, 2), title="Of another company")

    text = text_of(signed_in(world.admin).get(page(world)))

    assert "Of another company" not in text
