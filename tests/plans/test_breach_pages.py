"""Serious breaches on screen: found, reported, decided about, and what the partner sees of it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import Partner
from partners.timeline import timeline
from performance.plans.models import Breach
from performance.plans.services.breaches import approve_breach, report_breach
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import PartnerFactory, ProgrammeFactory
from tests.factories.plans import BreachFactory, PlanFactory
from tests.plans.worlds import closed

pytestmark = pytest.mark.django_db

WHAT = "They invoiced us for deliveries that never happened."
TOLD = "Invoices of January are looked into."


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def page(name, **kwargs):
    return reverse(f"plans:{name}", kwargs={"tenant": "acme", **kwargs})


@pytest.fixture
def breach(world):
    return report_breach(
        partner=world.partner,
        kind="fraud",
        what=WHAT,
        partner_text=TOLD,
        happened_on=timezone.localdate(),
        uploads=[SimpleUploadedFile("invoice.txt", b"12 pallets")],
        actor=world.manager,
    )


def entered(**changes):
    return {
        "partner": "",
        "kind": "fraud",
        "happened_on": timezone.localdate().isoformat(),
        "what": WHAT,
        "partner_text": TOLD,
        **changes,
    }


# --- Reporting -------------------------------------------------------------------------------------------------------


def test_from_the_partner_page_to_a_report_with_its_evidence(world):
    ProgrammeFactory(name="Service", key="service")
    client = signed_in(world.owner)
    partner_page = client.get(reverse("partners:partner_detail", args=["acme", world.partner.public_id]))
    address = page("breach_report") + f"?partner={world.partner.external_id}"
    assert address in partner_page.content.decode()

    shown = client.get(address).content.decode()
    files = [SimpleUploadedFile("a.txt", b"one"), SimpleUploadedFile("b.txt", b"two")]
    made = client.post(address, entered(partner=world.partner.external_id, programme="service", uploads=files))

    assert f"Serious breach of {world.partner}" in shown
    row = Breach.objects.get()
    assert made.headers["Location"] == page("breach_detail", breach=row.public_id)
    assert (row.partner, row.reporter, row.programme.key) == (world.partner, world.owner, "service")
    assert row.files.count() == 2


def test_a_refused_report_says_why_at_its_field_and_keeps_what_was_typed(world):
    client = signed_in(world.owner)

    refused = client.post(
        page("breach_report"),
        entered(partner=world.partner.external_id, partner_text="", uploads=[SimpleUploadedFile("x.html", b"<html>")]),
    )
    second = client.post(
        page("breach_report"),
        entered(partner=world.partner.external_id, uploads=[SimpleUploadedFile("x.html", b"<html>")]),
    )

    assert (refused.status_code, second.status_code) == (422, 422)
    assert "partner_text" in refused.context["form"].errors
    assert "uploads" in second.context["form"].errors
    assert WHAT in second.content.decode()
    assert not Breach.objects.exists()


def test_a_partner_that_cannot_be_suspended_has_no_such_step(world):
    Partner.objects.filter(pk=world.partner.pk).update(status="prospect")

    shown = signed_in(world.owner).get(reverse("partners:partner_detail", args=["acme", world.partner.public_id]))

    assert page("breach_report") not in shown.content.decode()


def test_nobody_reports_a_partner_outside_the_own_portfolio(world):
    stranger = MembershipFactory(tenant=world.tenant, role="channel_manager", own_portfolio_only=True).user

    refused = signed_in(stranger).post(page("breach_report"), entered(partner=world.partner.external_id))

    assert refused.status_code == 422
    assert "partner" in refused.context["form"].errors


# --- Deciding --------------------------------------------------------------------------------------------------------


def test_two_people_decide_it_on_screen(world, breach):
    first, second = signed_in(world.lead), signed_in(world.admin)
    own = page("breach_detail", breach=breach.public_id)
    approve = page("breach_approve", breach=breach.public_id)
    closed("2025-Q4", {world.partner: {world.sales: 70}}, programme=world.programme)
    overview = reverse("performance:overview", args=["acme"])
    assert "Decide about a serious breach" in first.get(overview).content.decode()

    read = first.get(own).content.decode()
    assert WHAT in read
    assert "Two people have to agree" in read
    assert "Yours is the first agreement" in first.get(approve).content.decode()
    first.post(approve)
    again = first.post(approve, follow=True).content.decode()
    assert "You have agreed already" in again
    assert "One more person has to agree" in again
    assert approve not in again
    assert "Decide about a serious breach" not in first.get(overview).content.decode()
    last = second.get(approve).content.decode()
    done = second.post(approve, follow=True).content.decode()

    assert "Yours is the second agreement" in last
    assert TOLD in last
    assert "is suspended since" in done
    assert Partner.objects.get(pk=world.partner.pk).status == "suspended"
    assert second.get(approve).headers["Location"] == own
    assert "This report is at “Partner suspended”" in second.post(approve, follow=True).content.decode()


def test_the_reporter_sees_no_way_to_decide_and_can_withdraw(world):
    mine = BreachFactory(partner=world.partner, reporter=world.admin)
    client = signed_in(world.admin)

    shown = client.get(page("breach_detail", breach=mine.public_id)).content.decode()
    refused = client.post(page("breach_approve", breach=mine.public_id), follow=True).content.decode()
    client.post(page("breach_withdraw", breach=mine.public_id), {"reason": "Mixed up."})

    assert page("breach_approve", breach=mine.public_id) not in shown
    assert "You reported it, so others decide" in shown
    assert "Only 1 other person here may decide" in shown
    assert "You have reported this breach" in refused
    assert Breach.objects.get().status == "withdrawn"


def test_a_refusal_needs_its_reason(world, breach):
    client = signed_in(world.admin)
    address = page("breach_refuse", breach=breach.public_id)

    empty = client.post(address, {"reason": ""})
    client.post(address, {"reason": "The papers were found."})

    assert empty.status_code == 422
    assert "The papers were found." in client.get(page("breach_detail", breach=breach.public_id)).content.decode()


def test_the_evidence_is_sent_as_a_download_to_those_who_may_see_it(world, breach):
    file = breach.files.get().file
    address = page("breach_file", breach=breach.public_id, file=file.public_id)

    answer = signed_in(world.lead).get(address)

    assert b"".join(answer.streaming_content) == b"12 pallets"
    assert "attachment" in answer.headers["Content-Disposition"]
    analyst = MembershipFactory(tenant=world.tenant, role="analyst").user
    assert signed_in(analyst).get(address).status_code == 403


def test_the_list_finds_what_needs_me(world, breach):
    BreachFactory(partner=PartnerFactory(name="Nordwind"), status="refused")
    client = signed_in(world.lead)

    everything = client.get(page("breach_list")).content.decode()
    mine = client.get(page("breach_list") + "?todo=yes").content.decode()

    assert "Nordwind" in everything
    assert "0 of 2" in mine
    assert "Nordwind" not in mine
    assert page("breach_list") in client.get(page("plan_list")).content.decode()


def test_the_page_says_what_becomes_of_open_plans(world, breach):
    PlanFactory(partner=world.partner, programme=world.programme, running=True, title="Sales up")
    PlanFactory(partner=world.partner, programme=world.programme, title="Stock down")

    shown = signed_in(world.lead).get(page("breach_detail", breach=breach.public_id)).content.decode()

    assert "Its clock will stand" in shown
    assert "Could not start while the partner is suspended" in shown


# --- Elsewhere -------------------------------------------------------------------------------------------------------


@pytest.fixture
def suspended(world, breach):
    for actor in (world.programme_manager, world.administrator):
        approve_breach(breach=breach, actor=actor)
    return breach


def test_the_portal_says_that_and_why_in_the_words_for_the_partner(world, suspended):
    home = reverse("portal:home", args=["acme", world.partner.public_id])

    shown = signed_in(world.partner_user).get(home).content.decode()

    assert "Your company is suspended at" in shown
    assert TOLD in shown
    assert WHAT not in shown
    assert "Fraud" not in shown


def test_the_timeline_has_every_step_and_nothing_that_is_not_for_all(world, suspended):
    found = [item for item in timeline(world.partner).items if item.kind == "breaches"]

    assert [item.title for item in found] == [
        "Suspended for a serious breach",
        "Suspension agreed to",
        "Suspension agreed to",
        "Serious breach reported",
    ]
    assert not any(item.body or "raud" in item.title for item in found)


def test_the_partner_page_shows_what_waits_to_those_who_may_know(world, breach):
    address = reverse("partners:partner_detail", args=["acme", world.partner.public_id])
    analyst = MembershipFactory(tenant=world.tenant, role="analyst").user

    assert "Waits for approval, 0 of 2" in signed_in(world.lead).get(address).content.decode()
    assert "Waits for approval" not in signed_in(analyst).get(address).content.decode()
