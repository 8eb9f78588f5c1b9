"""Taking measurements in: what is accepted, what is refused and why, what is kept and what is marked."""

from decimal import Decimal

import pytest

from performance.choices import Aggregation
from performance.models import DirtyPair, Measurement, MeasurementHistory
from performance.services.ingest import (
    MESSAGES,
    Ingest,
    IngestCounts,
    MeasurementRow,
    record_measurements,
    undo_measurements,
)
from prm.access.actor import SYSTEM
from prm.errors import InvalidInput
from tests.factories.partners import PartnerFactory
from tests.factories.performance import KPIFactory

pytestmark = pytest.mark.django_db

MAY = 2024 * 12 + 4


def row(number=2, **changes):
    values = {
        "partner": "P1",
        "kpi": "REVENUE",
        "occurred_on": "2024-05-17",
        "value": "10.5",
        "weight": None,
        "external_id": f"x{number}",
        "source": "erp",
    }
    return MeasurementRow(row=number, **{**values, **changes})


@pytest.fixture
def world(in_scope):
    PartnerFactory(external_id="P1")
    PartnerFactory(external_id="P2")
    KPIFactory(code="REVENUE")
    return in_scope


def ingest(rows, *, batch_id=None):
    with Ingest() as intake:
        intake.stage(rows)
        intake.check()
        return intake.commit(batch_id=batch_id)


def pairs():
    return {(pair.partner.external_id, pair.ym): pair.gen for pair in DirtyPair.objects.select_related("partner")}


def test_new_rows_are_written_and_their_pairs_marked_once(world):
    counts = ingest([row(2), row(3, occurred_on="2024-05-01"), row(4, partner="P2", kpi="revenue")])

    assert counts == IngestCounts(rows=3, created=3, updated=0, unchanged=0, skipped=0, errors=0)
    assert pairs() == {("P1", MAY): 1, ("P2", MAY): 1}
    assert Measurement.objects.get(external_id="x2").value == Decimal("10.5")


def test_the_same_rows_again_write_nothing_and_mark_nothing(world):
    ingest([row(2)])
    DirtyPair.objects.all().delete()

    counts = ingest([row(2)])

    assert (counts.created, counts.updated, counts.unchanged) == (0, 0, 1)
    assert pairs() == {}
    assert MeasurementHistory.objects.count() == 0


def test_a_change_keeps_the_former_value_and_marks_the_old_and_the_new_pair(world):
    ingest([row(2)], batch_id=1)
    DirtyPair.objects.all().delete()

    counts = ingest([row(2, partner="P2", occurred_on="2024-06-01", value="11")], batch_id=2)

    former = MeasurementHistory.objects.get()
    assert (counts.created, counts.updated) == (0, 1)
    assert (former.value, former.batch_id, former.replaced_by_batch_id) == (Decimal("10.5"), 1, 2)
    assert pairs() == {("P1", MAY): 1, ("P2", MAY + 1): 1}
    assert Measurement.objects.get().batch_id == 2


