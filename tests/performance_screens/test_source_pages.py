"""Sources by user story: see who is late and why, describe what was found, type in for one, retire one."""

import contextlib
import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from performance.choices import SourceType
from performance.models import Measurement, MeasurementSource, SourceDelivery
from performance.services.deliveries import Brought, Origin, known_sources, put_down
from performance.services.sources import create_source, retire_source, set_source_rules
from performance.views.sources import SourceList
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import build

pytestmark = pytest.mark.django_db


def _url(name, source=None, **kwargs):
    extra = {} if source is None else {"measurement_source": source.public_id}
    return reverse(f"performance:{name}", kwargs={"tenant": "acme", **extra, **kwargs})


def _text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def scored(acme):
    with acme.scope():
        return build(acme)


@pytest.fixture
def sources(acme, scored):
    """One on time, one late by five days, one that was found."""
    with acme.scope():
        shop = create_source(actor=SYSTEM, code="shop", name="Shop", kind="api", expected_every=1, owner=acme.admin)
        survey = create_source(actor=SYSTEM, code="survey", name="Survey", kind="file", expected_every=7, grace_days=2)
        for code in ("shop", "survey"):
            origin = Origin(SourceType.API, "Key of the shop")
            put_down({code: Brought(created=1204)}, known=known_sources([code]), fed=(), origin=origin)
        then = timezone.now() - timedelta(days=12)
        SourceDelivery.objects.filter(source=survey).update(first_at=then, last_at=then, taken_at=then)
        return {"shop": shop, "survey": survey, "erp": MeasurementSource.objects.get(code="erp")}


def test_the_list_has_the_late_ones_first_and_a_tab_of_their_own(manager_client, sources):
    page = _text(manager_client.get(_url("source_list")))
    late = _text(manager_client.get(_url("source_list"), {"state": "late"}))
    new = _text(manager_client.get(_url("source_list"), {"described": "no"}))

    assert "Late by 5 days" in page
    assert page.index("survey</span>") < page.index("shop</span>")
    assert "1,204" in page
    assert ("survey</span>" in late, "shop</span>" in late) == (True, False)
    assert ("erp</span>" in new, "shop</span>" in new) == (True, False)


def test_the_export_has_what_the_list_has(manager_client, sources):
    text = b"".join(manager_client.get(_url("source_list"), {"export": "csv", "state": "late"})).decode()

    assert "Survey" in text
    assert "Late by 5 days" in text
    assert "Shop" not in text


def test_a_workspace_without_sources_says_what_belongs_here(manager_client, acme):
    page = _text(manager_client.get(_url("source_list")))

    assert str(SourceList.empty_title) in page
    assert _url("source_create") in page


def test_a_source_shows_what_came_from_whom_and_what_was_wrong(manager_client, acme, sources):
    with acme.scope():
        delivery = SourceDelivery.objects.get(source=sources["survey"])
        delivery.bad_rows, delivery.refused_calls = 1, 1
        delivery.errors = [{"row": 4, "column": "value", "value": "<b>much", "message": "This is not a number."}]
        delivery.save()

    page = _text(manager_client.get(_url("source_detail", sources["survey"])))

    assert "Late by 5 days" in page
    assert "Key of the shop" in page
    assert "Row 4, value: This is not a number." in page
    assert "&lt;b&gt;much" in page
    assert "1,204 new and changed rows in the last 26 weeks." in page
    assert "Show as table" in page


def test_days_or_weeks(manager_client, sources):
    days = _text(manager_client.get(_url("source_detail", sources["survey"]), {"by": "day"}))

    assert "1,204 new and changed rows in the last 30 days." in days


