"""Screens of partner records, by user story over HTTP."""

from datetime import date

import pytest
from django.urls import reverse

from partners.models import Contact, Partner, PartnerSite, Programme, Region, Specialisation, Tier
from partners.services.tiers import tier_on
from prm.access.roles import Role
from prm.accounts.models import Invitation, PartnerAccess
from prm.audit.models import AuditEntry
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory
from tests.factories.partners import (
    ContactFactory,
    PartnerFactory,
    PartnerSiteFactory,
    PartnerTypeFactory,
    RegionFactory,
    SpecialisationFactory,
    TierFactory,
)

pytestmark = pytest.mark.django_db


def url(name, world, partner=None, **kwargs):
    extra = {"partner": partner.public_id} if partner is not None else {}
    return reverse(name, kwargs={"tenant": world.tenant.slug, **extra, **kwargs})


@pytest.fixture
def tiers(acme):
    with acme.scope():
        programme = Programme.objects.get(is_default=True)
        return [TierFactory(programme=programme, name=name, rank=rank) for rank, name in enumerate(("Base", "Gold"), 1)]


def sign_in_as(client, world, role, **membership):
    person = MembershipFactory(tenant=world.tenant, role=role, **membership).user
    client.force_login(person)
    return person


# --- The partner's page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", ["", "profile", "contacts", "timeline"])
def test_every_tab_opens_and_names_the_partner(acme, manager_client, tab):
    with acme.scope():
        ContactFactory(partner=acme.partner, full_name="Hanna Lindner")
        PartnerSiteFactory(partner=acme.partner, name="Munich shop")
    name = "partners:partner_tab" if tab else "partners:partner_detail"

    page = manager_client.get(url(name, acme, acme.partner, **({"tab": tab} if tab else {})))

    assert page.status_code == 200
    assert f"<h1>{acme.partner.name}</h1>" in page.content.decode()
    assert "Hanna Lindner" in page.content.decode()


def test_an_unknown_tab_is_not_found(acme, manager_client):
    assert manager_client.get(url("partners:partner_tab", acme, acme.partner, tab="money")).status_code == 404


def test_the_page_costs_the_same_whatever_hangs_on_the_partner(acme, manager_client, django_assert_max_num_queries):
    address = url("partners:partner_tab", acme, acme.partner, tab="profile")
    manager_client.get(address)

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as few:
        manager_client.get(address)
    with acme.scope():
        ContactFactory.create_batch(8, partner=acme.partner)
        PartnerSiteFactory.create_batch(8, partner=acme.partner)
        PartnerFactory.create_batch(8, parent=acme.partner, partner_type=acme.partner.partner_type)
    with CaptureQueriesContext(connection) as many:
        manager_client.get(address)

    assert len(many) == len(few)


def test_own_portfolio_managers_do_not_find_others(acme, client):
    person = sign_in_as(client, acme, Role.CHANNEL_MANAGER, own_portfolio_only=True)
    with acme.scope():
        own = PartnerFactory(owner=person)
        contact = ContactFactory(partner=acme.partner)

    assert client.get(url("partners:partner_detail", acme, own)).status_code == 200
    for name, extra in (
        ("partners:partner_detail", {}),
        ("partners:partner_edit", {}),
        ("partners:partner_status", {"target": "suspended"}),
        ("partners:contact_edit", {"contact": contact.public_id}),
    ):
        assert client.get(url(name, acme, acme.partner, **extra)).status_code == 404
    assert (
        client.post(url("partners:partner_status", acme, acme.partner, target="suspended"), {"reason": "x"}).status_code
        == 404
    )


def test_readers_see_no_buttons_and_may_not_write(acme, client):
    sign_in_as(client, acme, Role.ANALYST)

    page = client.get(url("partners:partner_detail", acme, acme.partner)).content.decode()
    refused = client.post(url("partners:partner_edit", acme, acme.partner), {"name": "Taken over"})

    assert "Edit profile" not in page
    assert "Change status" not in page
    assert refused.status_code == 403
    with acme.scope():
        assert Partner.objects.get(pk=acme.partner.pk).name == acme.partner.name
        assert not AuditEntry.objects.exists()


# --- Profile form ---------------------------------------------------------------------------------------------------


def values(world, **changes):
    with world.scope():
        kind = PartnerTypeFactory()
    return {"name": "Radhaus Lindner", "partner_type": kind.pk, "status": "prospect", **changes}


