"""The list of partners: what is found, what it costs, what an export holds, and changes to many."""

import csv
import io
import re

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from partners.models import Partner, PartnerSpecialisation, Programme
from partners.permissions import PARTNER_VIEW
from partners.registries import PartnerListColumns, partner_list_columns
from prm.access.roles import Role
from prm.audit.models import AuditEntry
from prm.jobs.models import Job
from prm.notifications.models import Notification
from prm.ui.lists import Column
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import (
    ContactFactory,
    PartnerFactory,
    PartnerTypeFactory,
    RegionFactory,
    SpecialisationFactory,
    TierAssignmentFactory,
    TierFactory,
)

pytestmark = pytest.mark.django_db
ALL_COLUMNS = "name,tier,external_id,type,region,status,owner,city,country,specialisations,partner_since,parent"


@pytest.fixture
def address(acme):
    return reverse("partners:partner_list", kwargs={"tenant": acme.tenant.slug})


@pytest.fixture
def twelve(acme):
    """Partners that differ in everything the list can filter by."""
    with acme.scope():
        programme = Programme.objects.get(is_default=True)
        tiers = [
            TierFactory(programme=programme, name=name, rank=rank) for rank, name in enumerate(("Base", "Gold"), 1)
        ]
        types = [PartnerTypeFactory(name="Reseller"), PartnerTypeFactory(name="Agent")]
        europe = RegionFactory(name="Europe")
        regions = [RegionFactory(name="DACH", parent=europe), RegionFactory(name="Asia")]
        special = SpecialisationFactory(name="Cargo")
        partners = []
        for n in range(12):
            partner = PartnerFactory(
                name=f"Shop {n:02d}",
                external_id=f"S{n:02d}",
                city="Munich" if n % 2 else "Oslo",
                country="DE" if n % 2 else "NO",
                partner_type=types[n % 2],
                region=regions[n % 2],
                owner=acme.admin if n % 3 == 0 else None,
                status="active" if n % 4 else "suspended",
                parent=partners[0] if n == 1 else None,
            )
            TierAssignmentFactory(partner=partner, tier=tiers[n % 2])
            if n % 6 == 0:
                PartnerSpecialisation.objects.create(partner=partner, specialisation=special)
            # An address by counting would now and then hold the number that is searched for.
            ContactFactory(partner=partner, full_name=f"Person of {n}", email=f"{chr(97 + n)}@shops.example")
            partners.append(partner)
    return {"tiers": tiers, "types": types, "regions": regions, "europe": europe, "special": special, "all": partners}


def names(client, address, **query):
    """The names in an export: the filtered rows without the pages around them."""
    answer = client.get(address, {"export": "csv", "cols": "name", **query})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return [row[0] for row in csv.reader(io.StringIO(text))][1:]


def shops(*numbers):
    return [f"Shop {n:02d}" for n in numbers]


# --- Finding --------------------------------------------------------------------------------------------------------


def test_filters_say_what_they_mean(acme, manager_client, address, twelve):
    def found(**query):
        return names(manager_client, address, q="Shop", **query)

    assert found(status="suspended") == shops(0, 4, 8)
    assert found(status=["suspended", "active"]) == shops(*range(12))
    assert found(owner=str(acme.admin.pk)) == shops(0, 3, 6, 9)
    assert found(owner="none") == shops(1, 2, 4, 5, 7, 8, 10, 11)
    assert found(partner_type=twelve["types"][0].pk) == shops(0, 2, 4, 6, 8, 10)
    assert found(tier=twelve["tiers"][1].pk) == shops(1, 3, 5, 7, 9, 11)
    assert found(region=twelve["europe"].pk) == shops(0, 2, 4, 6, 8, 10)
    assert found(region=twelve["regions"][1].pk) == shops(1, 3, 5, 7, 9, 11)
    assert found(country="NO", status="suspended") == shops(0, 4, 8)
    assert found(specialisation=twelve["special"].pk) == shops(0, 6)


def test_values_that_make_no_sense_are_left_out(acme, manager_client, address, twelve):
    assert len(names(manager_client, address, q="Shop", status="asleep", owner="x", region="-1", country="ZZ")) == 12


def test_another_tenants_values_filter_nothing(two_tenants, manager_client, address, twelve):
    _acme, beta = two_tenants
    with beta.scope():
        region = RegionFactory(name="Elsewhere")

    assert len(names(manager_client, address, q="Shop", region=region.pk)) == 12


