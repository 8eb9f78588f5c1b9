"""The set-based engine against the pure rules, digit for digit, and against itself."""

import os
from contextlib import closing
from dataclasses import replace
from decimal import Decimal

import psycopg2
import pytest
from django.db import connection

from partners.models import Programme
from performance.choices import PER_PERIOD, RunKind
from performance.engine.recompute import LOCK_CLASS, RunRequest, run_engine
from performance.errors import RecomputeBusy
from performance.models import DirtyPair, Measurement, PeriodActual, PeriodRow, Scorecard
from performance.queries.lines import lines_of_cards
from performance.services.periods import close_period
from prm.access.actor import SYSTEM
from tests.performance.worlds import Oracle, make_random_world

pytestmark = pytest.mark.django_db

EVERYTHING = RunRequest(kind=RunKind.MANUAL, mode="open", from_facts=True)
CHANGES = RunRequest(kind=RunKind.CHANGES, mode="changes")


def stored_cards(programme):
    """What the engine wrote, in the oracle's words."""
    return {
        (card.period.label, card.partner_id): (
            card.total,
            card.coverage,
            card.rated,
            card.unrated_reason,
            card.grade,
            card.raw_grade,
            str(card.limited_by_id or ""),
            card.rank,
            card.cohort,
            card.percentile,
            card.delta,
            (card.partner_type_id, card.tier_id),
        )
        for card in Scorecard.objects.filter(programme=programme).select_related("period")
    }


def oracle_cards(tenant, programme):
    """What the rules say."""
    return {
        key: (
            card.score.total,
            card.score.coverage,
            card.score.rated,
            card.score.unrated_reason or "",
            card.score.grade or "",
            card.score.raw_grade or "",
            card.score.limited_by or "",
            card.standing.rank if card.standing else None,
            card.standing.cohort if card.standing else None,
            card.standing.percentile if card.standing else None,
            card.delta,
            card.cohort_key,
        )
        for key, card in Oracle(tenant, programme).cards().items()
    }


def assert_agrees(tenant, programme):
    expected, found = oracle_cards(tenant, programme), stored_cards(programme)
    assert found.keys() == expected.keys()
    differences = {key: (expected[key], found[key]) for key in expected if expected[key] != found[key]}
    assert differences == {}
    return len(expected)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("first_month", [1, 7])
def test_sql_agrees_with_the_rules_on_random_tenants(in_scope, seed, first_month):
    in_scope.tenant.fiscal_year_start = first_month
    in_scope.tenant.save()
    programme = Programme.objects.get(is_default=True)
    make_random_world(seed, programme)

    run_engine(EVERYTHING)

    assert assert_agrees(in_scope.tenant, programme) > 50


SPECIAL = {"special": True, "months": 16, "partners": 8, "kpis": 5}
"""Worlds with medians, distinct counts and derived KPIs, long enough to look back a year."""


@pytest.mark.parametrize("seed", range(60, 66))
@pytest.mark.parametrize("first_month", [1, 5])
def test_sql_agrees_with_the_rules_on_kpis_that_months_cannot_compose(in_scope, seed, first_month):
    in_scope.tenant.fiscal_year_start = first_month
    in_scope.tenant.save()
    programme = Programme.objects.get(is_default=True)
    make_random_world(seed, programme, **SPECIAL)

    run_engine(EVERYTHING)

    assert assert_agrees(in_scope.tenant, programme) > 50
    oracle = Oracle(in_scope.tenant, programme)
    kept = list(PeriodActual.objects.all())
    assert {oracle.kpis[row.kpi_id].aggregation for row in kept} == set(PER_PERIOD)
    assert [row.actual for row in kept] == [
        oracle.window_actual(row.partner_id, oracle.kpis[row.kpi_id], row.ym_from, row.months) for row in kept
    ]


RELATIVE = {"relative": True, "partners": 24, "kpis": 4, "months": 14}
"""Worlds in which many benchmarks follow from own earlier results or from cohorts, long enough to look back a year."""


RELATIVE_SPECIAL = {**RELATIVE, "special": True, "partners": 16, "kpis": 2}


def close_some(labels=("2023-11", "2023-12", "2024-01", "2023-Q4", "2024-Q1")):
    """Close periods, so that later ones are measured by their cohorts."""
    for label in labels:
        period = PeriodRow.objects.filter(label=label).first()
        if period is not None:
            close_period(period=period, actor=SYSTEM)


@pytest.mark.parametrize("seed", [80, 81, 82, 84, 85])
@pytest.mark.parametrize("first_month", [1, 5])
def test_sql_agrees_with_the_rules_on_relative_benchmarks(in_scope, seed, first_month):
    in_scope.tenant.fiscal_year_start = first_month
    in_scope.tenant.save()
    programme = Programme.objects.get(is_default=True)
    make_random_world(seed, programme, **(RELATIVE_SPECIAL if seed == 84 else RELATIVE))
    run_engine(EVERYTHING)
    close_some()

    run_engine(EVERYTHING)

    assert assert_agrees(in_scope.tenant, programme) > 50
    found = assert_lines_agree(in_scope.tenant, programme)
    told = [(line.relative, line.benchmark_id) for lines in found.values() for line in lines if line.relative]
    assert {row.basis for row, _benchmark in told} == {"own_year", "own_period", "cohort"}
    assert any(row.members >= 5 and benchmark for row, benchmark in told)
    assert all((row.base is not None and row.base > 0) or row.members >= 5 for row, benchmark in told if benchmark)
    assert not all(benchmark for _row, benchmark in told)