def test_a_pair_marked_again_gets_a_new_generation(world):
    ingest([row(2)])
    ingest([row(3)])

    assert pairs() == {("P1", MAY): 2}


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"partner": None}, "partner", "missing"),
        ({"partner": "P9"}, "partner", "unknown_partner"),
        ({"kpi": ""}, "kpi", "missing"),
        ({"kpi": "PROFIT"}, "kpi", "unknown_kpi"),
        ({"kpi": "OLD"}, "kpi", "inactive_kpi"),
        ({"external_id": None}, "external_id", "missing"),
        ({"external_id": "x" * 121}, "external_id", "too_long"),
        ({"source": "s" * 41}, "source", "too_long"),
        ({"occurred_on": None}, "occurred_on", "missing"),
        ({"occurred_on": "2024-02-30"}, "occurred_on", "bad_date"),
        ({"occurred_on": "yesterday"}, "occurred_on", "bad_date"),
        ({"occurred_on": "17.05.2024"}, "occurred_on", "bad_date"),
        ({"occurred_on": "1024-05-17"}, "occurred_on", "date_out_of_range"),
        ({"occurred_at": "noon"}, "occurred_at", "bad_time"),
        ({"value": None}, "value", "missing"),
        ({"value": "ten"}, "value", "bad_number"),
        ({"value": "NaN"}, "value", "bad_number"),
        ({"value": "Infinity"}, "value", "bad_number"),
        ({"value": "1,000.00"}, "value", "bad_number"),
        ({"value": "0x1F"}, "value", "bad_number"),
        ({"value": "1e14"}, "value", "number_too_large"),
        ({"value": "100000000000000"}, "value", "number_too_large"),
        ({"weight": "x"}, "weight", "bad_number"),
        ({"weight": "-1"}, "weight", "negative_weight"),
        ({"kpi": "CSAT", "value": "5.01"}, "value", "above_maximum"),
        ({"kpi": "CSAT", "value": "0.99"}, "value", "below_minimum"),
        ({"kpi": "ON_TIME", "value": "3", "weight": "2"}, "value", "above_weight"),
        ({"kpi": "ON_TIME", "value": None, "weight": None}, "value", "missing"),
        ({"attributes": "[1]"}, "attributes", "bad_attributes"),
        ({"attributes": "{"}, "attributes", "bad_attributes"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(world, changes, column, code):
    KPIFactory(code="OLD", is_active=False)
    KPIFactory(code="CSAT", aggregation=Aggregation.AVERAGE, value_min=1, value_max=5)
    KPIFactory(code="ON_TIME", aggregation=Aggregation.RATIO, is_share=True)

    with Ingest() as intake:
        intake.stage([row(2), row(7, **changes)])
        counts = intake.check()
        errors = list(intake.errors())

    assert counts.errors == 1
    assert [(error.row, error.column, error.code) for error in errors] == [(7, column, code)]
    assert errors[0].message == str(MESSAGES[code])
    with pytest.raises(InvalidInput) as refusal:
        record_measurements([row(2), row(7, **changes)], actor=SYSTEM)
    assert refusal.value.code == code
    assert Measurement.objects.count() == 0


def test_a_number_may_be_written_in_any_plain_way(world):
    ingest([row(2, value="+1.50"), row(3, value=".5"), row(4, value="1e3"), row(5, value="0.1234565")])

    values = {fact.external_id: fact.value for fact in Measurement.objects.all()}
    assert values == {"x2": Decimal("1.5"), "x3": Decimal("0.5"), "x4": Decimal(1000), "x5": Decimal("0.123457")}


def test_an_external_number_twice_in_one_intake_is_an_error_of_the_later_row(world):
    with Ingest() as intake:
        intake.stage([row(2, external_id="a"), row(3, external_id="a"), row(4, external_id="a", source="crm")])
        intake.check()
        assert [(error.row, error.code) for error in intake.errors()] == [(3, "duplicate_external_id")]


def test_dedupe_keeps_the_first_row_on_purpose(world):
    counts = ingest(
        [row(number, external_id="order-1", dedupe_key="order-1", value=str(number)) for number in (2, 3, 4)]
    )

    assert (counts.created, counts.skipped, counts.errors) == (1, 2, 0)
    assert Measurement.objects.get().value == 2


def test_a_count_needs_no_value(world):
    KPIFactory(code="ORDERS", aggregation=Aggregation.COUNT)

    ingest([row(2, kpi="ORDERS", value=None)])

    assert Measurement.objects.get().value == 1


def test_preview_says_what_would_happen(world):
    ingest([row(2), row(3)])

    with Ingest() as intake:
        intake.stage([row(2), row(3, value="7"), row(4)])
        counts = intake.check(preview=True)

    assert (counts.created, counts.updated, counts.unchanged) == (1, 1, 1)
    assert Measurement.objects.count() == 2


def test_text_arrives_as_it_is(world):
    nasty = 'a,"b"\n\\c; DROP TABLE x;--=1+1'

    ingest([row(2, external_id=nasty, attributes='{"note": "50 %s"}')])

    fact = Measurement.objects.get()
    assert (fact.external_id, fact.attributes) == (nasty, {"note": "50 %s"})


def test_undo_removes_new_rows_restores_changed_ones_and_keeps_what_changed_since(world):
    ingest([row(2), row(3)], batch_id=1)
    ingest([row(2, value="20"), row(3, value="30"), row(4), row(5)], batch_id=2)
    ingest([row(3, value="33"), row(5, value="55")], batch_id=3)
    DirtyPair.objects.all().delete()

    counts = undo_measurements(batch_id=2)

    values = {fact.external_id: fact.value for fact in Measurement.objects.all()}
    assert (counts.removed, counts.restored, counts.kept) == (1, 1, 2)
    assert values == {"x2": Decimal("10.5"), "x3": Decimal(33), "x5": Decimal(55)}
    assert pairs() == {("P1", MAY): 1}
    assert undo_measurements(batch_id=2).removed == 0


def test_another_tenants_partner_is_unknown(two_tenants):
    acme, beta = two_tenants
    with beta.scope():
        PartnerFactory(external_id="THEIRS")
        KPIFactory(code="REVENUE")
    with acme.scope():
        KPIFactory(code="REVENUE")
        with pytest.raises(InvalidInput) as refusal:
            record_measurements([row(2, partner="THEIRS")], actor=SYSTEM)

    assert refusal.value.code == "unknown_partner"
