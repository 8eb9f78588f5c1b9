"""Partner services: what they write, what they refuse, and that a refusal leaves nothing behind."""

from datetime import date

import pytest

from partners.models import (
    Contact,
    Partner,
    PartnerSite,
    PartnerSpecialisation,
    Specialisation,
    Tier,
    TierAssignment,
)
from partners.registries import FactListener, fact_listeners
from partners.services.bulk import Edit, bulk_edit
from partners.services.catalogue import create_entry, move_tier, remove_entry, update_entry
from partners.services.contacts import create_contact, remove_contact, update_contact, upsert_contact
from partners.services.owners import assign_owner
from partners.services.partners import create_partner, update_partner, upsert_partner
from partners.services.portal_access import close_portal, open_portal
from partners.services.sites import create_site, remove_site, update_site
from partners.services.tiers import assign_tier, tier_on
from prm.access.actor import SYSTEM, Actor
from prm.access.roles import Role
from prm.accounts.models import Invitation, PartnerAccess
from prm.audit.models import AuditEntry
from prm.errors import Conflict, DomainError, InvalidInput
from prm.jobs.models import Job
from prm.notifications.models import Notification
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import (
    ContactFactory,
    PartnerFactory,
    PartnerTypeFactory,
    RegionFactory,
    SpecialisationFactory,
    TierFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor(in_scope):
    return Actor.of_user(in_scope.admin)


@pytest.fixture
def ladder(in_scope):
    """Three tiers of the default programme, lowest first."""
    from partners.models import Programme

    programme = Programme.objects.get(is_default=True)
    return [
        TierFactory(programme=programme, name=name, rank=rank)
        for rank, name in enumerate(("Base", "Silver", "Gold"), 1)
    ]


@pytest.fixture
def heard(monkeypatch):
    """The fact changes that a listener hears."""
    changes = []
    monkeypatch.setattr(fact_listeners, "_entries", {"test": FactListener(key="test", call=changes.append)})
    return changes


def actions(partner):
    return list(AuditEntry.objects.filter(partner_id=partner.pk).order_by("pk").values_list("action", flat=True))


# --- Profile --------------------------------------------------------------------------------------------------------


def test_a_new_partner_gets_number_entry_tier_and_audit(in_scope, actor, ladder, heard):
    partner = create_partner(
        actor=actor,
        name="Radhaus Lindner",
        partner_type=PartnerTypeFactory(),
        city="Munich",
        country="DE",
        partner_since=date(2014, 3, 1),
        specialisations=[SpecialisationFactory(name="E-bikes")],
    )

    assert (partner.external_id, partner.status) == ("P-00001", "prospect")
    assert [item.name for item in partner.specialisations.all()] == ["E-bikes"]
    held = TierAssignment.objects.get(partner=partner)
    assert (held.tier, held.valid_from, held.valid_to) == (ladder[0], date(2014, 3, 1), None)
    assert actions(partner) == ["partner.created", "partner.tier_assigned"]
    assert [change.facts for change in heard] == [{"new"}]


def test_numbers_go_on_from_the_highest(in_scope, actor):
    PartnerFactory(external_id="P-00041")
    PartnerFactory(external_id="P-7x")

    partner = create_partner(actor=actor, name="Next", partner_type=PartnerTypeFactory())

    assert partner.external_id == "P-00042"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"country": "Germany"}, "country"),
        ({"email": "not an address"}, "email"),
        ({"website": "no url"}, "website"),
        ({"status": "sleeping"}, "status"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_bad_values_are_refused_with_their_field(in_scope, actor, values, field):
    before = Partner.objects.count()

    with pytest.raises(InvalidInput) as refusal:
        create_partner(**{"actor": actor, "name": "New", "partner_type": PartnerTypeFactory(), **values})

    assert refusal.value.field == field
    assert Partner.objects.count() == before
    assert not AuditEntry.objects.filter(action="partner.created").exists()


def test_an_external_number_is_given_once(in_scope, actor):
    PartnerFactory(external_id="104882")

    with pytest.raises(Conflict) as refusal:
        create_partner(actor=actor, name="Twin", partner_type=PartnerTypeFactory(), external_id="104882")

    assert (refusal.value.field, refusal.value.code) == ("external_id", "taken")
    assert str(refusal.value.message) == "Another partner already has this external number."


def test_the_same_number_may_exist_at_two_tenants(two_tenants):
    acme, beta = two_tenants
    for world in (acme, beta):
        with world.scope():
            create_partner(
                actor=SYSTEM, name="Twin", partner_type=PartnerTypeFactory(), external_id="104882", status="active"
            )

    with acme.scope():
        assert Partner.objects.filter(external_id="104882").count() == 1


def test_an_update_writes_only_what_differs(in_scope, actor, heard):
    partner = PartnerFactory(name="Old", city="Bonn")

    unchanged = update_partner(partner=partner, actor=actor, name="Old", city="Bonn")
    changed = update_partner(partner=partner, actor=actor, name="New", city="Bonn", region=RegionFactory(name="DACH"))

    assert unchanged.updated_at == partner.updated_at
    assert changed.name == "New"
    entry = AuditEntry.objects.get(partner_id=partner.pk)
    assert entry.changes == {"name": ["Old", "New"], "region": [None, "DACH"]}
    assert [change.facts for change in heard] == [{"region"}]


def test_a_new_name_reaches_the_portal(in_scope, actor):
    update_partner(partner=in_scope.partner, actor=actor, name="Renamed")

    assert PartnerAccess.objects.get(partner_id=in_scope.partner.pk).partner_name == "Renamed"


def test_lists_are_replaced_and_recorded(in_scope, actor):
    road, cargo, kids = (SpecialisationFactory(name=name) for name in ("Road", "Cargo", "Kids"))
    partner = create_partner(actor=actor, name="A", partner_type=PartnerTypeFactory(), specialisations=[road, cargo])

    update_partner(partner=partner, actor=actor, specialisations=[cargo, kids])

    assert {item.name for item in partner.specialisations.all()} == {"Cargo", "Kids"}
    assert AuditEntry.objects.get(action="partner.updated").changes == {
        "specialisations": [["Cargo", "Road"], ["Cargo", "Kids"]]
    }


def test_a_partner_cannot_belong_to_itself(in_scope, actor):
    top = PartnerFactory()
    middle = PartnerFactory(parent=top)
    bottom = PartnerFactory(parent=middle)

    with pytest.raises(Conflict) as refusal:
        update_partner(partner=top, actor=actor, parent=bottom)

    assert (refusal.value.code, refusal.value.field) == ("circle", "parent")


def test_upsert_creates_updates_and_leaves_alone(in_scope, actor, ladder):
    kind = PartnerTypeFactory()
    values = {
        "external_id": "R1",
        "actor": actor,
        "name": "One",
        "partner_type": kind,
        "tier": ladder[2],
        "tier_from": date(2025, 1, 1),
    }

    outcomes = [
        upsert_partner(**values)[1],
        upsert_partner(**values)[1],
        upsert_partner(**{**values, "city": "Graz"})[1],
        upsert_partner(**{**values, "city": "Graz", "status": "suspended"})[1],
        upsert_partner(**{**values, "city": "Graz", "status": "suspended", "tier": ladder[1], "reason": "Review"})[1],
        upsert_partner(**{**values, "city": "Graz", "status": "suspended", "tier": ladder[1], "reason": "Review"})[1],
    ]

    assert outcomes == ["created", "unchanged", "updated", "updated", "updated", "unchanged"]
    partner = Partner.objects.get(external_id="R1")
    assert (partner.status, partner.city) == ("suspended", "Graz")
    assert TierAssignment.objects.get(partner=partner).tier == ladder[1]


def test_upsert_obeys_the_status_table(in_scope, actor):
    PartnerFactory(external_id="R1", status="terminated")

    with pytest.raises(Conflict):
        upsert_partner(external_id="R1", actor=actor, status="active")


# --- Owner ----------------------------------------------------------------------------------------------------------


def test_the_new_owner_is_told(in_scope, actor):
    owner = MembershipFactory(tenant=in_scope.tenant, role=Role.CHANNEL_MANAGER).user

    partner = assign_owner(partner=in_scope.partner, owner=owner, actor=actor)

    assert partner.owner == owner
    message = Notification.objects.get(user=owner)
    assert message.title == f"You now look after {partner.name}"
    assert str(partner.public_id) in message.url
    assert actions(partner) == ["partner.owner_assigned"]


def test_taking_a_partner_oneself_sends_no_message(in_scope, actor):
    assign_owner(partner=in_scope.partner, owner=in_scope.admin, actor=actor)

    assert not Notification.objects.exists()


@pytest.mark.parametrize("who", ["analyst", "stranger", "left"])
def test_only_managers_of_the_tenant_own_partners(two_tenants, who):
    acme, beta = two_tenants
    people = {
        "analyst": MembershipFactory(tenant=acme.tenant, role=Role.ANALYST).user,
        "stranger": beta.admin,
        "left": MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, is_active=False).user,
    }
    with acme.scope():
        with pytest.raises(InvalidInput) as refusal:
            assign_owner(partner=acme.partner, owner=people[who], actor=Actor.of_user(acme.admin))

        assert refusal.value.field == "owner"
        assert Partner.objects.get(pk=acme.partner.pk).owner is None