def test_search_reaches_contacts(acme, manager_client, address, twelve):
    assert names(manager_client, address, q="person of 11") == shops(11)
    assert names(manager_client, address, q="S03") == shops(3)


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("name", "Shop 00", "Shop 11"),
        ("-name", "Shop 11", "Shop 00"),
        ("external_id", "Shop 00", "Shop 11"),
        ("-tier", "Shop 01", "Shop 10"),
        ("tier", "Shop 00", "Shop 11"),
        ("city", "Shop 01", "Shop 10"),
        ("nonsense", "Shop 00", "Shop 11"),
    ],
)
def test_sorting(acme, manager_client, address, twelve, sort, first, last):
    found = names(manager_client, address, q="Shop", sort=sort)

    assert (found[0], found[-1]) == (first, last)


def test_the_page_shows_the_rows_and_says_the_filters_in_words(acme, manager_client, address, twelve):
    page = manager_client.get(address, {"status": "suspended", "owner": "none"}).content.decode()

    assert "Shop 04" in page
    assert "Shop 01" not in page
    for words in ("2 partners", "Suspended", "Nobody", "My partners", "Without owner"):
        assert words in page


def test_own_portfolio_managers_list_and_count_their_own(acme, client, address, twelve):
    person = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True).user
    with acme.scope():
        Partner.objects.filter(external_id__in=["S01", "S02"]).update(owner=person)
    client.force_login(person)

    page = client.get(address).content.decode()

    assert names(client, address) == shops(1, 2)
    assert "2 partners" in page
    assert "Without owner" not in page
    assert "Assign owner" not in page


def test_no_row_of_another_tenant(two_tenants, manager_client, address):
    acme, beta = two_tenants

    assert names(manager_client, address) == [acme.partner.name]
    assert beta.partner.name not in manager_client.get(address).content.decode()


def test_a_further_page_goes_on_where_the_first_one_ends(acme, manager_client, address):
    with acme.scope():
        Partner.objects.update(name="Shop 00")
        for number in range(1, 30):
            PartnerFactory(name=f"Shop {number:02}")

    page = manager_client.get(address, {"page": 2}).content.decode()

    shown = re.findall(r">(Shop \d\d)<", page.partition("<tbody>")[2].partition("</tbody>")[0])
    assert shown == shops(*range(25, 30))


# --- Cost -----------------------------------------------------------------------------------------------------------


def test_the_list_costs_the_same_with_more_rows(acme, manager_client, address, twelve):
    query = {"cols": ALL_COLUMNS}
    manager_client.get(address, query)

    with CaptureQueriesContext(connection) as few:
        manager_client.get(address, query)
    with acme.scope():
        for n in range(10):
            partner = PartnerFactory(
                partner_type=PartnerTypeFactory(),
                region=RegionFactory(),
                owner=MembershipFactory(tenant=acme.tenant).user,
                parent=twelve["all"][n],
            )
            PartnerSpecialisation.objects.create(partner=partner, specialisation=twelve["special"])
            TierAssignmentFactory(partner=partner, tier=twelve["tiers"][0])
    manager_client.get(address, query)  # reads the new regions and types once
    with CaptureQueriesContext(connection) as many:
        page = manager_client.get(address, query)

    assert "23 partners" in page.content.decode()
    assert len(many) == len(few)


def test_an_export_costs_the_same_with_more_rows(acme, manager_client, address, twelve):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            answer = manager_client.get(address, {"cols": ALL_COLUMNS, "export": "csv"})
            b"".join(answer.streaming_content)
        return len(queries)

    cost()
    few = cost()
    with acme.scope():
        PartnerFactory.create_batch(20, partner_type=twelve["types"][0], owner=acme.admin)

    assert cost() == few


# --- Export ---------------------------------------------------------------------------------------------------------


