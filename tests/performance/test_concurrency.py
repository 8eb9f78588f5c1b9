"""An intake that commits while the engine works is scored by the next run: nothing is forgotten, nobody waits."""

import threading
from decimal import Decimal

import pytest
from django.db import connection

from partners.models import Programme
from performance.choices import RunKind
from performance.engine import recompute
from performance.engine.recompute import RunRequest, run_engine
from performance.models import DirtyPair, Outcome, PeriodRow, Scorecard, ScorecardTemplate
from performance.notices import OWN_GRADE
from performance.outcome_kinds import partner
from performance.services import recompute as recompute_service
from performance.services.consequences import carry_out_outcomes, switch_consequences
from performance.services.ingest import MeasurementRow, record_measurements
from performance.services.periods import close_period
from performance.services.scheduling import scoring_paused
from prm.access.actor import SYSTEM
from prm.notifications.models import Letter, Notification
from tests.factories.performance import (
    BenchmarkFactory,
    KPIFactory,
    ScorecardTemplateFactory,
    TemplateLineFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)

CHANGES = RunRequest(kind=RunKind.CHANGES, mode="changes")


def measure(world, external_id, value, *, day="2024-05-17"):
    row = MeasurementRow(2, world.partner.external_id, "REVENUE", day, str(value), None, external_id, "erp")
    with scoring_paused(), world.scope():
        record_measurements([row], actor=SYSTEM)


def in_another_connection(work):
    """Run it in a thread, which has a database connection of its own, and wait for it."""
    failures = []

    def guarded():
        try:
            work()
        except Exception as error:  # noqa: BLE001  (shown by the assertion below)
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=guarded)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert failures == []


@pytest.fixture
def world(two_tenants):
    """Revenue with target and stretch 100, floor 0, 100 points at target."""
    acme, _beta = two_tenants
    with acme.scope():
        template = ScorecardTemplateFactory(
            programme=Programme.objects.get(is_default=True), points_at_target=Decimal(100), period_kinds=["month"]
        )
        kpi = KPIFactory(code="REVENUE")
        BenchmarkFactory(kpi=kpi, floor=0, target=100, stretch=100)
        TemplateLineFactory(template=template, kpi=kpi)
    return acme


def test_a_fact_that_arrives_before_the_chosen_periods_are_scored_keeps_its_mark(world, monkeypatch):
    measure(world, "first", 20)
    run = recompute_service.run_engine

    def run_after_another_fact(request, **options):
        if request.mode == "periods":
            in_another_connection(lambda: measure(world, "june", 30, day="2024-06-03"))
        return run(request, **options)

    monkeypatch.setattr(recompute_service, "run_engine", run_after_another_fact)
    recompute_service.recompute_scorecards(tenant=world.tenant, period_labels=["2024-05"])
    monkeypatch.undo()

    with world.scope():
        assert [str(mark.ym % 12 + 1) for mark in DirtyPair.objects.all()] == ["6"]
    recompute_service.score_changes(tenant=world.tenant)
    with world.scope():
        totals = dict(Scorecard.objects.values_list("period__label", "total"))
    assert totals == {"2024-05": Decimal(20), "2024-06": Decimal(30)}


def test_a_fact_that_arrives_during_a_run_keeps_its_mark(world, monkeypatch):
    measure(world, "first", 20)
    score = recompute._Engine._score

    def score_while_another_fact_arrives(engine, extent):
        in_another_connection(lambda: measure(world, "second", 30))
        return score(engine, extent)

    monkeypatch.setattr(recompute._Engine, "_score", score_while_another_fact_arrives)
    with world.scope():
        run_engine(CHANGES)
    monkeypatch.undo()

    with world.scope():
        assert Scorecard.objects.get().total == Decimal(20)
        assert DirtyPair.objects.get().gen == 2
        run_engine(CHANGES)
        assert Scorecard.objects.get().total == Decimal(50)
        assert not DirtyPair.objects.exists()


def test_two_workers_at_once_carry_each_consequence_out_once(world, monkeypatch):
    measure(world, "first", 20)
    with scoring_paused(), world.scope():
        run_engine(RunRequest(kind=RunKind.MANUAL, mode="open"))
        template = ScorecardTemplate.objects.get()
        template.bands.get(key="E").consequences.create(kind="notify_partner", timing="every")
        ScorecardTemplate.objects.update(consequence_periods=["month"])
        switch_consequences(template=template, actor=SYSTEM, is_on=True)
        close_period(period=PeriodRow.objects.get(label="2024-05"), actor=SYSTEM)
    seconds = []
    deliver = partner.deliver

    def deliver_while_another_worker_looks(messages):
        deliver(messages)
        if not seconds:
            in_another_connection(lambda: seconds.append(carry_out_outcomes(tenant=world.tenant)))

    monkeypatch.setattr(partner, "deliver", deliver_while_another_worker_looks)
    with scoring_paused():
        first = carry_out_outcomes(tenant=world.tenant)

    assert (first, seconds) == (1, [0])
    with world.scope():
        assert Notification.objects.filter(kind=OWN_GRADE).count() == 1
        assert Letter.objects.count() == 1
        assert Outcome.objects.get().state == "done"