# --- Tiers ----------------------------------------------------------------------------------------------------------


def spans(partner):
    rows = TierAssignment.objects.filter(partner=partner).select_related("tier").order_by("valid_from")
    return [(row.tier.name, row.valid_from, row.valid_to) for row in rows]


def test_tier_history_has_no_gaps(in_scope, actor, ladder, heard):
    base, silver, gold = ladder
    partner = PartnerFactory()
    steps = [
        (base, date(2025, 1, 1)),
        (gold, date(2025, 7, 1)),
        (silver, date(2025, 4, 1)),  # learnt later, lies between
        (base, date(2024, 1, 1)),  # before all that is known
    ]

    for tier, day in steps:
        try:
            assign_tier(partner=partner, tier=tier, actor=actor, effective_on=day, reason="Decided")
        except Conflict:
            pytest.fail(f"{tier} from {day}")

    assert spans(partner) == [
        ("Base", date(2024, 1, 1), date(2025, 1, 1)),
        ("Base", date(2025, 1, 1), date(2025, 4, 1)),
        ("Silver", date(2025, 4, 1), date(2025, 7, 1)),
        ("Gold", date(2025, 7, 1), None),
    ]
    assert tier_on(partner=partner, programme=base.programme, day=date(2025, 6, 30)) == silver
    assert tier_on(partner=partner, programme=base.programme, day=date(2023, 12, 31)) is None
    assert [change.since for change in heard] == [day for _tier, day in steps]