def test_an_export_holds_what_is_filtered_with_the_columns_shown(acme, manager_client, address, twelve):
    query = {"status": "suspended", "cols": "name,tier,owner,country,specialisations", "sort": "-name"}

    answer = manager_client.get(address, {**query, "export": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    book = manager_client.get(address, {**query, "export": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(book.streaming_content))).active

    assert rows == [
        ["Partner", "Tier", "Owner", "Country", "Specialisations"],
        ["Shop 08", "Base", "", "Norway", ""],
        ["Shop 04", "Base", "", "Norway", ""],
        ["Shop 00", "Base", str(acme.admin), "Norway", "Cargo"],
    ]
    assert [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)] == rows


def test_names_that_look_like_formulas_are_disarmed(acme, manager_client, address):
    with acme.scope():
        PartnerFactory(name="=HYPERLINK(1)")

    assert "'=HYPERLINK(1)" in names(manager_client, address)


# --- What other apps bring ------------------------------------------------------------------------------------------


def test_other_apps_bring_columns_with_their_data(acme, manager_client, address, twelve, monkeypatch):
    def attach(partners, _request):
        for partner in partners:
            partner.shout = partner.name.upper()

    guest = PartnerListColumns(
        key="shouting",
        permission=PARTNER_VIEW,
        columns=lambda _request: [Column("shout", _("Shouted"), sort="name_again")],
        annotate=lambda rows, _request: rows.alias(name_again=F("name")),
        attach=attach,
    )
    monkeypatch.setattr(partner_list_columns, "_entries", {"shouting": guest})

    page = manager_client.get(address, {"sort": "-shout"}).content.decode()

    assert "SHOP 11" in page
    assert page.index("SHOP 11") < page.index("SHOP 00")


# --- Changes to many ------------------------------------------------------------------------------------------------


def bulk(world, what):
    return reverse(f"partners:bulk_{what}", kwargs={"tenant": world.tenant.slug})


def ids(partners):
    return [str(partner.public_id) for partner in partners]


def test_assigning_an_owner_to_several(acme, manager_client, address, twelve):
    owner = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER).user
    rows = {"row": ids(twelve["all"][:3]), "path": f"{address}?status=active"}

    asked = manager_client.post(bulk(acme, "owner"), rows)
    done = manager_client.post(bulk(acme, "owner"), {**rows, "apply": "1", "owner": owner.pk})

    assert asked.status_code == 200
    assert "Assign 3 partners" in asked.content.decode()
    assert "Shop 00, Shop 01, Shop 02" in asked.content.decode()
    assert done.url == f"{address}?status=active"
    with acme.scope():
        assert set(Partner.objects.filter(owner=owner)) == set(twelve["all"][:3])
        assert Notification.objects.filter(user=owner).count() == 1


@pytest.mark.parametrize(
    ("what", "form", "changed"),
    [
        ("region", {"region": ""}, "region"),
        ("status", {"status": "suspended", "reason": "Fair", "effective_on": "2026-01-05"}, "status"),
        ("status", {"status": "suspended", "reason": "", "effective_on": "2026-01-05"}, None),
        ("tier", {"tier": "", "reason": "x", "effective_on": "2026-01-05"}, None),
        ("specialisation", {"what": "add_specialisation", "specialisation": "999999999"}, None),
    ],
)
def test_changes_of_many_and_bad_input(acme, manager_client, address, twelve, what, form, changed):
    answer = manager_client.post(bulk(acme, what), {"row": ids(twelve["all"][1:2]), "apply": "1", **form})

    assert answer.status_code == (302 if changed else 422)
    with acme.scope():
        assert AuditEntry.objects.filter(partner_id=twelve["all"][1].pk).count() == (1 if changed else 0)


def test_everything_that_is_filtered(acme, manager_client, address, twelve):
    manager_client.post(
        bulk(acme, "specialisation"),
        {
            "all": "1",
            "query": "status=suspended",
            "apply": "1",
            "what": "add_specialisation",
            "specialisation": twelve["special"].pk,
        },
    )

    with acme.scope():
        assert set(twelve["special"].partners.values_list("external_id", flat=True)) == {"S00", "S04", "S06", "S08"}


def test_many_partners_go_into_the_background(acme, manager_client, twelve, django_capture_on_commit_callbacks):
    with acme.scope():
        PartnerFactory.create_batch(60, partner_type=twelve["types"][0])

    with django_capture_on_commit_callbacks(execute=True):
        answer = manager_client.post(bulk(acme, "owner"), {"all": "1", "apply": "1", "owner": acme.admin.pk})

    with acme.scope():
        job = Job.objects.get()
        assert str(job.public_id) in answer.url
        assert (job.status, job.result["changed"]) == ("succeeded", 69)
        assert not Partner.objects.exclude(owner=acme.admin).exists()
    assert "69 partners changed." in manager_client.get(answer.url).content.decode()


def test_nobody_changes_more_than_they_see(two_tenants, client, twelve):
    acme, beta = two_tenants
    person = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True).user
    client.force_login(person)
    rows = {"row": [*ids(twelve["all"][1:3]), str(beta.partner.public_id), "nonsense"], "apply": "1"}
    move = {"status": "suspended", "reason": "x", "effective_on": "2026-01-05"}

    client.post(bulk(acme, "status"), {**rows, **move})
    client.post(bulk(acme, "status"), {"all": "1", "apply": "1", **move})

    given_away = client.post(bulk(acme, "owner"), {**rows, "owner": acme.admin.pk}, follow=True)

    assert "You see your own partners only" in given_away.content.decode()
    assert client.post(bulk(acme, "tier"), rows).status_code == 403
    with acme.scope():
        assert not AuditEntry.objects.exists()
    with beta.scope():
        assert not AuditEntry.objects.exists()


