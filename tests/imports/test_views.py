"""The wizard by HTTP, without script: upload, confirm, match, check, correct, import, take back."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from performance.models import Measurement
from performance.services.sources import create_source, retire_source
from prm.access.actor import SYSTEM
from prm.imports.lifecycle import ImportStatus
from prm.imports.models import ImportBatch, SavedMapping
from prm.notifications.models import Notification
from tests.factories.partners import PartnerFactory
from tests.factories.performance import KPIFactory

pytestmark = pytest.mark.django_db
SALES = (
    "Kundennr;Umsatz_netto;Datum;Beleg\nA1;48.213,50;30.09.2013;S1\nB2;1.204,00;29.09.2013;S2\nX9;12,00;31.09.2013;S3\n"
)


@pytest.fixture
def world(acme):
    with acme.scope():
        PartnerFactory(external_id="A1")
        PartnerFactory(external_id="B2")
        KPIFactory(code="REVENUE")
    return acme


@pytest.fixture
def wizard(world, manager_client, django_capture_on_commit_callbacks):
    """Posts to the screens of one import and runs the jobs they send."""

    class Wizard:
        batch = None

        def url(self, name):
            extra = {} if self.batch is None else {"batch": self.batch.public_id}
            return reverse(f"imports:{name}", kwargs={"tenant": world.tenant.slug, **extra})

        def post(self, name, data=None):
            with django_capture_on_commit_callbacks(execute=True):
                response = manager_client.post(self.url(name), data or {})
            if self.batch is not None:
                with world.scope():
                    self.batch = ImportBatch.objects.get(pk=self.batch.pk)
            return response

        def get(self, name, query=""):
            return manager_client.get(self.url(name) + query)

        def upload(self, content, kind="measurements", name="sales.csv"):
            self.batch = None
            data = content if isinstance(content, bytes) else content.encode()
            response = self.post("import_create", {"kind": kind, "file": SimpleUploadedFile(name, data)})
            with world.scope():
                self.batch = ImportBatch.objects.first()
            return response

    return Wizard()


def measured(world):
    with world.scope():
        return {row.external_id: str(row.value) for row in Measurement.objects.all()}


def answers(page):
    """What the form of a page would send as it stands."""
    html = page.content.decode()
    data = {}
    for select in re.finditer(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', select[2]) or re.search(
            r'<option value="([^"]*)"', select[2]
        )
        data[select[1]] = chosen[1]
    return data


def walk_to_check(wizard, content, **changes):
    wizard.upload(content)
    wizard.post("import_format", answers(wizard.get("import_format")))
    data = {**answers(wizard.get("import_columns")), "fixed_kpi": "REVENUE", "action": "check", **changes}
    return wizard.post("import_columns", data)


def test_the_whole_way(wizard, world):
    assert wizard.upload(SALES).status_code == 302
    page = wizard.get("import_format")
    assert answers(page) == {"encoding": "utf-8", "delimiter": ";"}

    assert wizard.post("import_format", answers(page)).status_code == 302
    page = wizard.get("import_columns")
    data = answers(page)
    assert [data[f"to_{index}"] for index in range(4)] == ["partner", "value", "occurred_on", "external_id"]
    assert (data["format_1"], data["format_2"]) == ("number:,", "date:%d.%m.%Y")

    refused = wizard.post("import_columns", {**data, "action": "check"})
    assert refused.status_code == 422
    assert "KPI is needed" in refused.content.decode()

    wizard.post("import_columns", {**data, "fixed_kpi": "REVENUE", "save_as": "ERP sales", "action": "check"})
    assert wizard.batch.status == ImportStatus.CHECKED
    preview = wizard.batch.preview
    assert (preview["created"], preview["bad_rows"], preview["rows"]) == (2, 1, 3)
    assert measured(world) == {}

    page = wizard.get("import_detail").content.decode()
    assert "September 2013 has 30 days" in page
    assert "Import 2 records" in page

    wizard.post("import_start", {"skip_bad_rows": "1"})
    assert wizard.batch.status == ImportStatus.IMPORTED
    assert measured(world) == {"S1": "48213.500000", "S2": "1204.000000"}
    assert "2 records created" in wizard.get("import_detail").content.decode()
    errors = b"".join(wizard.get("import_errors").streaming_content).decode("utf-8-sig").splitlines()
    assert errors[0] == "Kundennr,Umsatz_netto,Datum,Beleg,Row,Column,What is wrong"
    assert errors[1].startswith('X9,"12,00",31.09.2013,S3,4,Datum,')

    wizard.post("import_undo")
    assert wizard.batch.status == ImportStatus.UNDONE
    assert wizard.batch.result["undo"]["removed"] == 2
    assert measured(world) == {}
    with world.scope():
        assert SavedMapping.objects.get().name == "ERP sales"
        assert Notification.objects.filter(kind="import").count() == 2


def test_cells_are_corrected_on_screen(wizard, world):
    walk_to_check(wizard, SALES)
    with world.scope():
        fault = wizard.batch.faults.get()

    wizard.post("import_correct", {f"cell_{fault.pk}": "30.09.2013"})
    with world.scope():
        fault = wizard.batch.faults.get()
    assert (fault.column, fault.code) == ("Kundennr", "unknown_partner")

    wizard.post("import_correct", {f"cell_{fault.pk}": "B2"})
    assert wizard.batch.preview["bad_rows"] == 0
    wizard.post("import_start")
    assert measured(world)["S3"] == "12.000000"


def test_bad_rows_are_not_left_out_unasked(wizard, world):
    walk_to_check(wizard, SALES)

    wizard.post("import_start")

    assert wizard.batch.status == ImportStatus.CHECKED
    assert measured(world) == {}


def test_new_errors_since_the_check_stop_the_import(wizard, world):
    walk_to_check(wizard, SALES.replace("31.09", "30.09").replace("X9", "B2"))
    with world.scope():
        PartnerFactory._meta.model.objects.filter(external_id="A1").update(external_id="A1-old")

    wizard.post("import_start")

    assert wizard.batch.status == ImportStatus.CHECKED
    assert "1 more rows have errors" in wizard.batch.message
    assert measured(world) == {}


def test_what_came_out_otherwise_than_checked_is_said(wizard, world):
    rows = SALES.replace("31.09", "30.09").replace("X9", "B2")
    walk_to_check(wizard, rows)
    first = wizard.batch
    walk_to_check(wizard, rows)
    wizard.post("import_start")
    wizard.batch = first

    wizard.post("import_start")

    assert wizard.batch.status == ImportStatus.IMPORTED
    assert wizard.batch.result["since_check"] == [
        "0 records were created; the check had found 3.",
        "3 records were left unchanged; the check had found 0.",
    ]
    assert "Nothing changed" in wizard.get("import_detail").content.decode()


def test_an_unclear_date_has_to_be_chosen(wizard):
    wizard.upload("partner,value,date,id\nA1,5,01/02/2013,S1\nB2,6,03/04/2013,S2\n")
    wizard.post("import_format", answers(wizard.get("import_format")))
    page = wizard.get("import_columns")
    data = answers(page)

    assert data["format_2"] == ""
    assert "can be read in several ways" in page.content.decode()

    data |= {"fixed_kpi": "REVENUE", "action": "check"}
    assert wizard.post("import_columns", data).status_code == 422
    assert wizard.post("import_columns", {**data, "format_2": "date:%d/%m/%Y"}).status_code == 302
    assert wizard.batch.preview["created"] == 2


def test_a_mapping_written_as_text_fans_out(wizard, world):
    with world.scope():
        KPIFactory(code="ORDERS", aggregation="count")
    wizard.upload(SALES.replace("31.09", "30.09").replace("X9", "B2"))
    wizard.post("import_format", answers(wizard.get("import_format")))
    wizard.post("import_columns", {**answers(wizard.get("import_columns")), "fixed_kpi": "REVENUE", "action": "text"})
    text = wizard.get("import_mapping").context["form"].initial["text"]
    text += '- {partner: kundennr, kpi: ORDERS, occurred_on: datum, external_id: concat(beleg, "-O")}\n'

    assert wizard.post("import_mapping", {"text": text}).status_code == 302

    assert wizard.batch.preview["created"] == 6


def test_a_mistake_in_the_text_is_named(wizard):
    wizard.upload(SALES)
    wizard.post("import_format", answers(wizard.get("import_format")))
    wizard.post("import_columns", {**answers(wizard.get("import_columns")), "fixed_kpi": "REVENUE", "action": "text"})
    text = (
        wizard.get("import_mapping")
        .context["form"]
        .initial["text"]
        .replace("value: umsatz_netto", "value: umsatz_netot")
    )

    response = wizard.post("import_mapping", {"text": text})

    assert response.status_code == 422
    assert "Did you mean “umsatz_netto”" in response.content.decode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"%PDF-1.7 x", "PDF document"), (b"\x89PNG\r\n", "picture"), (b'{"a": 1}', "JSON")],
)
def test_what_is_no_table_is_refused_at_the_door(wizard, world, content, reason):
    response = wizard.upload(content)

    assert response.status_code == 422
    assert reason in response.content.decode()
    with world.scope():
        assert ImportBatch.objects.count() == 0


def test_lists_show_what_is_there(wizard, world, manager_client):
    assert "Nothing imported yet" in wizard.get("import_list").content.decode()
    walk_to_check(wizard, SALES, save_as="ERP sales")
    wizard.batch = None

    assert "sales.csv" in wizard.get("import_list").content.decode()
    assert "ERP sales" in wizard.get("mapping_list").content.decode()


def test_an_import_can_be_discarded(wizard, world):
    walk_to_check(wizard, SALES)

    wizard.post("import_discard")

    assert wizard.batch.status == ImportStatus.DISCARDED
    assert wizard.batch.file is None


def test_the_source_is_suggested_and_a_retired_one_is_refused_by_name(wizard, world):
    good = "Kundennr;Umsatz_netto;Datum;Beleg\nA1;48.213,50;30.09.2013;S1\n"
    with world.scope():
        create_source(actor=SYSTEM, code="datev", name="DATEV")
        retire_source(source=create_source(actor=SYSTEM, code="navision", name="Navision"), actor=SYSTEM)
    wizard.upload(good)
    wizard.post("import_format", answers(wizard.get("import_format")))

    columns = wizard.get("import_columns").content.decode()
    refused = walk_to_check(wizard, good, source="navision")
    walk_to_check(wizard, good, source="ledger")
    checked = wizard.get("import_detail").content.decode()

    assert '<option value="datev">DATEV</option>' in columns
    assert "navision" not in columns
    assert refused.status_code == 422
    assert "“navision” cannot be used. This source is retired." in refused.content.decode()
    assert "New source" in checked
    assert "ledger" in checked