def test_a_tier_of_the_same_day_replaces_the_former(in_scope, actor, ladder):
    partner = PartnerFactory()
    assign_tier(partner=partner, tier=ladder[0], actor=actor, effective_on=date(2025, 1, 1))

    assign_tier(partner=partner, tier=ladder[2], actor=actor, effective_on=date(2025, 1, 1), reason="Wrong file")

    assert spans(partner) == [("Gold", date(2025, 1, 1), None)]
    assert actions(partner) == ["partner.tier_assigned"] * 2


def test_the_same_tier_again_and_a_missing_reason_are_refused(in_scope, actor, ladder):
    partner = PartnerFactory()
    assign_tier(partner=partner, tier=ladder[0], actor=actor, effective_on=date(2025, 1, 1))

    with pytest.raises(Conflict) as same:
        assign_tier(partner=partner, tier=ladder[0], actor=actor, effective_on=date(2025, 2, 1), reason="Again")
    with pytest.raises(InvalidInput) as unexplained:
        assign_tier(partner=partner, tier=ladder[1], actor=actor, effective_on=date(2025, 2, 1), reason=" ")

    assert (same.value.code, unexplained.value.field) == ("same_tier", "reason")
    assert len(spans(partner)) == 1


def test_a_partner_holds_one_tier_in_each_programme(in_scope, actor, ladder):
    partner, service_gold = PartnerFactory(), TierFactory(name="Service gold", rank=1)

    assign_tier(partner=partner, tier=ladder[0], actor=actor, effective_on=date(2025, 1, 1))
    assign_tier(partner=partner, tier=service_gold, actor=actor, effective_on=date(2025, 1, 1))

    assert tier_on(partner=partner, programme=service_gold.programme, day=date(2025, 5, 5)) == service_gold
    assert tier_on(partner=partner, programme=ladder[0].programme, day=date(2025, 5, 5)) == ladder[0]


