"""The kinds through the whole pass: upserts, row errors, lookups, and taking batches back."""

from datetime import date

import pytest

from partners.models import Contact, Partner, Region
from partners.services.partners import update_partner
from performance.models import KPI, Benchmark, Measurement, ScorecardTemplate
from prm.access.actor import SYSTEM
from prm.audit.models import AuditEntry
from prm.imports.kinds import get_kind
from prm.imports.mapping.load import load_yaml
from prm.imports.models import ImportBatch, ImportChange
from prm.imports.services.execution import Source, execute
from tests.factories.partners import PartnerFactory, PartnerTypeFactory, RegionFactory
from tests.factories.performance import KPIFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring_in(in_scope, tmp_path):
    """Imports a text with a mapping in the open scope; returns (run, batch)."""

    def call(kind, content, extra="", *, dry=False, skip_bad=False, files=None, permissions=None):
        (tmp_path / "file.csv").write_text(content)
        for name, text in (files or {}).items():
            (tmp_path / name).write_text(text)
        headers = content.splitlines()[0].split(",")
        columns = "".join(f"  {header}: {header}\n" for header in headers)
        mapping = load_yaml(f"kind: {kind}\ncolumns:\n{columns}{extra}")
        batch = ImportBatch.objects.create(kind=kind, file_name="file.csv")
        source = Source(tmp_path / "file.csv", {name: tmp_path / name for name in files or {}})
        run = execute(
            actor=SYSTEM,
            mapping=mapping,
            source=source,
            dry=dry,
            skip_bad=skip_bad,
            batch_id=batch.pk,
            permissions=permissions,
        )
        return run, batch

    return call


def counts(run):
    return tuple(run.outcomes[name] for name in ("created", "updated", "unchanged"))


def codes(run):
    return [(fault.row, fault.column, fault.code) for fault in run.kept_faults]


@pytest.fixture
def reseller(in_scope):
    return PartnerTypeFactory(key="reseller", name="Reseller")


def test_partners_are_created_updated_and_left_alone(bring_in, reseller):
    rows = "external_id,name,type,city\nN1,Alpha,reseller,Bonn\nN2,Beta,Reseller,\n"

    assert counts(bring_in("partners", rows)[0]) == (2, 0, 0)
    assert counts(bring_in("partners", rows)[0]) == (0, 0, 2)
    assert counts(bring_in("partners", rows.replace("Bonn", "Köln"))[0]) == (0, 1, 1)
    assert Partner.objects.get(external_id="N1").city == "Köln"


def test_partner_rows_with_mistakes_say_where(bring_in, reseller):
    rows = (
        "external_id,name,type,country,parent,email,status\n"
        ",NoNumber,reseller,,,,\n"
        "N1,,reseller,,,,\n"
        "N2,A,shop,,,,\n"
        "N3,A,reseller,Atlantis,,,\n"
        "N4,A,reseller,,NOBODY,,\n"
        "N5,A,reseller,,,not-an-address,\n"
        "N6,A,reseller,,,,asleep\n"
        "N7,A,reseller,,,,\n"
        "N7,A,reseller,,,,\n"
        "N8,=HYPERLINK(1),reseller,,,,\n"
    )

    run, _batch = bring_in("partners", rows)

    assert codes(run) == [
        (2, "external_id", "missing_value"),
        (3, "name", "missing_value"),
        (4, "type", "unknown_type"),
        (5, "country", "unknown_country"),
        (6, "parent", "unknown_partner"),
        (7, "email", "invalid"),
        (8, "status", "unknown_status"),
        (10, "external_id", "duplicate"),
        (11, "name", "formula"),
    ]
    assert not Partner.objects.filter(external_id__startswith="N").exists()
    assert not AuditEntry.objects.filter(action="partner.created", target_label="A").exists()


def test_good_rows_stay_when_bad_ones_may_be_left_out(bring_in, reseller):
    run, _batch = bring_in("partners", "external_id,name,type\nN1,A,reseller\nN2,B,shop\n", skip_bad=True)

    assert (counts(run), run.bad_rows) == ((1, 0, 0), 1)
    assert Partner.objects.filter(external_id__startswith="N").count() == 1


def test_a_check_leaves_nothing_behind(bring_in, reseller):
    run, _batch = bring_in("partners", "external_id,name,type,region\nN1,A,reseller,Nordland\n", dry=True)

    assert counts(run) == (1, 0, 0)
    assert run.effect == [("New regions", "Nordland")]
    assert not Partner.objects.filter(external_id="N1").exists()
    assert not Region.objects.filter(name="Nordland").exists()