def test_channel_managers_neither_terminate_nor_reinstate_many(acme, client, twelve):
    client.force_login(MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER).user)
    with acme.scope():
        Partner.objects.filter(external_id="S01").update(status="terminated")
    day = {"reason": "x", "effective_on": "2026-01-05", "apply": "1"}

    ended = client.post(bulk(acme, "status"), {"row": ids(twelve["all"][2:3]), "status": "terminated", **day})
    client.post(bulk(acme, "status"), {"row": ids(twelve["all"][1:2]), "status": "onboarding", **day})

    assert ended.status_code == 422
    with acme.scope():
        assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "/t/other/partners/", "javascript:1"])
def test_the_way_back_stays_in_the_list(acme, manager_client, address, path):
    answer = manager_client.post(bulk(acme, "region"), {"path": path})

    assert answer.url == address


# --- Finding from elsewhere -----------------------------------------------------------------------------------------


def test_suggestions_and_the_palette_stay_within_reach(two_tenants, client, twelve):
    acme, _beta = two_tenants
    person = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True).user
    with acme.scope():
        Partner.objects.filter(external_id="S03").update(owner=person)
    suggestions = reverse("partners:partner_suggestions", kwargs={"tenant": acme.tenant.slug})
    palette = reverse("ui:palette", kwargs={"tenant": acme.tenant.slug})
    client.force_login(person)

    found = [client.get(suggestions, {"parent": "Shop"}), client.get(palette, {"q": "Shop"})]
    none = [client.get(suggestions, {"parent": "S"}), client.get(suggestions, {"parent": "Partner of beta"})]

    for page in found:
        assert "Shop 03" in page.content.decode()
        assert "Shop 04" not in page.content.decode()
    assert all("<option" not in page.content.decode() for page in none)


def test_the_palette_names_those_first_that_begin_with_the_letters(acme, rf, twelve):
    from partners.menu import find_partners
    from prm.access.permissions import Can

    request = rf.get("/")
    request.membership, request.tenant, request.can = None, acme.tenant, Can(frozenset({"partner:view"}))
    with acme.scope():
        PartnerFactory(name="A Shop 01 annex")
        found = [item.label for item in find_partners(request, "Shop 01")]
        request.can = Can(frozenset())
        nothing = find_partners(request, "Shop 01")

    assert found == ["Shop 01", "A Shop 01 annex"]
    assert nothing == []


# --- Nonsense -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        {"q": "a\x00b"},
        {"q": "%_\\'\"" * 50},
        {"status": "\x00", "owner": "\x00", "region": "\x00", "country": "\x00"},
        {"owner": "9" * 40, "region": "9" * 40, "specialisation": "9" * 40, "tier": "9" * 40, "partner_type": "x"},
        {"page": "9" * 40, "sort": "--name", "cols": "nothing,\x00"},
        {"page": "-1", "sort": "name__owner", "export": "pdf"},
    ],
)
def test_nonsense_in_the_address_breaks_nothing(acme, manager_client, address, query):
    suggestions = reverse("partners:partner_suggestions", kwargs={"tenant": acme.tenant.slug})
    timeline = reverse(
        "partners:partner_tab",
        kwargs={"tenant": acme.tenant.slug, "partner": acme.partner.public_id, "tab": "timeline"},
    )

    assert manager_client.get(address, query).status_code == 200
    assert manager_client.get(suggestions, {"parent": query.get("q", "\x00\x00")}).status_code == 200
    assert manager_client.get(timeline, {"kind": "\x00", "before": query.get("q", "\x00~1")}).status_code == 200


NONSENSE = {"row": ["\x00", "1"], "all": "1", "query": "q=%00&status=%00", "apply": "1"}


def test_nonsense_in_forms_comes_back(acme, manager_client):
    create = reverse("partners:partner_create", kwargs={"tenant": acme.tenant.slug})
    bad = {"name": "a\x00b", "partner_type": "9" * 40, "parent": "\x00", "owner": "9" * 40, "specialisations": ["x"]}

    assert manager_client.post(create, bad).status_code == 422


@pytest.mark.parametrize("what", ["owner", "status", "tier", "specialisation"])
def test_nonsense_in_a_selection_is_still_asked_what_for(acme, manager_client, what):
    answer = manager_client.post(bulk(acme, what), NONSENSE)

    assert answer.status_code == 422
    with acme.scope():
        assert not AuditEntry.objects.exists()


def test_nonsense_in_a_query_selects_everything_and_no_region_means_none(acme, manager_client, address):
    with acme.scope():
        partner = PartnerFactory(region=RegionFactory())

    answer = manager_client.post(bulk(acme, "region"), NONSENSE)

    assert (answer.status_code, answer.url) == (302, address)
    with acme.scope():
        assert not Partner.objects.exclude(region=None).exists()
        assert AuditEntry.objects.get(partner_id=partner.pk).changes["region"][1] is None