# --- Contacts, portal -----------------------------------------------------------------------------------------------


def test_there_is_always_one_main_contact(in_scope, actor):
    partner = PartnerFactory()

    first = create_contact(partner=partner, actor=actor, full_name="Hanna", email="Hanna@Lindner.Example ")
    second = create_contact(partner=partner, actor=actor, full_name="Tobias", roles=["technical", "sales", "sales"])
    update_contact(contact=second, actor=actor, is_primary=True)

    assert (first.is_primary, first.email) == (True, "hanna@lindner.example")
    assert second.roles == ["sales", "technical"]
    assert list(Contact.objects.filter(partner=partner, is_primary=True)) == [second]


def test_the_main_contact_cannot_leave_without_a_successor(in_scope, actor):
    contact = create_contact(partner=PartnerFactory(), actor=actor, full_name="Hanna")

    with pytest.raises(Conflict) as refusal:
        update_contact(contact=contact, actor=actor, is_active=False)

    assert refusal.value.code == "main_contact"
    assert Contact.objects.get(pk=contact.pk).is_active


def test_an_address_belongs_to_one_contact_of_a_partner(in_scope, actor):
    partner, other = PartnerFactory(), PartnerFactory()
    create_contact(partner=partner, actor=actor, full_name="Hanna", email="h@x.example")
    create_contact(partner=other, actor=actor, full_name="Hanna", email="h@x.example")

    with pytest.raises(Conflict) as refusal:
        create_contact(partner=partner, actor=actor, full_name="Hans", email="H@x.example")

    assert refusal.value.field == "email"


def test_the_portal_opens_by_invitation_and_closes_at_once(in_scope, actor):
    partner = in_scope.partner
    contact = ContactFactory(partner=partner, email=in_scope.partner_user.email)
    newcomer = ContactFactory(partner=partner)

    with pytest.raises(DomainError) as already:
        open_portal(contact=contact, role=Role.PARTNER_MEMBER, actor=actor)
    invitation = open_portal(contact=newcomer, role=Role.PARTNER_MEMBER, actor=actor)
    closed = [close_portal(contact=person, actor=actor) for person in (contact, newcomer)]

    assert already.value.field == "email"
    assert closed == [True, True]
    assert not PartnerAccess.objects.filter(partner_id=partner.pk, is_active=True).exists()
    assert Invitation.objects.get(pk=invitation.pk).revoked_at is not None


@pytest.mark.parametrize(
    ("contact", "status", "code"),
    [
        ({"email": ""}, "active", "required"),
        ({"is_active": False}, "active", "inactive_contact"),
        ({}, "terminated", "terminated"),
    ],
)
def test_the_portal_is_not_opened_for_everybody(in_scope, actor, contact, status, code):
    person = ContactFactory(partner=PartnerFactory(status=status), **contact)

    with pytest.raises(DomainError) as refusal:
        open_portal(contact=person, role=Role.PARTNER_MEMBER, actor=actor)

    assert refusal.value.code == code
    assert not Invitation.objects.exists()