def test_new_regions_need_the_permission(bring_in, reseller):
    run, _batch = bring_in(
        "partners", "external_id,name,type,region\nN1,A,reseller,Nordland\n", permissions=frozenset({"partner:edit"})
    )

    assert codes(run) == [(2, "region", "unknown_region")]


def test_a_lookup_joins_a_second_file(bring_in, reseller):
    mapping = (
        "lookups:\n  geo: {file: geo.csv, key: Id, on: geo, columns: {land: Land, town: Town}}\n"
        "emit: {external_id: number, name: name, type: reseller, country: land, city: town}\n"
    )
    rows = "number,name,geo\nN1,Alpha,7\nN2,Beta,8\nN3,Gamma,\n"

    run, _batch = bring_in(
        "partners", rows, mapping, files={"geo.csv": "Id,Land,Town\n7,Germany,Bonn\n"}, skip_bad=True
    )

    assert codes(run) == [(3, "geo", "lookup_missing")]
    assert (Partner.objects.get(external_id="N1").country, Partner.objects.get(external_id="N1").city) == ("DE", "Bonn")
    assert Partner.objects.get(external_id="N3").country == ""


def test_the_first_row_of_a_key_makes_the_partner(bring_in, reseller):
    extra = "emit: {external_id: vendor, name: vendor, type: reseller, dedupe_on: vendor}\n"

    run, _batch = bring_in("partners", "vendor,line\nA,1\nB,2\nA,3\n", extra)

    assert (counts(run), run.summary()["skipped"]) == ((2, 0, 0), 1)


def test_partners_are_taken_back(bring_in, reseller):
    PartnerFactory(external_id="N2", name="Old", city="Bonn")
    _run, batch = bring_in(
        "partners", "external_id,name,type,city\nN1,Alpha,reseller,Ulm\nN2,New,,Köln\nN3,Gamma,reseller,\n"
    )
    update_partner(partner=Partner.objects.get(external_id="N3"), actor=SYSTEM, city="Jena")

    report = get_kind("partners").undo(batch, SYSTEM)

    assert (report.removed, report.restored, report.kept_count) == (1, 1, 1)
    assert report.kept == [("N3 Gamma", "It was changed since.")]
    assert not Partner.objects.filter(external_id="N1").exists()
    restored = Partner.objects.get(external_id="N2")
    assert (restored.name, restored.city) == ("Old", "Bonn")


def test_a_partner_in_use_is_not_taken_back(bring_in, reseller):
    KPIFactory(code="REVENUE")
    _run, batch = bring_in("partners", "external_id,name,type\nN1,Alpha,reseller\n")
    bring_in("measurements", "partner,kpi,occurred_on,value\nN1,revenue,2013-01-01,5\n")

    report = get_kind("partners").undo(batch, SYSTEM)

    assert (report.removed, report.kept_count) == (0, 1)
    assert Partner.objects.filter(external_id="N1").exists()


def test_a_region_is_set_and_restored(bring_in, reseller):
    region = RegionFactory(key="dach", name="DACH")
    PartnerFactory(external_id="N1", name="Alpha", region=None)

    _run, batch = bring_in("partners", "external_id,region\nN1,dach\n")
    assert Partner.objects.get(external_id="N1").region == region

    get_kind("partners").undo(batch, SYSTEM)
    assert Partner.objects.get(external_id="N1").region is None


def test_contacts_are_found_again_and_taken_back(bring_in, in_scope):
    PartnerFactory(external_id="N1")
    rows = (
        "partner,full_name,email,roles\nN1,Hanna Lindner,Hanna@example.com,sales; technical\n"
        "N1,Nobody,,\nNX,A,a@example.com,\n"
    )

    run, batch = bring_in("contacts", rows, skip_bad=True)
    again, _batch = bring_in("contacts", rows, skip_bad=True)

    assert (counts(run), counts(again)) == ((1, 0, 0), (0, 0, 1))
    assert codes(run) == [(3, "email", "missing_value"), (4, "partner", "unknown_partner")]
    assert Contact.objects.get(email="hanna@example.com").roles == ["sales", "technical"]
    assert get_kind("contacts").undo(batch, SYSTEM).removed == 1
    assert not Contact.objects.filter(email="hanna@example.com").exists()


