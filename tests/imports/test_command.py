"""`manage.py import_data`: outcomes, counts, errors, and that nothing is half-imported."""

import gzip
import io
import json
from datetime import date

import openpyxl
import pytest
from django.core.management import call_command

from partners.models import Partner
from performance.models import KPI, DirtyPair, Measurement, MeasurementHistory
from prm.imports.models import ImportBatch
from prm.tenancy.scope import tenant_scope
from tests.factories.partners import PartnerFactory, PartnerTypeFactory
from tests.factories.performance import KPIFactory

MAPPING = """
kind: measurements
source: erp
columns:
  reseller: Reseller
  amount: {header: Amount, type: number}
  ordered: {header: Ordered, type: date}
  order_no: Order
  line_no: Line
where: amount != 0
emit:
  - {partner: reseller, kpi: REVENUE, occurred_on: ordered, value: amount, external_id: concat(order_no, "-", line_no)}
  - {partner: reseller, kpi: ORDER_COUNT, occurred_on: ordered, value: 1, external_id: order_no, dedupe_on: order_no}
"""
ROWS = """Reseller,Amount,Ordered,Order,Line
A1,100.50,2013-01-15,SO1,1
A1,49.50,2013-01-15,SO1,2
B2,10,2013-04-01,SO2,1
B2,0,2013-04-01,SO2,2
"""


@pytest.fixture
def world(acme):
    with acme.scope():
        for number in ("A1", "B2"):
            PartnerFactory(external_id=number)
        KPIFactory(code="REVENUE")
        KPIFactory(code="ORDER_COUNT", aggregation="count")
    return acme