def test_somebody_who_leaves_loses_the_portal(in_scope, actor):
    ContactFactory(partner=in_scope.partner, is_primary=True)
    contact = ContactFactory(partner=in_scope.partner, email=in_scope.partner_user.email)

    with pytest.raises(Conflict) as refusal:
        update_contact(contact=contact, actor=actor, email="other@x.example")
    update_contact(contact=contact, actor=actor, is_active=False)

    assert refusal.value.code == "signs_in_with_it"
    assert not PartnerAccess.objects.filter(partner_id=in_scope.partner.pk, is_active=True).exists()


def test_a_removed_contact_loses_the_portal_and_stays_in_the_trail(in_scope, actor):
    contact = ContactFactory(partner=in_scope.partner, email=in_scope.partner_user.email)

    remove_contact(contact=contact, actor=actor)

    assert not Contact.objects.filter(partner=in_scope.partner).exists()
    assert actions(in_scope.partner) == ["partner_access.removed", "contact.removed"]


def test_contacts_are_found_again_by_number_or_address(in_scope, actor):
    partner, other = PartnerFactory(), PartnerFactory()
    values = {"partner": partner, "actor": actor, "full_name": "Hanna", "email": "h@x.example", "external_id": "C1"}

    outcomes = [
        upsert_contact(**values)[1],
        upsert_contact(**values)[1],
        upsert_contact(**{**values, "full_name": "Hanna Lindner"})[1],
        upsert_contact(partner=partner, actor=actor, email="H@x.example", full_name="Hanna Lindner")[1],
    ]
    with pytest.raises(Conflict) as refusal:
        upsert_contact(**{**values, "partner": other})

    assert outcomes == ["created", "unchanged", "updated", "unchanged"]
    assert refusal.value.code == "other_partner"


# --- Sites ----------------------------------------------------------------------------------------------------------


def test_there_is_one_main_site_while_there_are_sites(in_scope, actor):
    partner = PartnerFactory()
    first = create_site(partner=partner, actor=actor, name="Munich", country="DE")
    second = create_site(partner=partner, actor=actor, name="Augsburg")

    update_site(site=second, actor=actor, is_main=True)
    assert list(PartnerSite.objects.filter(partner=partner, is_main=True)) == [second]
    remove_site(site=second, actor=actor)

    assert first.is_main
    assert list(PartnerSite.objects.filter(partner=partner, is_main=True)) == [first]
    with pytest.raises(Conflict) as refusal:
        create_site(partner=partner, actor=actor, name="Munich")
    assert refusal.value.field == "name"


# --- Bulk -----------------------------------------------------------------------------------------------------------


def test_bulk_gives_one_message_for_all_partners(in_scope, actor):
    owner = MembershipFactory(tenant=in_scope.tenant, role=Role.CHANNEL_MANAGER).user
    partners = [*PartnerFactory.create_batch(3), PartnerFactory(owner=owner)]

    result = bulk_edit(partner_ids=[row.pk for row in partners], edit=Edit("owner", owner.pk), actor=actor)

    assert (result.changed, result.unchanged, result.refused) == (3, 1, [])
    assert Notification.objects.get(user=owner).title == "You now look after 3 more partners"
    assert result.sentence() == "3 partners changed. 1 needed no change."


def test_a_refusal_stops_only_its_own_row(in_scope, actor):
    gone = PartnerFactory(status="terminated", name="Gone")
    here = PartnerFactory(status="active")

    result = bulk_edit(
        partner_ids=[gone.pk, here.pk], edit=Edit("status", "suspended", reason="Fair is over"), actor=actor
    )

    assert result.changed == 1
    assert [name for name, _why in result.refused] == ["Gone"]
    assert Partner.objects.get(pk=here.pk).status == "suspended"


@pytest.mark.parametrize(("what", "add"), [("add_specialisation", True), ("remove_specialisation", False)])
def test_bulk_adds_and_removes_a_specialisation(in_scope, actor, what, add):
    chosen = SpecialisationFactory()
    with_it, without = PartnerFactory(), PartnerFactory()
    PartnerSpecialisation.objects.create(partner=with_it, specialisation=chosen)

    result = bulk_edit(partner_ids=[with_it.pk, without.pk], edit=Edit(what, chosen.pk), actor=actor)

    assert (result.changed, result.unchanged) == (1, 1)
    assert chosen.partners.count() == (2 if add else 0)