def test_adding_a_partner(acme, manager_client, tiers):
    with acme.scope():
        special, region = SpecialisationFactory(), RegionFactory()
    answer = manager_client.post(
        url("partners:partner_create", acme),
        values(
            acme,
            status="active",
            owner=acme.admin.pk,
            country="DE",
            city="Munich",
            partner_since="2014-03-01",
            specialisations=[special.pk],
            region=region.pk,
            parent=acme.partner.external_id,
            website="lindner.example",
        ),
    )

    with acme.scope():
        partner = Partner.objects.get(name="Radhaus Lindner")
        assert (partner.status, partner.owner, partner.region, partner.parent) == (
            "active",
            acme.admin,
            region,
            acme.partner,
        )
        assert (partner.external_id, partner.website) == ("P-00001", "https://lindner.example")
        assert list(partner.specialisations.all()) == [special]
        assert tier_on(partner=partner, programme=tiers[0].programme, day=date(2014, 3, 1)) == tiers[0]
    assert answer.url == url("partners:partner_detail", acme, partner)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"external_id": "TAKEN"}, "Another partner already has this external number."),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"country": "XX"}, "Select a valid choice."),
        ({"status": "terminated"}, "Select a valid choice."),
        ({"parent": "nobody knows"}, "No partner has the external number or name “nobody knows”."),
        ({"partner_since": "31.02.2020"}, "Enter a valid date."),
        ({"partner_type": "999999999"}, "Select a valid choice."),
        ({"name": "x" * 300}, "at most 200 characters"),
    ],
)
def test_bad_input_comes_back_with_a_sentence(acme, manager_client, changes, sentence):
    with acme.scope():
        PartnerFactory(external_id="TAKEN")
        before = Partner.objects.count()

    answer = manager_client.post(url("partners:partner_create", acme), values(acme, **changes))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    with acme.scope():
        assert Partner.objects.count() == before


def test_another_tenants_type_is_no_choice(two_tenants, manager_client):
    acme, beta = two_tenants

    answer = manager_client.post(
        url("partners:partner_create", acme), values(acme, partner_type=beta.partner.partner_type_id)
    )

    assert answer.status_code == 422
    with acme.scope():
        assert not Partner.objects.filter(name="Radhaus Lindner").exists()


def test_a_manager_of_own_partners_owns_what_they_add(acme, client):
    person = sign_in_as(client, acme, Role.CHANNEL_MANAGER, own_portfolio_only=True)

    client.post(url("partners:partner_create", acme), values(acme, owner=acme.admin.pk))

    with acme.scope():
        assert Partner.objects.get(name="Radhaus Lindner").owner == person


def test_editing_a_partner_is_all_or_nothing(acme, manager_client):
    with acme.scope():
        PartnerFactory(external_id="TAKEN")
    form = values(acme, owner=acme.admin.pk, external_id="TAKEN")

    answer = manager_client.post(url("partners:partner_edit", acme, acme.partner), form)
    with acme.scope():
        untouched = Partner.objects.get(pk=acme.partner.pk)
    manager_client.post(url("partners:partner_edit", acme, acme.partner), {**form, "external_id": "FREE"})

    assert answer.status_code == 422
    assert untouched.owner is None
    with acme.scope():
        changed = Partner.objects.get(pk=acme.partner.pk)
        assert (changed.name, changed.external_id, changed.owner) == ("Radhaus Lindner", "FREE", acme.admin)


# --- Status, tier, owner --------------------------------------------------------------------------------------------


def test_suspending_asks_for_a_reason(acme, manager_client):
    address = url("partners:partner_status", acme, acme.partner, target="suspended")
    today = date.today().isoformat()  # noqa: DTZ011

    asked = manager_client.get(address)
    refused = manager_client.post(address, {"reason": "", "effective_on": "2026-01-05"})
    with acme.scope():
        still = Partner.objects.get(pk=acme.partner.pk).status
    done = manager_client.post(address, {"reason": "Unpaid invoices", "effective_on": "2026-01-05"}, follow=True)

    assert today
    assert asked.status_code == 200
    assert (refused.status_code, still) == (422, "active")
    assert "is now “Suspended”" in done.content.decode()


def test_a_move_that_somebody_else_made_first_says_so(acme, manager_client):
    address = url("partners:partner_status", acme, acme.partner, target="onboarding")
    with acme.scope():
        Partner.objects.filter(pk=acme.partner.pk).update(status="suspended")

    page = manager_client.post(address, {"reason": "x", "effective_on": "2026-01-05"}, follow=True)

    assert "is at “Suspended” and cannot go to “Onboarding”" in page.content.decode()