def test_kpis_and_benchmarks_are_taken_back(bring_in, in_scope):
    _run, kpis = bring_in("kpis", "code,name,aggregation,unit\nON_TIME,On time,ratio,%\n")
    _run, first = bring_in(
        "benchmarks", "kpi,period,valid_from,floor,target,stretch\non_time,month,2013-01-01,80,95,99\n"
    )
    _run, second = bring_in(
        "benchmarks", "kpi,period,valid_from,floor,target,stretch\non_time,month,2013-06-01,85,96,99\n"
    )
    assert get_kind("kpis").undo(kpis, SYSTEM).kept_count == 1

    get_kind("benchmarks").undo(second, SYSTEM)

    live = Benchmark.objects.get(withdrawn_at=None)
    assert (live.target, live.valid_to) == (95, None)
    assert get_kind("benchmarks").undo(first, SYSTEM).removed == 1


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("ON_TIME,month,2013-01-01,99,95,80", "invalid"),
        ("NOTHING,month,2013-01-01,80,95,99", "unknown_kpi"),
        ("ON_TIME,week,2013-01-01,80,95,99", "unknown_period"),
        ("ON_TIME,month,2013-02-30,80,95,99", "impossible_date"),
    ],
)
def test_benchmarks_that_cannot_be_are_refused(bring_in, row, code):
    KPIFactory(code="ON_TIME")

    run, _batch = bring_in("benchmarks", f"kpi,period,valid_from,floor,target,stretch\n{row}\n")

    assert [fault.row for fault in run.kept_faults] == [2]
    assert run.kept_faults[0].code in (code, "thresholds", "thresholds_out_of_order")
    assert not Benchmark.objects.exists()


def test_scorecard_lines_publish_one_version(bring_in, in_scope):
    KPIFactory(code="REVENUE")
    KPIFactory(code="ON_TIME")
    rows = "kpi,weight,section,valid_from\nREVENUE,60,Sales,2013-01-01\nON_TIME,40,Delivery,2013-01-01\n"

    run, _batch = bring_in("scorecards", rows)
    again, _batch = bring_in("scorecards", rows)

    assert (counts(run), counts(again)) == ((2, 0, 0), (0, 0, 2))
    assert ScorecardTemplate.objects.get().lines.count() == 2


def test_weights_that_do_not_total_100_are_refused(bring_in, in_scope):
    KPIFactory(code="REVENUE")

    run, _batch = bring_in("scorecards", "kpi,weight,valid_from\nREVENUE,60,2013-01-01\n")

    assert [(fault.row, fault.column) for fault in run.kept_faults] == [(2, "weight")]
    assert not ScorecardTemplate.objects.exists()


@pytest.fixture
def facts(in_scope):
    PartnerFactory(external_id="A1", name="Radhaus")
    KPIFactory(code="REVENUE", value_min=0, value_max=1000)
    KPIFactory(code="RATE", aggregation="ratio", is_share=True)
    KPIFactory(code="OLD", is_active=False)


def test_measurements_that_cannot_be_are_refused_with_row_and_column(bring_in, facts):
    rows = (
        "partner,kpi,occurred_on,value,weight,external_id\n"
        "A1,REVENUE,2013-01-01,5,,X1\n"
        "A2,REVENUE,2013-01-01,5,,X2\n"
        "A1,NOTHING,2013-01-01,5,,X3\n"
        "A1,OLD,2013-01-01,5,,X4\n"
        "A1,REVENUE,2013-01-01,1001,,X5\n"
        "A1,REVENUE,2013-01-01,-1,,X6\n"
        "A1,RATE,2013-01-01,3,2,X7\n"
        "A1,REVENUE,2013-01-01,5,,X1\n"
        "A1,REVENUE,2013-01-01,,,X9\n"
        "A1,REVENUE,2013-01-01,NaN,,X10\n"
        "A1,REVENUE,2013-01-01,123456789012345,,X11\n"
        "A1,REVENUE,2013-02-30,5,,X12\n"
        "A1,REVENUE,,5,,X13\n"
        f"A1,REVENUE,2013-01-01,5,,{'x' * 121}\n"
        "A1,REVENUE,2013-01-01,5,,\n"
    )

    run, _batch = bring_in("measurements", rows)

    assert sorted(codes(run)) == [
        (3, "partner", "unknown_partner"),
        (4, "kpi", "unknown_kpi"),
        (5, "kpi", "inactive_kpi"),
        (6, "value", "above_maximum"),
        (7, "value", "below_minimum"),
        (8, "value", "above_weight"),
        (9, "external_id", "duplicate_external_id"),
        (10, "value", "missing"),
        (11, "value", "not_finite"),
        (12, "value", "number_too_large"),
        (13, "occurred_on", "impossible_date"),
        (14, "occurred_on", "missing_value"),
        (15, "external_id", "too_long"),
        (16, "external_id", "missing"),
    ]
    assert not Measurement.objects.exists()


def test_an_unknown_partner_number_gets_the_closest_one_offered(bring_in, facts):
    PartnerFactory(external_id="105017", name="Velo Kantine")

    run, _batch = bring_in("measurements", "partner,kpi,occurred_on,value\n10501,REVENUE,2013-01-01,5\n")

    assert run.kept_faults[0].message.endswith("Did you mean 105017, Velo Kantine?")