def test_more_than_fifty_partners_become_a_job(in_scope, actor, django_capture_on_commit_callbacks):
    region = RegionFactory()
    partners = PartnerFactory.create_batch(51, partner_type=PartnerTypeFactory())

    with django_capture_on_commit_callbacks(execute=True):
        job = bulk_edit(partner_ids=[row.pk for row in partners], edit=Edit("region", region.pk), actor=actor)

    assert isinstance(job, Job)
    job.refresh_from_db()
    assert (job.status, job.result["changed"]) == ("succeeded", 51)
    assert Partner.objects.filter(region=region).count() == 51


def test_bulk_refuses_what_does_not_exist(in_scope, actor):
    for edit in (Edit("region", 999_999_999), Edit("colour", "blue")):
        with pytest.raises(InvalidInput):
            bulk_edit(partner_ids=[in_scope.partner.pk], edit=edit, actor=actor)


# --- Catalogue ------------------------------------------------------------------------------------------------------


def test_entries_get_keys_and_tiers_get_ranks(in_scope, actor, ladder):
    first = create_entry(model=Specialisation, actor=actor, name="E-Bikes & Cargo")
    second = create_entry(model=Specialisation, actor=actor, name="E-Bikes Cargo")
    top = create_entry(model=Tier, actor=actor, name="Platinum", programme=ladder[0].programme)

    assert (first.key, second.key) == ("e-bikes-cargo", "e-bikes-cargo-2")
    assert top.rank == 4
    assert AuditEntry.objects.filter(action="specialisation.created").count() == 2


def test_tiers_change_places_and_ranks_close_up(in_scope, actor, ladder):
    base, silver, gold = ladder

    move_tier(tier=silver, up=True, actor=actor)
    move_tier(tier=base, up=False, actor=actor)
    moved = [tier.name for tier in Tier.objects.filter(programme=base.programme).order_by("rank")]
    remove_entry(entry=Tier.objects.get(pk=gold.pk), actor=actor)

    assert moved == ["Base", "Gold", "Silver"]
    left = Tier.objects.filter(programme=base.programme).order_by("rank")
    assert [(tier.name, tier.rank) for tier in left] == [("Base", 1), ("Silver", 2)]


def test_nothing_in_use_can_be_removed(in_scope, actor, ladder):
    partner = PartnerFactory(region=RegionFactory(name="DACH"))
    special = SpecialisationFactory()
    PartnerSpecialisation.objects.create(partner=partner, specialisation=special)
    assign_tier(partner=partner, tier=ladder[1], actor=actor, effective_on=date(2025, 1, 1))
    parent = RegionFactory()
    RegionFactory(parent=parent)

    for entry in (partner.partner_type, partner.region, special, ladder[0], ladder[1], ladder[0].programme, parent):
        with pytest.raises(Conflict):
            remove_entry(entry=entry, actor=actor)

    with pytest.raises(Conflict) as refusal:
        remove_entry(entry=partner.region, actor=actor)
    assert str(refusal.value.message) == "DACH is used by 1 partner and cannot be removed."


def test_there_is_always_one_default_programme(in_scope, actor, ladder):
    from partners.models import Programme

    default = ladder[0].programme
    other = create_entry(model=Programme, actor=actor, name="Services")

    with pytest.raises(Conflict):
        update_entry(entry=default, actor=actor, is_default=False)
    with pytest.raises(Conflict):
        update_entry(entry=default, actor=actor, is_active=False)
    update_entry(entry=other, actor=actor, is_default=True)

    assert Programme.objects.get(is_default=True) == other


def test_a_region_does_not_lie_in_itself(in_scope, actor):
    europe = RegionFactory()
    dach = RegionFactory(parent=europe)

    with pytest.raises(Conflict) as refusal:
        update_entry(entry=europe, actor=actor, parent=dach)

    assert refusal.value.field == "parent"