def test_a_found_source_is_described(manager_client, acme, sources, scored):
    address = _url("source_update", sources["erp"])
    before = _text(manager_client.get(_url("source_detail", sources["erp"])))

    values = {
        "name": "Group ERP",
        "kind": "product",
        "description": "Invoices",
        "expected_every": "1",
        "grace_days": "",
    }
    done = manager_client.post(address, {**values, "owner": acme.admin.pk, "kpis": [scored.revenue.pk]})
    after = _text(manager_client.get(_url("source_detail", sources["erp"])))

    assert "added by its first delivery" in before
    assert done.status_code == 302
    assert "Group ERP" in after
    assert "added by its first delivery" not in after
    assert scored.revenue.name in after


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"code": "Shop EU"}, "Use up to 40 small letters"),
        ({"code": "shop"}, "There is already a source shop."),
        ({"code": "visits", "kind": "manual"}, "begins with manual-"),
        ({"grace_days": "3", "expected_every": ""}, "Days of grace belong to a rhythm"),
        ({"expected_every": "0"}, "greater than or equal to 1"),
        ({"system_url": "javascript:alert(1)"}, "Enter a valid URL"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_kept(manager_client, sources, values, sentence):
    data = {"code": "new", "name": "New shop", "kind": "api", "expected_every": "7", "grace_days": "0", **values}

    page = manager_client.post(_url("source_create"), data)

    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert 'value="New shop"' in page.content.decode()


def test_a_new_source_is_added(manager_client, acme, sources):
    data = {"code": "wms", "name": "Warehouse", "kind": "file", "expected_every": "7", "grace_days": "1"}

    done = manager_client.post(_url("source_create"), data)

    with acme.scope():
        made = MeasurementSource.objects.get(code="wms")
    assert done.url == _url("source_detail", made)
    assert "Nothing has been delivered yet." in _text(manager_client.get(done.url))


def test_retiring_asks_first_and_can_be_taken_back(manager_client, acme, sources):
    asked = _text(manager_client.get(_url("source_retire", sources["shop"])))
    manager_client.post(_url("source_retire", sources["shop"]))
    retired = _text(manager_client.get(_url("source_detail", sources["shop"])))
    manager_client.post(_url("source_resume", sources["shop"]))

    assert "are refused from now on" in asked
    assert "This source is retired" in retired
    with acme.scope():
        assert MeasurementSource.objects.get(code="shop").is_active


def test_unknown_codes_are_refused_from_a_form(manager_client, acme, sources):
    manager_client.post(_url("source_rules"), {"unknown": "refuse"})

    assert "Codes that are not in this list are refused." in _text(manager_client.get(_url("source_list")))


def test_an_analyst_sees_sources_and_changes_none(client, acme, sources):
    client.force_login(MembershipFactory(tenant=acme.tenant, role=Role.ANALYST).user)

    page = _text(client.get(_url("source_detail", sources["shop"])))

    assert "Edit source" not in page
    assert client.post(_url("source_retire", sources["shop"])).status_code == 403
    assert client.post(_url("source_rules"), {"unknown": "refuse"}).status_code == 403


def test_a_measurement_and_a_receipt_name_their_source(manager_client, acme, sources, scored):
    with acme.scope():
        MeasurementSource.objects.filter(code="erp").update(name="Group ERP")
        measurement = Measurement.objects.filter(source="erp").first()
        partner = scored.world.partner
    kwargs = {"programme": "main", "period": "2024-Q2", "partner": partner.public_id}

    listed = _text(manager_client.get(_url("measurement_list"), {"source": "erp"}))
    none = _text(manager_client.get(_url("measurement_list"), {"source": "shop"}))
    detail = _text(manager_client.get(_url("measurement_detail", measurement=measurement.pk)))
    facts = _text(manager_client.get(_url("receipt_facts", **kwargs)))
    kpi = _text(manager_client.get(_url("kpi_detail", kpi=scored.revenue.public_id)))

    assert "Group ERP" in facts
    for page in (listed, detail, kpi):
        assert "Group ERP" in page
        assert _url("source_detail", sources["erp"]) in page
    assert _url("source_detail", sources["erp"]) not in none


def test_the_partner_reads_the_name_without_a_link(portal_client, acme, sources, scored):
    with acme.scope():
        MeasurementSource.objects.filter(code="erp").update(name="Group ERP")
        partner = scored.world.partner
    kwargs = {"tenant": "acme", "partner": partner.public_id, "programme": "main", "period": "2024-Q2"}

    page = _text(portal_client.get(reverse("portal:receipt_facts", kwargs=kwargs)))

    assert "Group ERP" in page
    assert "/sources/" not in page


def test_typing_in_offers_a_source_where_there_is_a_choice(manager_client, acme, scored):
    without = manager_client.get(_url("measurement_create")).content.decode()
    with acme.scope():
        create_source(actor=SYSTEM, code="manual-visits", name="Field visits", kind="manual")
        number = scored.world.partner.external_id
    data = {"kpi": scored.revenue.pk, "partner": number, "occurred_on": "2024-05-17", "value": "5", "note": "Seen."}

    done = manager_client.post(_url("measurement_create"), {**data, "source": "manual-visits"})
    wrong = manager_client.post(_url("measurement_create"), {**data, "source": "erp"})

    assert 'name="source"' not in without
    assert done.status_code == 302
    assert wrong.status_code == 422
    listed = _text(manager_client.get(_url("measurement_list"), {"manual": "yes"}))
    assert "Field visits" in listed
    assert "Manual" in listed


def test_the_import_offers_known_sources_and_refuses_a_retired_one_by_name(acme, scored, sources, tmp_path):
    with acme.scope():
        retire_source(source=sources["shop"], actor=SYSTEM)
        set_source_rules(actor=SYSTEM, refuses_unknown=True)
    path = tmp_path / "facts.csv"
    path.write_text(
        f"partner,kpi,occurred_on,value,external_id\n{scored.world.partner.external_id},REVENUE,2024-05-01,5,a1\n"
    )
    outcomes = {}
    for code in ("shop", "typo", "survey"):
        mapping = tmp_path / f"{code}.yaml"
        mapping.write_text(
            f"kind: measurements\nsource: {code}\n"
            "columns: {p: partner, k: kpi, d: {header: occurred_on, type: date}, v: {header: value, type: number},"
            " x: external_id}\n"
            "emit: [{partner: p, kpi: k, occurred_on: d, value: v, external_id: x}]\n"
        )
        outcomes[code] = _import(acme, path, mapping)

    assert outcomes["shop"].startswith("source: “shop” cannot be used. This source is retired.")
    assert outcomes["typo"].startswith("source: “typo” cannot be used. No source has this code.")
    assert outcomes["survey"] is None
    with acme.scope():
        assert Measurement.objects.get(external_id="a1").source == "survey"
        assert SourceDelivery.objects.filter(source=sources["survey"], channel="file").count() == 1


def _import(world, path, mapping):
    output = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("import_data", str(path), tenant=world.tenant.slug, mapping=mapping, json=True, stdout=output)
    return json.loads(output.getvalue())["file_error"]


def test_measurements_of_another_workspace_are_no_choice(client, two_tenants, sources):
    _acme, beta = two_tenants
    client.force_login(beta.admin)
    address = reverse("performance:source_list", kwargs={"tenant": "beta"})

    assert "Survey" not in _text(client.get(address))