@pytest.mark.parametrize(
    ("role", "target", "status"),
    [
        (Role.CHANNEL_MANAGER, "suspended", 302),
        (Role.CHANNEL_MANAGER, "terminated", 403),
        (Role.PROGRAMME_MANAGER, "terminated", 302),
        (Role.ANALYST, "suspended", 403),
        (Role.FINANCE, "terminated", 403),
        (Role.TENANT_ADMIN, "nonsense", 404),
    ],
)
def test_who_may_move_a_partner(acme, client, role, target, status):
    sign_in_as(client, acme, role)

    answer = client.post(
        url("partners:partner_status", acme, acme.partner, target=target),
        {"reason": "Agreed", "effective_on": "2026-01-05"},
    )

    assert answer.status_code == status
    with acme.scope():
        assert Partner.objects.get(pk=acme.partner.pk).status == (target if status == 302 else "active")


def test_termination_closes_the_portal_with_the_next_request(acme, client):
    home = reverse("company:company_detail", kwargs={"tenant": acme.tenant.slug, "partner": acme.partner.public_id})
    client.force_login(acme.partner_user)
    before = client.get(home).status_code
    manager = type(client)()
    manager.force_login(acme.admin)

    manager.post(
        url("partners:partner_status", acme, acme.partner, target="terminated"),
        {"reason": "Contract ended", "effective_on": "2026-01-05"},
    )

    assert before == 200
    assert client.get(home).status_code == 404


def test_assigning_a_tier(acme, manager_client, tiers):
    address = url("partners:partner_tier", acme, acme.partner)

    manager_client.post(address, {"tier": tiers[0].pk, "effective_on": "2025-01-01", "reason": ""})
    refused = manager_client.post(address, {"tier": tiers[1].pk, "effective_on": "2025-07-01", "reason": ""})
    manager_client.post(address, {"tier": tiers[1].pk, "effective_on": "2025-07-01", "reason": "Best quarter"})

    assert refused.status_code == 422
    with acme.scope():
        assert tier_on(partner=acme.partner, programme=tiers[0].programme, day=date(2025, 6, 30)) == tiers[0]
        assert tier_on(partner=acme.partner, programme=tiers[0].programme, day=date(2025, 7, 1)) == tiers[1]


def test_assigning_an_owner(acme, manager_client, client):
    address = url("partners:partner_owner", acme, acme.partner)

    manager_client.post(address, {"owner": acme.admin.pk})
    with acme.scope():
        assert Partner.objects.get(pk=acme.partner.pk).owner == acme.admin
    manager_client.post(address, {"owner": ""})
    with acme.scope():
        assert Partner.objects.get(pk=acme.partner.pk).owner is None

    person = sign_in_as(client, acme, Role.CHANNEL_MANAGER, own_portfolio_only=True)
    with acme.scope():
        own = PartnerFactory(owner=person)
    client.post(url("partners:partner_owner", acme, own), {"owner": acme.admin.pk})
    with acme.scope():
        assert Partner.objects.get(pk=own.pk).owner == person


# --- Contacts and sites ---------------------------------------------------------------------------------------------


def test_a_contacts_life(acme, manager_client, mailoutbox, django_capture_on_commit_callbacks):
    create = url("partners:contact_create", acme, acme.partner)

    bad = manager_client.post(create, {"full_name": "", "email": "x"})
    manager_client.post(create, {"full_name": "Hanna", "email": "h@x.example", "roles": ["sales", "finance"]})
    with acme.scope():
        contact = Contact.objects.get(partner=acme.partner)
    one = {"contact": contact.public_id}
    manager_client.post(
        url("partners:contact_edit", acme, acme.partner, **one),
        {"full_name": "Hanna Lindner", "email": "h@x.example", "is_primary": "on", "is_active": "on"},
    )
    with django_capture_on_commit_callbacks(execute=True):
        manager_client.post(url("partners:portal_open", acme, acme.partner, **one), {"role": "partner_admin"})
    asked = manager_client.get(url("partners:contact_remove", acme, acme.partner, **one))
    manager_client.post(url("partners:contact_remove", acme, acme.partner, **one))

    assert bad.status_code == 422
    assert (contact.roles, contact.is_primary) == (["finance", "sales"], True)
    assert [mail.to for mail in mailoutbox] == [["h@x.example"]]
    assert "Remove Hanna Lindner" in asked.content.decode()
    assert Invitation.objects.get().revoked_at is not None
    with acme.scope():
        assert not Contact.objects.exists()