@pytest.fixture
def run(world, tmp_path):
    """Calls the command on texts; returns (exit code, result)."""

    def call(content, mapping=MAPPING, *flags, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        arguments = ["import_data", "--tenant", world.tenant.slug, "--json", str(path), *flags]
        if mapping is not None:
            (tmp_path / "mapping.yaml").write_text(mapping)
            arguments += ["--mapping", str(tmp_path / "mapping.yaml")]
        output, code = io.StringIO(), 0
        try:
            call_command(*arguments, stdout=output)
        except SystemExit as stop:
            code = stop.code
        return code, json.loads(output.getvalue())

    return call


def stored(tenant):
    with tenant_scope(tenant):
        return list(
            Measurement.objects.order_by("external_id").values_list("external_id", "partner__external_id", "value")
        )


def test_one_file_fans_out_into_several_kpis(run, tenant):
    code, result = run(ROWS)

    assert code == 0
    assert result == {
        "rows": 4, "created": 5, "updated": 0, "unchanged": 0, "skipped": 1, "file_error": None, "errors": [],
    }  # fmt: skip
    assert [(number, partner, str(value)) for number, partner, value in stored(tenant)] == [
        ("SO1", "A1", "1.000000"),
        ("SO1-1", "A1", "100.500000"),
        ("SO1-2", "A1", "49.500000"),
        ("SO2", "B2", "1.000000"),
        ("SO2-1", "B2", "10.000000"),
    ]


def test_the_same_file_again_changes_nothing_and_says_so(run, tenant):
    run(ROWS)
    with tenant_scope(tenant):
        DirtyPair.objects.all().delete()

    code, result = run(ROWS)

    assert code == 0
    assert (result["created"], result["updated"], result["unchanged"]) == (0, 0, 5)
    with tenant_scope(tenant):
        assert DirtyPair.objects.count() == 0
        assert MeasurementHistory.objects.count() == 0


def test_a_changed_value_updates_keeps_history_and_marks_both_pairs(run, tenant):
    run(ROWS)
    with tenant_scope(tenant):
        DirtyPair.objects.all().delete()

    _code, result = run(ROWS.replace("B2,10,2013-04-01", "A1,12,2013-05-01"))

    assert (result["created"], result["updated"], result["unchanged"]) == (0, 2, 3)
    with tenant_scope(tenant):
        assert set(DirtyPair.objects.values_list("partner__external_id", "ym")) == {
            ("B2", 2013 * 12 + 3),
            ("A1", 2013 * 12 + 4),
        }
        former = MeasurementHistory.objects.get(external_id="SO2-1")
        assert (former.partner.external_id, str(former.value)) == ("B2", "10.000000")


def test_a_bad_row_stops_everything(run, tenant):
    code, result = run(ROWS + "NOBODY,5,2013-04-01,SO3,1\nA1,x,2013-13-01,SO4,1\n")

    assert code == 1
    assert (result["created"], result["updated"], result["unchanged"]) == (0, 0, 0)
    assert [(error["row"], error["column"], error["value"], error["code"]) for error in result["errors"]] == [
        (6, "Reseller", "NOBODY", "unknown_partner"),
        (6, "Reseller", "NOBODY", "unknown_partner"),
        (7, "Amount", "x", "not_a_number"),
        (7, "Ordered", "2013-13-01", "impossible_date"),
    ]
    assert stored(tenant) == []
    with tenant_scope(tenant):
        assert ImportBatch.objects.count() == 0


def test_bad_rows_can_be_left_out(run, tenant):
    code, result = run(ROWS + "NOBODY,5,2013-04-01,SO3,1\n", MAPPING, "--skip-bad-rows")

    assert code == 0
    assert (result["created"], result["skipped"], len(result["errors"])) == (5, 2, 2)
    assert len(stored(tenant)) == 5


def test_a_dry_run_writes_nothing(run, tenant):
    code, result = run(ROWS, MAPPING, "--dry-run")

    assert (code, result["created"]) == (0, 5)
    assert stored(tenant) == []


def test_gzip_is_read_by_content(run):
    assert run(gzip.compress(ROWS.encode()))[1]["created"] == 5


def test_columns_of_the_template_need_no_mapping(run, world):
    with world.scope():
        PartnerTypeFactory(key="reseller")

    code, result = run("external_id,name,type,country\nC3,Velo Kantine,reseller,Germany\nC3b,Rad,reseller,XX\n", None)
    assert (code, [(error["column"], error["code"]) for error in result["errors"]]) == (
        1,
        [("country", "unknown_country")],
    )

    code, result = run("external_id,name,type,country\nC3,Velo Kantine,reseller,Germany\n", None)
    assert (code, result["created"]) == (0, 1)
    with world.scope():
        assert Partner.objects.get(external_id="C3").country == "DE"


@pytest.mark.parametrize("kind", ["partners", "contacts", "kpis", "benchmarks", "measurements"])
def test_every_kind_prints_its_template(kind, world, tmp_path):
    output = io.StringIO()

    call_command("import_data", "--template", kind, stdout=output)

    header = output.getvalue().splitlines()[0].split(",")
    assert len(header) > 3


def test_kpis_and_benchmarks_come_from_files(run, world):
    code, result = run("code,name,aggregation,unit,multiplier\non_time,On time,ratio,%,100\n", None)
    assert (code, result["created"]) == (0, 1)

    benchmarks = "kpi,period,valid_from,floor,target,stretch\nON_TIME,quarter,2013-01-01,80,95,99\n"
    code, result = run(benchmarks, None)
    assert (code, result["errors"], result["created"]) == (0, [], 1)
    assert run(benchmarks, None)[1]["unchanged"] == 1
    with world.scope():
        assert KPI.objects.get(code="ON_TIME").benchmarks.get().target == 95


def test_a_workbook_brings_typed_cells(run, world, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["partner", "kpi", "occurred_on", "value", "external_id"])
    book.active.append(["A1", "revenue", date(2013, 1, 5), 1234.5, 7])
    book.active.append(["A1", "revenue", "soon", "1,5", 8])
    book.save(tmp_path / "typed.xlsx")

    code, result = run((tmp_path / "typed.xlsx").read_bytes(), None, "--skip-bad-rows", name="typed.xlsx")

    assert (code, result["created"]) == (0, 1)
    assert [(error["row"], error["column"]) for error in result["errors"]] == [(3, "occurred_on")]
    assert [(number, str(value)) for number, _partner, value in stored(world.tenant)] == [("7", "1234.500000")]


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("", "empty"),
        ("partner,kpi,occurred_on,value\n", "no rows below it"),
        ("partner,partner,kpi,occurred_on,value\nA1,A1,REVENUE,2013-01-01,5\n", "2 times"),
        ("partner,kpi,value\nA1,REVENUE,5\n", "no column occurred_on"),
        ("partner,kpi,occurred_on,value\nA1,REVENUE,01/02/2013,5\n", "in several ways"),
        ("partner;kpi;occurred_on;value\nA1;REVENUE;2013-01-01;1,234\n", "decimal point or a decimal comma"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(run, world, content, part):
    code, result = run(content, None, "--kind", "measurements")

    assert code == 1
    assert part in result["file_error"]
    assert stored(world.tenant) == []


def test_a_mapping_that_does_not_fit_says_where(run):
    code, result = run(ROWS, MAPPING.replace("amount != 0", "amuont != 0"))

    assert code == 1
    assert "where: “amuont” is not a known name. Did you mean “amount”?" in result["file_error"]
