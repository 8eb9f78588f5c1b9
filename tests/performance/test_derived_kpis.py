"""KPIs that months cannot compose and KPIs made from others: the rules, how they are defined, and what moves them."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command

from partners.models import Programme
from performance.choices import RunKind, TemplateStatus
from performance.engine.recompute import RunRequest, run_engine
from performance.errors import KpiInUse
from performance.models import (
    KPI,
    DirtyPair,
    Measurement,
    PeriodActual,
    PeriodRow,
    Restatement,
    Scorecard,
    ScorecardTemplate,
)
from performance.queries.lines import lines_of_cards
from performance.rules.scoring import Fact, actual_of, formula_of, growth_of, quotient_of
from performance.services.kpis import create_kpi, update_kpi
from performance.services.periods import close_period
from prm.access.actor import SYSTEM
from prm.audit.models import AuditEntry
from prm.errors import InvalidInput
from prm.imports.expressions import parse
from tests.factories.partners import PartnerFactory
from tests.factories.performance import (
    BenchmarkFactory,
    KPIFactory,
    MeasurementFactory,
    ScorecardTemplateFactory,
    TemplateLineFactory,
)

pytestmark = pytest.mark.django_db

D = Decimal
DAY = date(2024, 6, 1)


def facts(*values, attribute=None):
    return [Fact(DAY, None if value is None else D(value), attributes={"sku": attribute}) for value in values]


@pytest.mark.parametrize(
    ("values", "median"),
    [
        ([3], 3),
        ([1, 9, 2], 2),
        ([1, 2], "1.5"),
        (["0.000001", "0.000002"], "0.000002"),
        ([-1, "-1.000001"], "-1.000001"),
    ],
)
def test_a_median_is_the_middle_value_or_the_mean_of_the_middle_two(values, median):
    assert actual_of("median", facts(*values)) == D(median)


def test_a_median_without_values_is_none():
    assert actual_of("median", []) is None
    assert actual_of("median", facts(None)) is None


def test_a_distinct_count_compares_texts_and_skips_facts_without_the_attribute():
    rows = [*facts(1, attribute="a"), *facts(1, attribute="A"), *facts(1, attribute="a"), *facts(1, attribute="")]

    assert actual_of("distinct", rows, attribute="sku") == 2
    assert actual_of("distinct", rows, attribute="colour") == 0
    assert actual_of("distinct", [], attribute="sku") is None


@pytest.mark.parametrize(
    ("value", "base", "growth"),
    [(120, 100, "0.2"), (90, 120, "-0.25"), (5, 0, None), (5, -1, None), (None, 5, None), (5, None, None), (0, 5, -1)],
)
def test_growth_needs_a_base_above_zero(value, base, growth):
    numbers = [None if number is None else D(number) for number in (value, base)]

    assert growth_of(*numbers) == (None if growth is None else D(growth))


def test_growth_and_quotient_take_the_multiplier_and_round_once():
    assert growth_of(D(2), D(3), multiplier=D(100)) == D("-33.333333")
    assert quotient_of(D(2), D(3), multiplier=D(100)) == D("66.666667")
    assert quotient_of(D(2), D(0)) is None
    assert quotient_of(None, D(1)) is None


def test_a_formula_is_none_where_null_goes_through_or_nothing_is_known():
    formula = parse("coalesce(A, 0) + B / C", ["A", "B", "C"])

    assert formula_of(formula, {"A": None, "B": D(1), "C": D(3)}) == D("0.333333")
    assert formula_of(formula, {"A": D(1), "B": D(1), "C": D(0)}) is None
    assert formula_of(parse("coalesce(A, 7)", ["A"]), {"A": None}) is None
    assert formula_of(parse("A * A", ["A"]), {"A": D(10) ** 12}) is None


# Defining


@pytest.fixture
def sales(in_scope):
    return create_kpi(actor=SYSTEM, code="SALES", name="Sales")


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"aggregation": "growth"}, "inputs", "Choose the one KPI"),
        ({"aggregation": "growth", "inputs": ["NOPE"]}, "inputs", "There is no KPI NOPE."),
        ({"aggregation": "growth", "inputs": ["NEW"]}, "inputs", "NEW cannot be made from itself."),
        ({"aggregation": "quotient", "inputs": ["SALES"]}, "inputs", "Choose two KPIs"),
        ({"aggregation": "sum", "inputs": ["SALES"]}, "inputs", "Only a growth"),
        ({"aggregation": "distinct"}, "attribute", "Name the attribute"),
        ({"aggregation": "sum", "attribute": "sku"}, "attribute", "Only a number of different values"),
        ({"aggregation": "sum", "formula": "SALES"}, "formula", "Only a KPI that is computed by a formula"),
        ({"aggregation": "formula", "formula": ""}, "formula", "empty"),
        ({"aggregation": "formula", "formula": "1 + 2"}, "formula", "at least one KPI"),
        ({"aggregation": "formula", "formula": "NEW + 1"}, "formula", "cannot be made from itself"),
        ({"aggregation": "formula", "formula": "SALEZ + 1"}, "formula", "SALEZ"),
        ({"aggregation": "formula", "formula": "SALES > 1"}, "formula", "must come to a number"),
        ({"aggregation": "formula", "formula": "SALES.__class__"}, "formula", ""),
        ({"aggregation": "formula", "formula": "abs(" * 13 + "SALES" + ")" * 13}, "formula", "12"),
        ({"aggregation": "formula", "formula": "SALES + " * 70 + "SALES"}, "formula", "500"),
        ({"aggregation": "growth", "inputs": ["SALES"], "value_max": D(1)}, "value_min", "no measurements"),
    ],
)
def test_a_definition_that_cannot_be_computed_is_refused_by_field_and_rule(sales, fields, field, words):
    with pytest.raises(InvalidInput) as refused:
        create_kpi(actor=SYSTEM, code="NEW", name="New", **fields)

    assert refused.value.field == field
    assert words in str(refused.value)
    assert KPI.objects.count() == 1


def test_inputs_are_kept_in_order_and_follow_the_formula(sales):
    create_kpi(actor=SYSTEM, code="COST", name="Cost")
    margin = create_kpi(
        actor=SYSTEM, code="MARGIN", name="Margin", aggregation="formula", formula="(SALES - COST) / SALES"
    )

    assert margin.input_codes == ["SALES", "COST"]

    update_kpi(kpi=margin, actor=SYSTEM, formula="COST * 2")

    margin.refresh_from_db()
    assert margin.input_codes == ["COST"]
    event = AuditEntry.objects.filter(action="kpi.updated").get()
    assert event.changes["inputs"] == [["SALES", "COST"], ["COST"]]


def test_a_circle_is_refused_with_its_path(sales):
    growth = create_kpi(actor=SYSTEM, code="GROWTH", name="Growth", aggregation="growth", inputs=["SALES"])
    create_kpi(actor=SYSTEM, code="TWICE", name="Twice", aggregation="formula", formula="GROWTH * 2")

    with pytest.raises(InvalidInput) as refused:
        update_kpi(kpi=growth, actor=SYSTEM, aggregation="formula", formula="TWICE / 2")

    assert (refused.value.code, refused.value.field) == ("circular_definition", "formula")
    assert "GROWTH → TWICE → GROWTH" in str(refused.value)
    growth.refresh_from_db()
    assert growth.input_codes == ["SALES"]


def test_a_new_aggregation_drops_what_belonged_to_the_former(sales):
    kpi = create_kpi(actor=SYSTEM, code="TWICE", name="Twice", aggregation="formula", formula="SALES * 2")

    update_kpi(kpi=kpi, actor=SYSTEM, aggregation="distinct", attribute="sku")

    kpi.refresh_from_db()
    assert (kpi.formula, kpi.input_codes, kpi.attribute) == ("", [], "sku")


def test_the_code_of_a_kpi_in_formulas_stays(sales):
    create_kpi(actor=SYSTEM, code="TWICE", name="Twice", aggregation="formula", formula="SALES * 2")

    with pytest.raises(KpiInUse):
        update_kpi(kpi=sales, actor=SYSTEM, code="TURNOVER")


# What moves them


@pytest.fixture
def growing(sales):
    """A card scored by growth and sales, and a partner with sales in two Junes."""
    growth = create_kpi(
        actor=SYSTEM, code="GROWTH", name="Growth", aggregation="growth", inputs=["SALES"], multiplier=D(100)
    )
    template = ScorecardTemplateFactory(programme=Programme.objects.get(is_default=True), period_kinds=["month"])
    for kpi in (growth, sales):
        TemplateLineFactory(template=template, kpi=kpi, weight=D(50))
        BenchmarkFactory(kpi=kpi)
    partner = PartnerFactory()
    for day, value in ((date(2023, 6, 5), 80), (date(2024, 6, 5), 100)):
        MeasurementFactory(kpi=sales, partner=partner, occurred_on=day, value=D(value))
    run_engine(RunRequest(kind=RunKind.MANUAL, mode="open", from_facts=True))
    return partner


def growth_line(partner, label):
    card = Scorecard.objects.get(partner=partner, period__label=label)
    return next(line for line in lines_of_cards([card.pk])[card.pk] if line.code == "GROWTH")


def correct(partner, day, value):
    fact = partner_fact(partner, day)
    fact.value = D(value)
    fact.save(update_fields=["value"])
    DirtyPair.objects.create(partner=partner, ym=fact.ym)


def partner_fact(partner, day):
    return Measurement.objects.get(partner=partner, occurred_on=day)


def test_a_line_shows_what_its_growth_was_computed_from(growing):
    line = growth_line(growing, "2024-06")

    assert line.actual == D(25)
    assert line.points == D(20)
    assert [(row.code, row.back, row.actual) for row in line.derivation.inputs] == [
        ("SALES", 0, D(100)),
        ("SALES", 12, D(80)),
    ]
    assert growth_line(growing, "2023-06").actual is None


def test_the_export_of_lines_names_the_inputs(growing):
    out = io.StringIO()
    call_command("export_scorecards", "--tenant", "acme", "--period", "2024-06", "--lines", stdout=out)

    assert {row["kpi"]: row["made_from"] for row in csv.DictReader(io.StringIO(out.getvalue()))} == {
        "GROWTH": "SALES=100.000000; SALES@-12=80.000000",
        "SALES": "",
    }


def test_an_earlier_fact_moves_the_growth_that_looks_back_at_it(growing):
    correct(growing, date(2023, 6, 5), 50)
    run = run_engine(RunRequest(kind=RunKind.CHANGES, mode="changes"))

    assert run.periods == ["2023-06", "2024-06"]
    assert growth_line(growing, "2024-06").actual == D(100)

    partner_fact(growing, date(2023, 6, 5)).delete()
    DirtyPair.objects.create(partner=growing, ym=2023 * 12 + 5)
    run_engine(RunRequest(kind=RunKind.CHANGES, mode="changes"))

    assert growth_line(growing, "2024-06").actual is None
    assert PeriodActual.objects.count() == 0


def test_an_earlier_fact_proposes_to_restate_a_closed_card_that_looks_back_at_it(growing):
    close_period(period=PeriodRow.objects.get(label="2024-06"), actor=SYSTEM)

    correct(growing, date(2023, 6, 5), 50)
    run_engine(RunRequest(kind=RunKind.CHANGES, mode="changes"))

    frozen = growth_line(growing, "2024-06")
    assert frozen.actual == D(25)
    assert [row.actual for row in frozen.derivation.inputs] == [D(100), D(80)]
    assert [row.scorecard.period.label for row in Restatement.objects.all()] == ["2024-06"]


def test_a_draft_has_its_actuals_from_the_next_run_on(growing, sales):
    published = ScorecardTemplate.objects.get()
    median = KPIFactory(code="MIDDLE", aggregation="median")
    sold = partner_fact(growing, date(2024, 6, 5))
    MeasurementFactory(kpi=median, partner=growing, occurred_on=sold.occurred_on, value=D(7))
    MeasurementFactory(kpi=median, partner=growing, occurred_on=sold.occurred_on, value=D(8))
    draft = ScorecardTemplateFactory(
        programme=published.programme, version=2, status=TemplateStatus.DRAFT, valid_from=None, published_at=None
    )
    TemplateLineFactory(template=draft, kpi=median)

    before = all_totals()
    run_engine(RunRequest(kind=RunKind.MANUAL, mode="open", from_facts=True))

    assert PeriodActual.objects.get(kpi=median, months=1).actual == D("7.5")
    assert all_totals() == before


def all_totals():
    return set(Scorecard.objects.values_list("partner", "period", "total", "coverage"))