def test_a_row_is_left_out_whole(bring_in, facts):
    extra = (
        "emit:\n- {partner: partner, kpi: REVENUE, occurred_on: day, value: amount, external_id: id}\n"
        '- {partner: partner, kpi: RATE, occurred_on: day, value: amount, weight: 10, external_id: concat(id, "-R")}\n'
    )

    run, _batch = bring_in(
        "measurements", "partner,day,amount,id\nA1,2013-01-01,5,X1\nA1,2013-01-01,50,X2\n", extra, skip_bad=True
    )

    assert (run.bad_rows, run.outcomes["created"]) == (1, 2)
    assert sorted(Measurement.objects.values_list("external_id", flat=True)) == ["X1", "X1-R"]


def test_without_record_numbers_a_day_holds_one_value(bring_in, facts):
    rows = "partner,kpi,occurred_on,value\nA1,REVENUE,2013-01-01,5\nA1,REVENUE,2013-01-02,6\n"

    assert counts(bring_in("measurements", rows)[0]) == (2, 0, 0)
    assert counts(bring_in("measurements", rows.replace(",6", ",7"))[0]) == (0, 1, 1)
    run, _batch = bring_in("measurements", rows + "A1,REVENUE,2013-01-01,9\n")
    assert codes(run) == [(4, "external_id", "duplicate_external_id")]


def test_measurements_are_taken_back_but_not_what_came_later(bring_in, facts):
    head = "partner,kpi,occurred_on,value,external_id\n"
    _run, first = bring_in("measurements", head + "A1,REVENUE,2013-01-01,1,X1\nA1,REVENUE,2013-01-01,2,X2\n")
    _run, second = bring_in("measurements", head + "A1,REVENUE,2013-01-01,5,X2\nA1,REVENUE,2013-01-01,6,X3\n")

    early = get_kind("measurements").undo(first, SYSTEM)
    late = get_kind("measurements").undo(second, SYSTEM)

    assert (early.removed, early.restored, early.kept_count) == (1, 0, 1)
    assert early.kept == [("A1, REVENUE, X2", "It was changed since.")]
    assert (late.removed, late.restored) == (1, 1)
    assert [(row.external_id, row.value) for row in Measurement.objects.all()] == [("X2", 2)]


def test_day_of_an_instant_is_the_workspaces(bring_in, facts, in_scope):
    in_scope.tenant.timezone = "Europe/Berlin"
    in_scope.tenant.save()
    mapping = "emit: {partner: partner, kpi: REVENUE, occurred_on: at, value: amount, external_id: id}\n"

    bring_in("measurements", "partner,at,amount,id\nA1,2013-03-31T22:30:00Z,5,X1\n", mapping)

    assert Measurement.objects.get().occurred_on == date(2013, 4, 1)


def test_imports_of_other_tenants_stay_out_of_sight(bring_in, reseller, two_tenants):
    bring_in("partners", "external_id,name,type\nN1,Alpha,reseller\n")

    with two_tenants[1].scope():
        assert not ImportBatch.objects.exists()
        assert not ImportChange.objects.exists()
        assert not KPI.objects.filter(code="REVENUE").exists()


def test_derived_kpis_come_from_a_file_and_are_taken_back(bring_in, in_scope):
    text = (
        "code,name,aggregation,inputs,compare_with,formula,attribute\n"
        "SALES,Sales,sum,,,,\n"
        "BUYERS,Buyers,distinct,,,,customer\n"
        "GROWTH,Growth,growth,sales,period,,\n"
        'PER_BUYER,Sales per buyer,quotient,"SALES, BUYERS",,,\n'
        "INDEX,Index,formula,,,GROWTH * 100 + 100,\n"
    )

    bring_in("kpis", text)

    assert {kpi.code: kpi.input_codes for kpi in KPI.objects.all()} == {
        "SALES": [],
        "BUYERS": [],
        "GROWTH": ["SALES"],
        "PER_BUYER": ["SALES", "BUYERS"],
        "INDEX": ["GROWTH"],
    }
    assert KPI.objects.get(code="GROWTH").compare_with == "period"
    assert counts(bring_in("kpis", text)[0]) == (0, 0, 5)

    _run, changed = bring_in("kpis", "code,aggregation,inputs\nGROWTH,growth,BUYERS\n")
    assert KPI.objects.get(code="GROWTH").input_codes == ["BUYERS"]
    get_kind("kpis").undo(changed, SYSTEM)
    assert KPI.objects.get(code="GROWTH").input_codes == ["SALES"]
