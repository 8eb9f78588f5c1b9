"""Benchmarks that follow from the own past or the cohort: by hand, through closing, restating, receipts and changes."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from partners.models import Programme
from performance.choices import BenchmarkBasis, Direction, RunKind
from performance.engine.recompute import RunRequest, run_engine
from performance.models import Benchmark, CohortActuals, Measurement, PeriodRow, Restatement, Scorecard
from performance.queries import aggregates
from performance.queries.cards import CardFilter
from performance.queries.lines import lines_of_cards
from performance.queries.restatements import explain
from performance.screens.scorecard import build_scorecard, policy_note
from performance.services.benchmarks import set_benchmark
from performance.services.kpis import create_kpi
from performance.services.periods import close_period
from performance.services.restatements import apply_restatements, work_out_proposals
from performance.services.templates import LineSpec, SectionSpec, TemplateSpec, draft_template, publish_template
from prm.access.actor import SYSTEM
from prm.errors import InvalidInput
from tests.factories.partners import PartnerFactory
from tests.factories.performance import BenchmarkFactory, KPIFactory
from tests.performance_screens.conftest import LONG_AGO, measure

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def sales(in_scope):
    """One KPI that is the whole scorecard of months and quarters, without a benchmark yet."""
    kpi = create_kpi(actor=SYSTEM, code="SALES", name="Sales", unit="EUR", decimals=0)
    spec = TemplateSpec(
        sections=[SectionSpec("all", "All", [LineSpec(kpi, D(100))])], settings={"period_kinds": ["month", "quarter"]}
    )
    programme = Programme.objects.get(is_default=True)
    template = draft_template(programme=programme, actor=SYSTEM, name="Sales", spec=spec)
    publish_template(template=template, actor=SYSTEM, valid_from=LONG_AGO)
    return kpi


def expect(kpi, basis, numbers=("90", "110", "125"), **more):
    floor, target, stretch = map(D, numbers)
    return set_benchmark(
        actor=SYSTEM,
        kpi=kpi,
        period_kind="quarter",
        valid_from=LONG_AGO,
        basis=basis,
        floor=floor,
        target=target,
        stretch=stretch,
        **more,
    ).benchmark


def sell(kpi, partner, day, value):
    measure([(partner, kpi, day, str(value), None)])


def score():
    run_engine(RunRequest(kind=RunKind.CHANGES, mode="changes"))
    run_engine(RunRequest(kind=RunKind.MANUAL, mode="open"))


def card_of(partner, label):
    return Scorecard.objects.select_related("period", "template", "programme", "partner_type", "tier").get(
        partner=partner, period__label=label
    )


def row_of(partner, label):
    """The line as the receipt shows it."""
    (row,) = build_scorecard(card_of(partner, label), partner, is_portal=False).rows
    return row


def test_110_percent_of_the_same_quarter_a_year_earlier(in_scope, sales):
    """Base 240: floor 216, target 264, stretch 300. 282 is halfway from target to stretch: 80 + 20 * 0.5 = 90."""
    expect(sales, BenchmarkBasis.OWN_YEAR)
    sell(sales, in_scope.partner, "2023-02-10", 240)
    sell(sales, in_scope.partner, "2024-02-10", 282)

    score()

    row = row_of(in_scope.partner, "2024-Q1")
    assert (row.line.floor, row.line.target, row.line.stretch) == (D(216), D(264), D(300))
    assert card_of(in_scope.partner, "2024-Q1").total == D(90)
    note = row.relative_note.replace("\N{NARROW NO-BREAK SPACE}", "")
    assert note == "90%, 110%, 125% of the own result in 2023-Q1, €240."


def test_percent_of_the_period_before(in_scope, sales):
    """Base 200 of the quarter before: target 220; exactly reached gives 80."""
    expect(sales, BenchmarkBasis.OWN_PERIOD)
    sell(sales, in_scope.partner, "2023-11-10", 200)
    sell(sales, in_scope.partner, "2024-02-10", 220)

    score()

    assert card_of(in_scope.partner, "2024-Q1").total == D(80)


@pytest.mark.parametrize(
    ("base", "words"),
    [
        (None, "and there was none, so the KPI is not scored."),
        (0, "That was €0, and a part of it is no expectation"),
        (-5, "and a part of it is no expectation"),
    ],
)
def test_without_a_base_the_line_has_no_benchmark_and_says_why(in_scope, sales, base, words):
    expect(sales, BenchmarkBasis.OWN_YEAR)
    if base is not None:
        sell(sales, in_scope.partner, "2023-02-10", base)
    sell(sales, in_scope.partner, "2024-02-10", 282)

    score()

    card = card_of(in_scope.partner, "2024-Q1")
    row = row_of(in_scope.partner, "2024-Q1")
    assert (card.total, card.coverage, card.rated) == (None, None, False)
    assert (row.line.state, row.line.benchmark_id, row.line.actual) == ("no_benchmark", None, D(282))
    assert words in policy_note(row)


def test_a_more_specific_benchmark_without_base_does_not_fall_back(in_scope, sales):
    """R4 chooses first; what the chosen one follows from comes after."""
    expect(sales, BenchmarkBasis.ABSOLUTE, ("0", "100", "120"))
    expect(sales, BenchmarkBasis.OWN_YEAR, partner=in_scope.partner)
    other = PartnerFactory(partner_type=in_scope.partner.partner_type)
    for partner in (in_scope.partner, other):
        sell(sales, partner, "2024-02-10", 100)

    score()

    assert card_of(in_scope.partner, "2024-Q1").total is None
    assert card_of(other, "2024-Q1").total == D(80)


def test_lower_is_better_than_the_own_past(in_scope, sales):
    """Base 50: floor 60, target 50, stretch 40. 45 is halfway: 90."""
    defects = create_kpi(actor=SYSTEM, code="DEFECTS", name="Defects", direction=Direction.LOWER)
    template = draft_template(
        programme=Programme.objects.get(is_default=True),
        actor=SYSTEM,
        name="Quality",
        spec=TemplateSpec(
            sections=[SectionSpec("all", "All", [LineSpec(defects, D(100))])], settings={"period_kinds": ["quarter"]}
        ),
    )
    publish_template(template=template, actor=SYSTEM, valid_from=date(2023, 1, 1))
    expect(defects, BenchmarkBasis.OWN_YEAR, ("120", "100", "80"))
    sell(defects, in_scope.partner, "2023-02-10", 50)
    sell(defects, in_scope.partner, "2024-02-10", 45)

    score()

    assert card_of(in_scope.partner, "2024-Q1").total == D(90)


@pytest.fixture
def cohort(in_scope, sales):
    """Six similar partners sold 10, 20, 30, 40, 50, 60 in a closed quarter that was scored by values."""
    expect(sales, BenchmarkBasis.ABSOLUTE, ("0", "50", "100"))
    partners = [in_scope.partner, *PartnerFactory.create_batch(5, partner_type=in_scope.partner.partner_type)]
    for place, partner in enumerate(partners, start=1):
        sell(sales, partner, "2023-11-10", place * 10)
        sell(sales, partner, "2024-02-10", 40)
    score()
    return partners


def percentiles(kpi):
    return set_benchmark(
        actor=SYSTEM,
        kpi=kpi,
        period_kind="quarter",
        valid_from=date(2024, 1, 1),
        basis=BenchmarkBasis.COHORT,
        floor=D(25),
        target=D(50),
        stretch=D(90),
    ).benchmark


def test_percentiles_of_the_last_closed_period(in_scope, sales, cohort):
    """Of six P25 is the 2nd: 20; P50 the 3rd: 30; P90 the 6th: 60. 40 is a third of the way: 80 + 20/3 = 86.6667."""
    percentiles(sales)
    score()
    row = row_of(in_scope.partner, "2024-Q1")
    assert card_of(in_scope.partner, "2024-Q1").total is None
    assert "none is closed yet" in policy_note(row)

    close_period(period=PeriodRow.objects.get(label="2023-Q4"), actor=SYSTEM)
    score()

    row = row_of(in_scope.partner, "2024-Q1")
    assert CohortActuals.objects.get().actuals == [D(n) for n in (10, 20, 30, 40, 50, 60)]
    assert (row.line.floor, row.line.target, row.line.stretch) == (D(20), D(30), D(60))
    assert card_of(in_scope.partner, "2024-Q1").total == D("86.6667")
    assert row.relative_note == "P25, P50, P90 of the results of 6 similar partners in 2023-Q4."


def test_a_late_fact_moves_nothing_until_its_card_is_restated(in_scope, sales, cohort):
    percentiles(sales)
    close_period(period=PeriodRow.objects.get(label="2023-Q4"), actor=SYSTEM)
    sell(sales, cohort[2], "2023-12-20", 12)
    score()
    assert row_of(in_scope.partner, "2024-Q1").line.target == D(30)

    work_out_proposals(tenant=in_scope.tenant)
    apply_restatements(restatements=Restatement.objects.filter(settled_at=None), actor=SYSTEM, reason="Late invoice")
    score()

    assert row_of(in_scope.partner, "2024-Q1").line.target == D(40)


def test_fewer_than_five_give_no_benchmark(in_scope, sales, cohort):
    percentiles(sales)
    for partner in cohort[4:]:
        Measurement.objects.filter(partner=partner, occurred_on__year=2023).delete()
    run_engine(RunRequest(kind=RunKind.MANUAL, mode="open", from_facts=True))
    close_period(period=PeriodRow.objects.get(label="2023-Q4"), actor=SYSTEM)
    score()

    row = row_of(in_scope.partner, "2024-Q1")
    assert card_of(in_scope.partner, "2024-Q1").total is None
    assert "Fewer than 5 of them had a result" in policy_note(row)


def test_closing_freezes_values_and_what_they_followed_from(in_scope, sales):
    expect(sales, BenchmarkBasis.OWN_PERIOD)
    sell(sales, in_scope.partner, "2023-11-10", 200)
    sell(sales, in_scope.partner, "2024-02-10", 220)
    score()
    before = lines_of_cards([card_of(in_scope.partner, "2024-Q1").pk])

    close_period(period=PeriodRow.objects.get(label="2024-Q1"), actor=SYSTEM)
    sell(sales, in_scope.partner, "2023-12-10", 50)
    score()

    card = card_of(in_scope.partner, "2024-Q1")
    assert lines_of_cards([card.pk]) == before
    assert Restatement.objects.filter(scorecard=card).exists()


def test_a_late_fact_of_the_base_is_no_change_of_rules(in_scope, sales):
    """Base 200 becomes 250 by a late sale of the quarter before: target 275 instead of 220, still 110 percent."""
    expect(sales, BenchmarkBasis.OWN_PERIOD)
    sell(sales, in_scope.partner, "2023-11-10", 200)
    sell(sales, in_scope.partner, "2024-02-10", 220)
    score()
    close_period(period=PeriodRow.objects.get(label="2024-Q1"), actor=SYSTEM)
    sell(sales, in_scope.partner, "2023-12-10", 50)
    score()
    work_out_proposals(tenant=in_scope.tenant)

    (change,) = explain(Restatement.objects.get(scorecard=card_of(in_scope.partner, "2024-Q1"))).lines

    assert (change.before.target, change.after.target) == (D(220), D(275))
    assert (change.rules_changed, change.base_changed, change.is_changed) == (False, True, True)


def test_other_percents_are_a_change_of_rules(in_scope, sales):
    expect(sales, BenchmarkBasis.OWN_PERIOD)
    sell(sales, in_scope.partner, "2023-11-10", 200)
    sell(sales, in_scope.partner, "2024-02-10", 220)
    score()
    close_period(period=PeriodRow.objects.get(label="2024-Q1"), actor=SYSTEM)
    expect(sales, BenchmarkBasis.OWN_PERIOD, ("90", "120", "130"))
    sell(sales, in_scope.partner, "2024-02-20", 10)
    score()
    work_out_proposals(tenant=in_scope.tenant)

    (change,) = explain(Restatement.objects.get(scorecard=card_of(in_scope.partner, "2024-Q1"))).lines

    assert (change.rules_changed, change.base_changed) == (True, False)


def test_a_change_of_the_base_scores_the_later_period(in_scope, sales):
    """The quick path: a fact of 2023 alone changes the benchmark of 2024."""
    expect(sales, BenchmarkBasis.OWN_YEAR)
    sell(sales, in_scope.partner, "2023-02-10", 240)
    sell(sales, in_scope.partner, "2024-02-10", 264)
    score()
    assert card_of(in_scope.partner, "2024-Q1").total == D(80)

    sell(sales, in_scope.partner, "2023-03-10", 60)
    run_engine(RunRequest(kind=RunKind.CHANGES, mode="changes"))

    assert row_of(in_scope.partner, "2024-Q1").line.target == D(330)
    assert card_of(in_scope.partner, "2024-Q1").total == 0


def test_the_overview_judges_by_the_values(in_scope, sales):
    expect(sales, BenchmarkBasis.OWN_YEAR)
    sell(sales, in_scope.partner, "2023-02-10", 240)
    sell(sales, in_scope.partner, "2024-02-10", 282)
    score()
    period = PeriodRow.objects.get(label="2024-Q1")

    (spot,) = aggregates.spread(CardFilter(Programme.objects.get(is_default=True).pk), period, sales.pk)

    assert (spot.actual, spot.zone) == (D(282), "on")


@pytest.mark.parametrize(
    ("basis", "numbers", "field"),
    [
        (BenchmarkBasis.OWN_YEAR, ("-1", "100", "110"), "floor"),
        (BenchmarkBasis.OWN_YEAR, ("90", "100", "10001"), "stretch"),
        (BenchmarkBasis.COHORT, ("25", "50", "101"), "stretch"),
        (BenchmarkBasis.COHORT, ("50", "25", "90"), "target"),
    ],
)
def test_wrong_numbers_are_refused_at_their_field(in_scope, sales, basis, numbers, field):
    with pytest.raises(InvalidInput) as refusal:
        expect(sales, basis, numbers)

    assert refusal.value.field == field
    assert not Benchmark.objects.exists()


def test_the_database_refuses_what_is_no_percentile(in_scope):
    with pytest.raises(IntegrityError, match="benchmark_basis_fits"), transaction.atomic():
        BenchmarkFactory(kpi=KPIFactory(), basis=BenchmarkBasis.COHORT, target=D(110))
