"""What a person may see of partners, how partners are found, and the timeline."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import Http404

from partners.models import PartnerSpecialisation, Programme
from partners.queries import (
    access_contact,
    access_partner,
    access_partners,
    catalogue_rows,
    contact_rows,
    ladder,
    name_tier,
    regions_with_path,
    search_partners,
    with_tier,
)
from partners.registries import TimelineItem, TimelineSource, timeline_sources
from partners.services.contacts import create_contact
from partners.services.partners import create_partner, update_partner
from partners.services.portal_access import open_portal
from partners.services.status import change_status
from partners.services.tiers import assign_tier
from partners.timeline import fetch_audit, kind_of, timeline
from prm.access.actor import SYSTEM, Actor
from prm.access.roles import Role
from prm.audit.models import AuditEntry
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import (
    ContactFactory,
    PartnerFactory,
    PartnerTypeFactory,
    ProgrammeFactory,
    RegionFactory,
    SpecialisationFactory,
    TierAssignmentFactory,
    TierFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor(in_scope):
    return Actor.of_user(in_scope.admin)


# --- Reach ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "own_only", "sees_others"),
    [
        (Role.CHANNEL_MANAGER, True, False),
        (Role.CHANNEL_MANAGER, False, True),
        (Role.TENANT_ADMIN, True, True),
        (Role.ANALYST, True, True),
    ],
)
def test_reach_of_a_portfolio(in_scope, role, own_only, sees_others):
    membership = MembershipFactory(tenant=in_scope.tenant, role=role, own_portfolio_only=own_only)
    own, other = PartnerFactory(owner=membership.user), PartnerFactory(owner=in_scope.admin)

    found = set(access_partners(membership))

    assert own in found
    assert (other in found) is sees_others
    assert (in_scope.partner in found) is sees_others
    if not sees_others:
        with pytest.raises(Http404):
            access_partner(membership, other.public_id)


def test_another_tenants_partner_is_not_there(two_tenants):
    acme, beta = two_tenants
    with acme.scope():
        assert list(access_partners(None)) == [acme.partner]
        with pytest.raises(Http404):
            access_partner(None, beta.partner.public_id)


def test_a_contact_is_found_only_at_its_partner(in_scope):
    contact = ContactFactory(partner=in_scope.partner)

    assert access_contact(in_scope.partner, contact.public_id) == contact
    with pytest.raises(Http404):
        access_contact(PartnerFactory(), contact.public_id)


# --- Finding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lindner", {"Radhaus Lindner"}),
        ("radhaus munich", {"Radhaus Lindner"}),
        ("104882", {"Radhaus Lindner"}),
        ("tobias", {"Velo Kantine"}),
        ("@kantine.example", {"Velo Kantine"}),
        ("a", {"Radhaus Lindner", "Velo Kantine"}),
        ("100%", set()),
        ("munich tobias", set()),
        ("", {"Radhaus Lindner", "Velo Kantine"}),
    ],
)
def test_search_reads_name_city_number_and_people(in_scope, text, expected):
    from partners.models import Partner

    PartnerFactory(name="Radhaus Lindner", city="Munich", external_id="104882")
    kantine = PartnerFactory(name="Velo Kantine", city="Basel", external_id="7")
    ContactFactory(partner=kantine, full_name="Tobias Brandl", email="tb@kantine.example")

    others = Partner.objects.exclude(pk=in_scope.partner.pk)
    found = {partner.name for partner in search_partners(others, text)}

    assert found == expected


def test_the_tier_shown_is_of_the_day_and_the_default_programme(in_scope):
    from partners.models import Partner

    programme = Programme.objects.get(is_default=True)
    base, gold = (
        TierFactory(programme=programme, rank=1, name="Base"),
        TierFactory(programme=programme, rank=2, name="Gold"),
    )
    partner = in_scope.partner
    TierAssignmentFactory(partner=partner, tier=base, valid_from=date(2025, 1, 1), valid_to=date(2025, 7, 1))
    TierAssignmentFactory(partner=partner, tier=gold, valid_from=date(2025, 7, 1))
    TierAssignmentFactory(partner=partner, tier=TierFactory(name="Elsewhere", rank=1))

    shown = [
        name_tier(with_tier(Partner.objects.filter(pk=partner.pk), day).get(), ladder()).tier_name
        for day in (date(2024, 12, 31), date(2025, 6, 30), date(2025, 7, 1))
    ]

    assert shown == [None, "Base", "Gold"]


def test_contacts_say_where_they_stand_in_the_portal(in_scope, actor, django_assert_num_queries):
    partner = in_scope.partner
    ContactFactory(partner=partner, email=in_scope.partner_user.email.upper(), full_name="A Open")
    invited = ContactFactory(partner=partner, full_name="B Invited")
    ContactFactory(partner=partner, full_name="C None")
    ContactFactory(partner=partner, full_name="D Left", is_active=False)
    open_portal(contact=invited, role=Role.PARTNER_MEMBER, actor=actor)

    with django_assert_num_queries(1):
        rows = contact_rows(partner)

    assert [(row.contact.full_name, row.portal) for row in rows] == [
        ("A Open", "open"),
        ("B Invited", "invited"),
        ("C None", "none"),
        ("D Left", "none"),
    ]


def test_regions_form_a_tree(in_scope):
    europe = RegionFactory(name="Europe")
    RegionFactory(name="Asia")
    dach = RegionFactory(name="DACH", parent=europe)
    RegionFactory(name="Bavaria", parent=dach)

    assert [(row.path, row.depth) for row in regions_with_path()] == [
        ("Asia", 0),
        ("Europe", 0),
        ("Europe / DACH", 1),
        ("Europe / DACH / Bavaria", 2),
    ]


def test_catalogue_lists_count_partners(in_scope):
    from partners.models import PartnerType, Region, Specialisation

    kind, region, special = PartnerTypeFactory(), RegionFactory(), SpecialisationFactory()
    partners = PartnerFactory.create_batch(2, partner_type=kind, region=region)
    PartnerSpecialisation.objects.create(partner=partners[0], specialisation=special)
    tier = TierFactory(programme=Programme.objects.get(is_default=True), rank=1)
    ProgrammeFactory()
    for partner in partners:
        TierAssignmentFactory(partner=partner, tier=tier)

    assert {row.used for row in catalogue_rows(PartnerType) if row.pk == kind.pk} == {2}
    assert [row.used for row in catalogue_rows(Region)] == [2]
    assert [row.used for row in catalogue_rows(Specialisation)] == [1]
    assert [[(step.pk, step.used) for step in row.ladder] for row in catalogue_rows(Programme)] == [[(tier.pk, 2)], []]


# --- Timeline -------------------------------------------------------------------------------------------------------


def test_the_timeline_tells_what_happened_in_words(in_scope, actor):
    base = TierFactory(programme=Programme.objects.get(is_default=True), rank=1, name="Base")
    gold = TierFactory(programme=base.programme, rank=2, name="Gold")
    partner = create_partner(
        actor=actor, name="Velo", partner_type=PartnerTypeFactory(), status="active", tier_from=date(2025, 1, 1)
    )
    create_contact(partner=partner, actor=actor, full_name="Tobias Brandl", roles=["sales"])
    update_partner(partner=partner, actor=actor, city="Basel")
    change_status(partner=partner, target="suspended", actor=actor, reason="Unpaid invoices.")
    assign_tier(partner=partner, tier=gold, actor=actor, effective_on=date(2025, 7, 1), reason="Best quarter.")

    items = timeline(partner).items

    assert [(item.kind, item.title, item.body) for item in items] == [
        ("tier", "Base → Gold", "Best quarter."),
        ("status", "Active → Suspended", "Unpaid invoices."),
        ("profile", "Profile changed", ""),
        ("people", "Tobias Brandl added to the contacts", ""),
        ("tier", "Enters as Base", ""),
        ("profile", "Partner recorded", ""),
    ]
    assert items[2].details == (("City", "", "Basel"),)
    assert items[0].details == (("Programme", "", "Main programme"), ("First day", "", "1 Jul 2025"))
    assert {item.meta for item in items} == {str(in_scope.admin)}


def test_the_timeline_can_be_narrowed(in_scope, actor):
    partner = in_scope.partner
    create_contact(partner=partner, actor=actor, full_name="Tobias")
    change_status(partner=partner, target="suspended", actor=actor, reason="Why")
    AuditEntry.objects.create(
        actor_kind="system", actor_label="System", action="scorecard.closed", partner_id=partner.pk
    )

    def titles(*kinds):
        return [item.title for item in timeline(partner, kinds=kinds).items]

    assert titles("people") == ["Tobias added to the contacts"]
    assert titles("status", "people") == ["Active → Suspended", "Tobias added to the contacts"]
    assert titles("other") == ["Scorecard closed"]
    assert len(titles()) == 3


def test_pages_of_the_timeline_lose_and_repeat_nothing(in_scope, actor):
    partner, same = in_scope.partner, datetime(2026, 1, 5, 12, tzinfo=UTC)
    moments = [same] * 7 + [same - timedelta(seconds=n) for n in range(1, 6)] + [same - timedelta(days=1)] * 4
    for number, at in enumerate(moments):
        AuditEntry.objects.create(
            actor_kind="system",
            actor_label=str(number),
            action="site.updated",
            target_label="X",
            partner_id=partner.pk,
            at=at,
        )

    seen, cursor, pages = [], "", 0
    while True:
        page = timeline(partner, cursor=cursor, limit=3)
        seen += [item.key for item in page.items]
        cursor, pages = page.next, pages + 1
        if not cursor:
            break

    assert len(seen) == len(set(seen)) == len(moments)
    assert pages == 6


@pytest.mark.parametrize("cursor", ["nonsense", "2026-13-45T00:00:00~1", "2026-01-01T00:00:00~0", "~", "2026-01-01~x"])
def test_a_tampered_cursor_means_the_first_page(in_scope, actor, cursor):
    create_contact(partner=in_scope.partner, actor=actor, full_name="Tobias")

    assert len(timeline(in_scope.partner, cursor=cursor).items) == 1


def test_other_apps_put_their_events_on_the_timeline(in_scope, actor, monkeypatch):
    create_contact(partner=in_scope.partner, actor=actor, full_name="Tobias")
    later = TimelineItem(at=datetime(2999, 1, 1, tzinfo=UTC), kind="score", key="score:1", title="Score published")
    source = TimelineSource(
        key="scores",
        kinds={"score": "Scores"},
        fetch=lambda _partner, _kinds, until, _limit: [later] if not until else [],
    )
    audit = TimelineSource(key="audit", kinds=dict(timeline_sources.get("audit").kinds), fetch=fetch_audit)
    monkeypatch.setattr(timeline_sources, "_entries", {"audit": audit, "scores": source})

    assert [item.kind for item in timeline(in_scope.partner).items] == ["score", "people"]
    assert [item.kind for item in timeline(in_scope.partner, kinds=["score"]).items] == ["score"]


def test_a_partner_sees_nothing_of_anothers_timeline(two_tenants):
    acme, beta = two_tenants
    for world in (acme, beta):
        with world.scope():
            create_contact(partner=world.partner, actor=SYSTEM, full_name=f"Of {world.tenant.slug}")

    with acme.scope():
        assert [item.title for item in timeline(acme.partner).items] == ["Of acme added to the contacts"]
        assert timeline(beta.partner).items == []


def test_actions_of_unknown_apps_are_other_records():
    assert kind_of("scorecard.closed") == "other"
    assert kind_of("contact.created") == "people"