def test_closing_the_portal_for_one_person(acme, manager_client):
    with acme.scope():
        contact = ContactFactory(partner=acme.partner, email=acme.partner_user.email)

    manager_client.post(url("partners:portal_close", acme, acme.partner, contact=contact.public_id))

    assert not PartnerAccess.objects.get(user=acme.partner_user).is_active


def test_a_contact_of_another_partner_is_not_found(acme, manager_client):
    with acme.scope():
        contact = ContactFactory(partner=PartnerFactory())

    for name in ("contact_edit", "contact_remove", "portal_open", "portal_close"):
        address = url(f"partners:{name}", acme, acme.partner, contact=contact.public_id)
        assert manager_client.post(address, {}).status_code == 404


def test_a_sites_life(acme, manager_client):
    manager_client.post(url("partners:site_create", acme, acme.partner), {"name": "Munich", "country": "DE"})
    with acme.scope():
        site = PartnerSite.objects.get(partner=acme.partner)
    one = {"site": site.public_id}
    twin = manager_client.post(url("partners:site_create", acme, acme.partner), {"name": "Munich"})
    manager_client.post(url("partners:site_edit", acme, acme.partner, **one), {"name": "Augsburg", "is_main": "on"})
    with acme.scope():
        assert PartnerSite.objects.get(pk=site.pk).name == "Augsburg"
    manager_client.post(url("partners:site_remove", acme, acme.partner, **one))

    assert twin.status_code == 422
    with acme.scope():
        assert not PartnerSite.objects.exists()


# --- Set-up ---------------------------------------------------------------------------------------------------------

LISTS = [
    ("types", {"relationship": "downstream"}, "partner_type"),
    ("regions", {}, "region"),
    ("specialisations", {}, "specialisation"),
    ("programmes", {}, "programme"),
]


@pytest.mark.parametrize(("kind", "extra", "_word"), LISTS)
def test_a_list_of_the_catalogue(acme, manager_client, kind, extra, _word):
    from partners.views.catalogue import KINDS

    model = KINDS[kind].model
    manager_client.post(url(f"partners:{kind}_create", acme), {"name": "Brand new", **extra})
    with acme.scope():
        entry = model.objects.get(name="Brand new")
    shown = manager_client.get(url(f"partners:{kind}", acme)).content.decode()
    bad = manager_client.post(url(f"partners:{kind}_create", acme), {"name": "", **extra})
    twin = manager_client.post(url(f"partners:{kind}_create", acme), {"name": "Twin", "key": "brand-new", **extra})
    manager_client.post(
        url(f"partners:{kind}_edit", acme, entry=entry.public_id), {"name": "Renamed", "is_active": "on", **extra}
    )
    with acme.scope():
        renamed = model.objects.get(pk=entry.pk)
    manager_client.post(url(f"partners:{kind}_remove", acme, entry=entry.public_id))

    assert "Brand new" in shown
    assert (bad.status_code, twin.status_code) == (422, 422)
    assert (renamed.name, renamed.key) == ("Renamed", "brand-new")
    with acme.scope():
        assert not model.objects.filter(pk=entry.pk).exists()


def test_a_tiers_life(acme, manager_client, tiers):
    with acme.scope():
        programme = tiers[0].programme
    manager_client.post(url("partners:tier_create", acme, programme=programme.public_id), {"name": "Platinum"})
    with acme.scope():
        tier = Tier.objects.get(name="Platinum")
    manager_client.post(url("partners:tier_move", acme, tier=tier.public_id, direction="down"))
    manager_client.post(url("partners:tier_edit", acme, tier=tier.public_id), {"name": "Platin"})
    with acme.scope():
        ladder = list(Tier.objects.filter(programme=programme).order_by("rank").values_list("name", flat=True))
    manager_client.post(url("partners:tier_remove", acme, tier=tier.public_id))

    assert tier.rank == 3
    assert ladder == ["Base", "Platin", "Gold"]
    with acme.scope():
        assert list(Tier.objects.order_by("rank").values_list("name", "rank")) == [("Base", 1), ("Gold", 2)]
    assert (
        manager_client.post(url("partners:tier_move", acme, tier=tiers[0].public_id, direction="sideways")).status_code
        == 404
    )


def test_what_is_in_use_stays_with_a_sentence(acme, manager_client):
    with acme.scope():
        kind = acme.partner.partner_type

    page = manager_client.post(url("partners:types_remove", acme, entry=kind.public_id), follow=True)

    assert "is used by 1 partner and cannot be removed." in page.content.decode()


