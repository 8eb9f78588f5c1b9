"""Closing a period freezes its cards; what arrives later is kept and proposes a restatement."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from partners.models import Programme
from performance.choices import RunKind
from performance.engine.recompute import RunRequest, run_engine
from performance.errors import PeriodClosed, PeriodNotOver
from performance.models import DirtyPair, Measurement, PeriodRow, Restatement, Run, Scorecard
from performance.queries.lines import lines_of_cards
from performance.queries.receipt import facts_of, receipt_of, replaced_versions
from performance.services import recompute
from performance.services.ingest import MeasurementRow, record_measurements
from performance.services.periods import close_period
from performance.services.recompute import recompute_scorecards, score_changes
from performance.tasks import score_changes as score_changes_task
from prm.access.actor import SYSTEM
from prm.tenancy.models import Tenant
from tests.factories.performance import (
    BenchmarkFactory,
    KPIFactory,
    ScorecardTemplateFactory,
    TemplateLineFactory,
)

pytestmark = pytest.mark.django_db


def measure(partner, kpi, day, value, external_id, weight=None):
    row = MeasurementRow(2, partner.external_id, kpi, day, str(value), weight, external_id, "erp")
    record_measurements([row], actor=SYSTEM)


@pytest.fixture
def world(in_scope):
    """Revenue with target 100 and floor 0, CSAT from 1 to 5; 100 points at target; two months of facts."""
    template = ScorecardTemplateFactory(
        programme=Programme.objects.get(), points_at_target=Decimal(100), period_kinds=["month"], minimum_coverage=0
    )
    for position, (code, weight, marks) in enumerate([("REVENUE", 60, (0, 100, 100)), ("CSAT", 40, (1, 5, 5))], 1):
        kpi = KPIFactory(code=code, aggregation="sum" if code == "REVENUE" else "last")
        BenchmarkFactory(kpi=kpi, floor=marks[0], target=marks[1], stretch=marks[2])
        TemplateLineFactory(template=template, kpi=kpi, weight=weight, position=position)
    KPIFactory(code="OTHER")
    measure(in_scope.partner, "REVENUE", "2024-04-10", 50, "a")
    measure(in_scope.partner, "CSAT", "2024-04-11", 3, "b")
    measure(in_scope.partner, "REVENUE", "2024-05-10", 80, "c")
    run_engine(RunRequest(kind=RunKind.MANUAL, mode="open"))
    return in_scope


def card(label):
    return Scorecard.objects.select_related("period").get(period__label=label)


def test_a_closed_card_stands_whatever_happens_later(world):
    period = close_period(period=PeriodRow.objects.get(label="2024-04"), actor=SYSTEM)
    before, lines = card("2024-04"), lines_of_cards([card("2024-04").pk])

    measure(world.partner, "REVENUE", "2024-04-12", 50, "late")
    changes = run_engine(RunRequest(kind=RunKind.CHANGES, mode="changes"))
    full = run_engine(RunRequest(kind=RunKind.NIGHTLY, mode="open", from_facts=True))

    after = card("2024-04")
    assert period.is_closed
    assert (after.total, after.computed_at, after.lines) == (before.total, before.computed_at, before.lines)
    assert lines_of_cards([after.pk]) == lines
    assert (changes.counts["updated"], full.counts["updated"]) == (0, 0)
    assert Measurement.objects.filter(external_id="late").exists()
    assert Restatement.objects.get(settled_at__isnull=True).scorecard == after


def test_lines_stay_the_same_through_closing(world):
    before = lines_of_cards([card("2024-04").pk])

    close_period(period=PeriodRow.objects.get(label="2024-04"), actor=SYSTEM)

    assert lines_of_cards([card("2024-04").pk]) == before
    assert [line.points for line in before[card("2024-04").pk]] == [Decimal(50), Decimal(50)]


def test_a_period_is_closed_once_and_only_when_it_is_over(world):
    april = PeriodRow.objects.get(label="2024-04")
    with pytest.raises(PeriodNotOver):
        close_period(period=april, actor=SYSTEM, at=datetime(2024, 4, 30, 12, tzinfo=UTC))

    close_period(period=april, actor=SYSTEM, at=datetime(2024, 5, 1, 12, tzinfo=UTC))

    with pytest.raises(PeriodClosed):
        close_period(period=april, actor=SYSTEM)
    with pytest.raises(PeriodClosed):
        recompute_scorecards(tenant=world.tenant, period_labels=["2024-04"])


def test_changes_score_the_next_periods_delta_too(world):
    assert card("2024-05").delta == Decimal(30)

    measure(world.partner, "REVENUE", "2024-04-12", 10, "more")
    score_changes(tenant=world.tenant)

    assert card("2024-04").total == Decimal(56)
    assert card("2024-05").delta == Decimal(24)
    assert Run.objects.filter(kind=RunKind.CHANGES).exists()


def test_an_intake_is_scored_after_commit(world, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as sent:
        measure(world.partner, "REVENUE", "2024-05-12", 20, "d")

    assert [callback.args[0] for callback in sent] == ["score_changes", "look_for_alerts", "refresh_outlooks"]
    assert card("2024-05").total == Decimal(100)
    assert DirtyPair.objects.count() == 0
    score_changes_task(world.tenant.pk)


def test_the_receipt_explains_total_delta_and_measurements(world):
    measure(world.partner, "CSAT", "2024-04-20", 5, "later")
    measure(world.partner, "CSAT", "2024-04-20", 4, "later")
    measure(world.partner, "OTHER", "2024-04-20", 1, "other")
    score_changes(tenant=world.tenant)

    april, may = receipt_of(card("2024-04")), receipt_of(card("2024-05"))

    assert [line.contribution for line in april.lines] == [Decimal(30), Decimal(30)]
    assert [line.code for line in april.biggest_losses] == ["REVENUE", "CSAT"]
    assert (april.is_current, april.previous, april.reweighting) == (True, None, None)
    assert (may.card.delta, may.like_for_like, may.reweighting) == (Decimal(20), Decimal(30), Decimal(-10))
    facts = facts_of(april)
    assert (facts.counted, facts.left_out) == (2, 3 - 1)
    assert {fact.external_id: bool(fact.reason) for fact in facts.rows} == {
        "a": False,
        "later": False,
        "b": True,
        "other": True,
    }
    assert [fact.external_id for fact in facts_of(april, counted=False, limit=1).rows] == ["other"]
    assert [version.value for version in replaced_versions(april.card)] == [Decimal(5)]


def test_the_receipt_says_when_rules_have_moved_on(world):
    from performance.models import Benchmark

    Benchmark.objects.filter(kpi__code="REVENUE").update(target=200, stretch=200)

    assert not receipt_of(card("2024-04")).is_current
    run_engine(RunRequest(kind=RunKind.MANUAL, mode="open"))
    assert receipt_of(card("2024-04")).is_current


def test_the_night_is_local_and_comes_once(world):
    Tenant.objects.filter(pk=world.tenant.pk).update(timezone="Asia/Tokyo", night_hour=2)
    night = datetime(2024, 6, 1, 17, 30, tzinfo=UTC)
    tenant = Tenant.objects.get(pk=world.tenant.pk)

    assert tenant in recompute.tenants_at_night(night)
    assert tenant not in recompute.tenants_at_night(night + timedelta(hours=2))
    assert recompute.recompute_at_night(tenant=tenant, at=night).kind == RunKind.NIGHTLY
    assert recompute.recompute_at_night(tenant=tenant, at=night + timedelta(minutes=20)) is None


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        ("2026-03-07", "2026-03-07T10:00"),
        ("2026-03-08", "2026-03-08T10:00"),  # the clock goes from two to three
        ("2026-03-09", "2026-03-09T09:00"),
        ("2026-11-01", "2026-11-01T10:00"),  # one o'clock comes twice, two once
    ],
)
def test_every_day_has_one_night_however_the_clock_is_set(world, day, begins):
    Tenant.objects.filter(pk=world.tenant.pk).update(timezone="America/Los_Angeles", night_hour=2)
    tenant = Tenant.objects.get(pk=world.tenant.pk)
    midnight = datetime.fromisoformat(day).replace(tzinfo=tenant.zone).astimezone(UTC)

    looks = [midnight + timedelta(minutes=30 * number) for number in range(46)]
    nights = [at for at in looks if tenant in recompute.tenants_at_night(at)]

    begin = datetime.fromisoformat(begins).replace(tzinfo=UTC)
    assert nights == [begin, begin + timedelta(minutes=30)]


def test_a_failed_run_is_on_record_and_leaves_everything_as_it_was(world, monkeypatch):
    def explode(*_args, **_more):
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(recompute, "run_engine", explode)
    with pytest.raises(RuntimeError):
        recompute_scorecards(tenant=world.tenant, at=timezone.now())

    assert Run.objects.get(status="failed").error == "RuntimeError: disk on fire"
    assert card("2024-04").total == Decimal(50)
