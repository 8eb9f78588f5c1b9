"""The commands that scripts rely on: their columns, their figures, their refusals."""

import csv
import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from partners.models import Programme
from performance.choices import Aggregation, Direction
from performance.models import DirtyPair, Scorecard
from performance.services.ingest import MeasurementRow, record_measurements
from prm.access.actor import SYSTEM
from tests.factories.performance import (
    BenchmarkFactory,
    KPIFactory,
    ScorecardTemplateFactory,
    TemplateLineFactory,
)

pytestmark = pytest.mark.django_db


def golden_card(world):
    """The worked example: revenue 420 of 500, defects 2.5 % with target 1, no CSAT, training 88 of 90."""
    template = ScorecardTemplateFactory(
        programme=Programme.objects.get(), points_at_target=Decimal(100), period_kinds=["quarter"], name="Golden"
    )
    figures = [
        ("REVENUE", Aggregation.SUM, Direction.HIGHER, 40, (0, 500, 500)),
        ("DEFECTS", Aggregation.RATIO, Direction.LOWER, 20, (5, 1, 1)),
        ("CSAT", Aggregation.AVERAGE, Direction.HIGHER, 15, (1, 5, 5)),
        ("TRAINING", Aggregation.LAST, Direction.HIGHER, 25, (60, 90, 90)),
        ("EXTRA", Aggregation.SUM, Direction.HIGHER, 0, None),
    ]
    for position, (code, aggregation, direction, weight, marks) in enumerate(figures, start=1):
        kpi = KPIFactory(
            code=code, aggregation=aggregation, direction=direction, multiplier=100 if code == "DEFECTS" else 1
        )
        if marks:
            BenchmarkFactory(kpi=kpi, period_kind="quarter", floor=marks[0], target=marks[1], stretch=marks[2])
        TemplateLineFactory(template=template, kpi=kpi, weight=weight, position=position)
    facts = [
        ("revenue", "2013-04-02", "400", None),
        ("REVENUE", "2013-06-30", "20", None),
        ("DEFECTS", "2013-05-01", "1", "40"),
        ("TRAINING", "2013-04-01", "99", None),
        ("TRAINING", "2013-04-02", "88", None),
        ("EXTRA", "2013-04-02", "7", None),
    ]
    record_measurements(
        [
            MeasurementRow(number, world.partner.external_id, kpi, day, value, weight, str(number), "erp")
            for number, (kpi, day, value, weight) in enumerate(facts)
        ],
        actor=SYSTEM,
    )


def printed(command, *arguments):
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_recompute_prints_its_manifest_and_a_second_one_writes_nothing(in_scope):
    golden_card(in_scope)

    first = json.loads(printed("recompute", "--tenant", "acme", "--json"))
    second = json.loads(printed("recompute", "--tenant", "acme", "--all", "--json"))

    assert first["counts"]["created"] == 1
    assert first["periods"] == ["2013-Q2"]
    assert second["counts"]["created"] == second["counts"]["updated"] == 0
    assert second["output_hash"] == first["output_hash"]
    assert DirtyPair.objects.count() == 0


def test_recompute_of_one_period(in_scope):
    golden_card(in_scope)

    assert "2013-Q2" in printed("recompute", "--tenant", "acme", "--period", "2013-Q2")
    with pytest.raises(CommandError, match="is not a period"):
        printed("recompute", "--tenant", "acme", "--period", "2013-W2")
    with pytest.raises(CommandError, match="no tenant"):
        printed("recompute", "--tenant", "nobody")


def test_export_of_the_golden_card(in_scope):
    golden_card(in_scope)
    printed("recompute", "--tenant", "acme")

    text = printed("export_scorecards", "--tenant", "acme", "--period", "2013-Q2")

    partner = in_scope.partner.external_id
    assert text.splitlines() == [
        "partner,period,template,total,coverage,rated,grade,rank,cohort,percentile,delta",
        f"{partner},2013-Q2,Golden 1,81.6863,0.8500,true,B,1,1,100.00,",
    ]


def test_export_of_lines_has_a_row_for_every_kpi(in_scope):
    golden_card(in_scope)
    printed("recompute", "--tenant", "acme")

    rows = list(
        csv.DictReader(io.StringIO(printed("export_scorecards", "--tenant", "acme", "--period", "2013-Q2", "--lines")))
    )

    assert [row["kpi"] for row in rows] == ["REVENUE", "DEFECTS", "CSAT", "TRAINING", "EXTRA"]
    assert [row["points"] for row in rows] == ["84.0000", "62.5000", "", "93.3333", ""]
    assert [row["contribution"] for row in rows] == ["39.5294", "14.7059", "", "27.4510", ""]
    assert [row["actual"] for row in rows] == ["420.000000", "2.500000", "", "88.000000", "7.000000"]
    assert rows[4]["target"] == ""
    assert Scorecard.objects.get().total == Decimal("81.6863")


def test_export_as_json(in_scope):
    golden_card(in_scope)
    printed("recompute", "--tenant", "acme")

    (card,) = json.loads(printed("export_scorecards", "--tenant", "acme", "--period", "2013-Q2", "--format", "json"))

    assert (card["total"], card["rated"], card["rank"], card["delta"]) == (81.6863, True, 1, None)