@pytest.mark.parametrize(
    ("seed", "world"), [(3, {}), (4, {}), (5, {}), (66, SPECIAL), (67, SPECIAL), (81, RELATIVE), (84, RELATIVE_SPECIAL)]
)
def test_derived_lines_agree_with_the_rules(in_scope, seed, world):
    programme = Programme.objects.get(is_default=True)
    make_random_world(seed, programme, **world)
    run_engine(EVERYTHING)

    found = assert_lines_agree(in_scope.tenant, programme)

    assert len({line.state for lines in found.values() for line in lines}) >= 4


def assert_lines_agree(tenant, programme):
    """The lines of every card, which are those of the rules."""
    keys = {card.pk: (card.period.label, card.partner_id) for card in Scorecard.objects.select_related("period")}
    expected = Oracle(tenant, programme).cards()
    found = lines_of_cards(keys)
    for card_id, lines in found.items():
        score = expected[keys[card_id]].score
        assert [shown(line.as_score, str(line.kpi_id)) for line in lines] == [
            shown(line, line.kpi) for line in score.lines
        ]
    return found


def shown(line, kpi):
    return replace(line, kpi=kpi)


# Against itself


def all_cards():
    columns = [
        field.attname for field in Scorecard._meta.fields if field.attname not in ("run_id", "computed_at", "id")
    ]
    return set(Scorecard.objects.values_list(*columns))


def test_a_second_run_writes_nothing(in_scope):
    make_random_world(20, Programme.objects.get(is_default=True))
    first = run_engine(EVERYTHING)

    second = run_engine(RunRequest(kind=RunKind.MANUAL, mode="open"))
    third = run_engine(EVERYTHING)

    assert first.counts["created"] > 0
    for run in (second, third):
        assert (run.counts["created"], run.counts["updated"], run.counts["removed"]) == (0, 0, 0)
        assert run.output_hash == first.output_hash
        assert run.rules_hash == first.rules_hash


@pytest.mark.parametrize(
    ("seed", "world"),
    [
        *((seed, {}) for seed in range(30, 36)),
        *((n, SPECIAL) for n in (70, 71, 72)),
        (81, RELATIVE),
        (84, RELATIVE_SPECIAL),
    ],
)
def test_the_changes_path_leaves_nothing_for_a_full_recompute(in_scope, seed, world):
    programme = Programme.objects.get(is_default=True)
    rng = make_random_world(seed, programme, **world)
    run_engine(EVERYTHING)
    for _ in range(4):
        for fact in rng.sample(list(Measurement.objects.all()), 5):
            mark_once(fact)
            if rng.random() < 0.4:
                fact.delete()
                continue
            fact.value = Decimal(rng.randint(-10, 60))
            fact.occurred_on = rng.choice(list(Measurement.objects.all())).occurred_on
            fact.save(update_fields=["value", "occurred_on"])
            fact.refresh_from_db()
            mark_once(fact)
        run_engine(CHANGES)

    kept = set(PeriodActual.objects.values_list("partner_id", "kpi_id", "ym_from", "months", "actual"))
    full = run_engine(EVERYTHING)

    assert set(PeriodActual.objects.values_list("partner_id", "kpi_id", "ym_from", "months", "actual")) == kept

    assert (full.counts["created"], full.counts["updated"], full.counts["removed"]) == (0, 0, 0)
    assert DirtyPair.objects.count() == 0
    assert_agrees(in_scope.tenant, programme)


def mark_once(fact):
    DirtyPair.objects.get_or_create(tenant_id=fact.tenant_id, partner_id=fact.partner_id, ym=fact.ym)


@pytest.mark.parametrize("mode", ["open", "changes"])
@pytest.mark.parametrize("partners", [4, 15])
@pytest.mark.parametrize("special", [False, True])
def test_a_run_takes_a_constant_number_of_statements(in_scope, mode, partners, special, django_assert_num_queries):
    make_random_world(40, Programme.objects.get(is_default=True), partners=partners, special=special)
    run_engine(EVERYTHING)
    mark_once(Measurement.objects.first())

    with django_assert_num_queries(15):
        run_engine(RunRequest(kind=RunKind.MANUAL, mode=mode))


def test_only_the_tenant_in_scope_is_seen_and_written(two_tenants):
    acme, beta = two_tenants
    with beta.scope():
        make_random_world(50, Programme.objects.get(is_default=True), partners=4)
        run_engine(EVERYTHING)
        before = all_cards()
        assert before
    with acme.scope():
        run = run_engine(EVERYTHING)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM performance_measurement")
            assert cursor.fetchone() == (0,)
            cursor.execute("UPDATE performance_scorecard SET rated = false")
            assert cursor.rowcount == 0

    assert run.counts["cards"] == 0
    with beta.scope():
        assert all_cards() == before


def test_a_busy_tenant_is_refused_or_waited_for(transactional_db, two_tenants):
    acme, beta = two_tenants
    with acme.scope():
        run_engine(EVERYTHING)
        with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as other, other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(%s, %s), pg_try_advisory_xact_lock(%s, %s)",
                [LOCK_CLASS, acme.tenant.pk, LOCK_CLASS, beta.tenant.pk],
            )
            assert cursor.fetchone() == (False, True)
            with pytest.raises(RecomputeBusy), beta.scope():
                run_engine(EVERYTHING)