@pytest.mark.parametrize("kind", ["types", "regions", "specialisations", "programmes"])
def test_only_admins_change_the_catalogue(acme, client, kind):
    sign_in_as(client, acme, Role.PROGRAMME_MANAGER)

    assert client.get(url(f"partners:{kind}", acme)).status_code == 200
    assert client.get(url(f"partners:{kind}_create", acme)).status_code == 403
    assert client.post(url(f"partners:{kind}_create", acme), {"name": "X"}).status_code == 403


def test_another_tenants_entry_is_not_found(two_tenants, manager_client):
    acme, beta = two_tenants
    with beta.scope():
        region, special = RegionFactory(), SpecialisationFactory()

    assert manager_client.post(url("partners:regions_remove", acme, entry=region.public_id)).status_code == 404
    assert manager_client.get(url("partners:specialisations_edit", acme, entry=special.public_id)).status_code == 404
    with beta.scope():
        assert Region.objects.filter(pk=region.pk).exists()
        assert Specialisation.objects.filter(pk=special.pk).exists()


# --- The company in the portal --------------------------------------------------------------------------------------


def test_a_partner_sees_its_own_company_alone(acme, portal_client):
    with acme.scope():
        ContactFactory(partner=acme.partner, full_name="Hanna Lindner")
        other = PartnerFactory(name="Somebody else")
        ContactFactory(partner=other, full_name="Stranger")

    page = portal_client.get(url("company:company_detail", acme, acme.partner)).content.decode()

    assert "Hanna Lindner" in page
    assert "Stranger" not in page
    assert portal_client.get(url("company:company_detail", acme, other)).status_code == 404


def test_a_partner_admin_keeps_contacts_and_sites(acme, portal_client):
    portal_client.post(
        url("company:contact_create", acme, acme.partner), {"full_name": "Tobias", "roles": ["technical"]}
    )
    portal_client.post(url("company:site_create", acme, acme.partner), {"name": "Munich"})
    with acme.scope():
        contact, site = Contact.objects.get(), PartnerSite.objects.get()
    portal_client.post(
        url("company:contact_edit", acme, acme.partner, contact=contact.public_id),
        {"full_name": "Tobias Brandl", "is_active": "on", "is_primary": "on"},
    )
    portal_client.post(url("company:site_edit", acme, acme.partner, site=site.public_id), {"name": "Augsburg"})
    with acme.scope():
        names = Contact.objects.get().full_name, PartnerSite.objects.get().name
        actors = set(AuditEntry.objects.values_list("actor_user_id", flat=True))
    portal_client.post(url("company:contact_remove", acme, acme.partner, contact=contact.public_id))
    portal_client.post(url("company:site_remove", acme, acme.partner, site=site.public_id))

    assert names == ("Tobias Brandl", "Augsburg")
    assert actors == {acme.partner_user.pk}
    with acme.scope():
        assert not Contact.objects.exists()
        assert not PartnerSite.objects.exists()


def test_a_member_reads_only(acme, client):
    with acme.scope():
        member = PartnerAccessFactory(partner=acme.partner, role=Role.PARTNER_MEMBER).user
    client.force_login(member)

    page = client.get(url("company:company_detail", acme, acme.partner))
    refused = client.post(url("company:contact_create", acme, acme.partner), {"full_name": "Tobias"})

    assert page.status_code == 200
    assert "Add contact" not in page.content.decode()
    assert refused.status_code == 403


def test_contacts_of_others_are_out_of_a_partners_reach(acme, portal_client):
    with acme.scope():
        foreign = ContactFactory(partner=PartnerFactory())
        site = PartnerSiteFactory(partner=PartnerFactory())

    for name, extra in (
        ("contact_edit", {"contact": foreign.public_id}),
        ("contact_remove", {"contact": foreign.public_id}),
        ("site_edit", {"site": site.public_id}),
        ("site_remove", {"site": site.public_id}),
    ):
        assert portal_client.post(url(f"company:{name}", acme, acme.partner, **extra), {}).status_code == 404
    with acme.scope():
        assert Contact.objects.filter(pk=foreign.pk).exists()
        assert PartnerSite.objects.filter(pk=site.pk).exists()


def test_the_last_admin_does_not_lock_the_company_out(acme, portal_client):
    with acme.scope():
        own = ContactFactory(partner=acme.partner, email=acme.partner_user.email)

    page = portal_client.post(url("company:contact_remove", acme, acme.partner, contact=own.public_id), follow=True)

    assert "is the only admin" in page.content.decode()
    with acme.scope():
        assert Contact.objects.filter(pk=own.pk).exists()
