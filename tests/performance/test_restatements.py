"""Restating closed scorecards: what is proposed, what applying and dismissing do, and what stays as it was."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from partners.models import Programme
from performance.choices import RunKind
from performance.engine.recompute import RunRequest, run_engine
from performance.errors import NothingToRestate, RestatementMoved, RestatementSettled
from performance.models import Benchmark, Measurement, PeriodRow, Restatement, Run, Scorecard
from performance.queries.lines import lines_of_cards
from performance.queries.receipt import facts_of, receipt_of
from performance.queries.restatements import CardVersion, applied_to, explain, places_moved, restatements
from performance.services.benchmarks import set_benchmark
from performance.services.ingest import MeasurementRow, record_measurements
from performance.services.periods import close_period
from performance.services.recompute import recompute_at_night, recompute_scorecards, score_changes
from performance.services.removal import remove_measurement
from performance.services.restatements import apply_restatements, dismiss_restatements
from prm.access.actor import SYSTEM, Actor
from prm.audit.models import AuditEntry
from prm.errors import InvalidInput
from prm.notifications.models import Notification
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import PartnerFactory
from tests.factories.performance import (
    BenchmarkFactory,
    KPIFactory,
    ScorecardTemplateFactory,
    TemplateLineFactory,
)
from tests.performance.worlds import make_random_world

RESTATED = ("scorecard.restated", "own_scorecard.restated")

pytestmark = pytest.mark.django_db
D = Decimal
JANE = Actor(kind="user", label="Jane")
LONG_AGO = datetime(2024, 5, 2, tzinfo=UTC)
CLOSED = datetime(2024, 5, 10, 12, tzinfo=UTC)


def measure(partner, kpi, day, value, external_id):
    row = MeasurementRow(2, partner.external_id, kpi, day, str(value), None, external_id, "erp")
    record_measurements([row], actor=SYSTEM)


def make_programme():
    """Revenue with target 100 and floor 0 weighs 60, CSAT from 1 to 5 weighs 40; 100 points at target."""
    template = ScorecardTemplateFactory(
        programme=Programme.objects.get(), points_at_target=D(100), period_kinds=["month"], minimum_coverage=0
    )
    for position, (code, weight, marks) in enumerate([("REVENUE", 60, (0, 100, 100)), ("CSAT", 40, (1, 5, 5))], 1):
        kpi = KPIFactory(code=code, aggregation="sum" if code == "REVENUE" else "last")
        BenchmarkFactory(kpi=kpi, floor=marks[0], target=marks[1], stretch=marks[2])
        TemplateLineFactory(template=template, kpi=kpi, weight=weight, position=position)
    return template


@pytest.fixture
def world(in_scope):
    """Three partners in April 2024, which is closed: A 50 points, B 56, C 44. May is open: A 80."""
    make_programme()
    in_scope.b = PartnerFactory(partner_type=in_scope.partner.partner_type)
    in_scope.c = PartnerFactory(partner_type=in_scope.partner.partner_type)
    for partner, revenue in [(in_scope.partner, 50), (in_scope.b, 60), (in_scope.c, 40)]:
        measure(partner, "REVENUE", "2024-04-10", revenue, f"r{partner.pk}")
        measure(partner, "CSAT", "2024-04-11", 3, f"c{partner.pk}")
    measure(in_scope.partner, "REVENUE", "2024-05-10", 80, "may")
    run_engine(RunRequest(kind=RunKind.MANUAL, mode="open"))
    Measurement.objects.update(recorded_at=LONG_AGO)
    close_period(period=PeriodRow.objects.get(label="2024-04"), actor=SYSTEM, at=CLOSED)
    return in_scope


def card(partner, label="2024-04"):
    return Scorecard.objects.select_related("period", "programme", "template", "partner").get(
        partner=partner, period__label=label
    )


def late(world, value=20, external_id="late", partner=None):
    """Revenue of April that arrives after the closing."""
    measure(partner or world.partner, "REVENUE", "2024-04-20", value, external_id)
    score_changes(tenant=world.tenant)
    return Restatement.objects.filter(settled_at=None).order_by("pk").last()


def frozen(partner):
    row = card(partner)
    return row.total, row.coverage, row.grade, row.lines


def test_a_late_fact_proposes_exact_new_figures_and_changes_nothing(world):
    before = Scorecard.objects.order_by("pk").values_list("pk", "total", "rank", "lines", "computed_at", "run_id")
    before = list(before)

    proposal = explain(late(world))

    assert (
        list(Scorecard.objects.order_by("pk").values_list("pk", "total", "rank", "lines", "computed_at", "run_id"))
        == before
    )
    assert (proposal.before.total, proposal.after.total) == (D("50.0000"), D("62.0000"))
    assert (proposal.before.grade, proposal.after.grade) == ("D", "C")
    assert (proposal.before.rank, proposal.after.rank, proposal.after.cohort) == (2, 1, 3)
    revenue, csat = proposal.lines
    assert (revenue.before.actual, revenue.after.actual) == (D("50.000000"), D("70.000000"))
    assert (revenue.before.contribution, revenue.after.contribution) == (D("30.0000"), D("42.0000"))
    assert (revenue.is_changed, csat.is_changed, proposal.rules_changed, proposal.unlisted) == (True, False, [], 0)
    (cause,) = proposal.causes
    assert (cause.kind, cause.source, cause.external_id, cause.old_value, cause.new_value) == (
        "added",
        "erp",
        "late",
        None,
        D(20),
    )


def test_the_cause_names_corrections_removals_and_moves_with_both_values(world):
    measure(world.partner, "REVENUE", "2024-04-10", 55, f"r{world.partner.pk}")
    remove_measurement(measurement=Measurement.objects.get(external_id=f"c{world.partner.pk}"), actor=SYSTEM)
    measure(world.partner, "REVENUE", "2024-04-10", 60, f"r{world.b.pk}")
    proposal = late(world)
    moved_away = Restatement.objects.get(scorecard__partner=world.b)

    causes = {
        cause.external_id: cause for cause in explain(Restatement.objects.get(scorecard__partner=world.partner)).causes
    }

    assert proposal is not None
    assert [causes[f"r{world.partner.pk}"].kind, causes[f"c{world.partner.pk}"].kind, causes["late"].kind] == [
        "changed",
        "removed",
        "added",
    ]
    assert (causes[f"r{world.partner.pk}"].old_value, causes[f"r{world.partner.pk}"].new_value) == (D(50), D(55))
    assert (causes[f"c{world.partner.pk}"].old_value, causes[f"c{world.partner.pk}"].new_value) == (D(3), None)
    assert causes[f"r{world.b.pk}"].kind == "moved_in"
    assert [cause.kind for cause in explain(moved_away).causes] == ["moved_out"]
    assert explain(Restatement.objects.get(scorecard__partner=world.partner)).unlisted == 0


def test_applying_freezes_the_new_card_keeps_the_old_one_and_says_why(world):
    manager = MembershipFactory(tenant=world.tenant).user
    world.partner.owner = manager
    world.partner.save()
    proposal = late(world)

    apply_restatements(
        restatements=[proposal], actor=JANE, reason=" Order came late. ", at=datetime(2024, 6, 3, tzinfo=UTC)
    )

    row = card(world.partner)
    assert (row.total, row.grade, row.rank, row.cohort, row.percentile) == (D(62), "C", 1, 3, D(100))
    assert [line.contribution for line in lines_of_cards([row.pk])[row.pk]] == [D(42), D(20)]
    assert row.lines is not None
    assert receipt_of(row).is_current
    (kept,) = applied_to(row)
    assert (kept.before.total, kept.after.total, kept.restatement.reason) == (D(50), D(62), "Order came late.")
    assert [line.points for line in kept.before.lines] == [D(50), D(50)]
    assert Run.objects.get(pk=kept.restatement.run_id).kind == RunKind.RESTATE
    entry = AuditEntry.objects.get(action="scorecard.restated")
    assert (entry.actor_label, entry.partner_id, entry.reason) == ("Jane", world.partner.pk, "Order came late.")
    assert entry.changes["total"] == ["50.0000", "62.0000"]
    told = Notification.objects.filter(kind__in=RESTATED).values_list("user_id", "title")
    assert dict(told) == {
        manager.pk: f"{world.partner}, 2024-04 was restated from 50.0 to 62.0",
        world.partner_user.pk: "Your scorecard for 2024-04 was restated from 50.0 to 62.0",
    }


def test_the_cohort_is_ranked_again_and_nothing_else_of_the_others_moves(world):
    others = frozen(world.b), frozen(world.c)
    proposal = late(world)
    late(world, partner=world.c, external_id="of c", value=1)

    apply_restatements(restatements=[proposal], actor=JANE, reason="Late order")

    assert (frozen(world.b), frozen(world.c)) == others
    assert [card(partner).rank for partner in (world.partner, world.b, world.c)] == [1, 2, 3]
    assert card(world.b).percentile == D("66.67")
    (moved,) = places_moved(card(world.b))
    assert (moved.old_rank, moved.new_rank, moved.new_cohort) == (1, 2, 3)
    assert places_moved(card(world.c)) == []


def test_the_delta_of_the_next_open_period_follows(world):
    assert card(world.partner, "2024-05").delta == D(30)

    apply_restatements(restatements=[late(world)], actor=JANE, reason="Late order")

    assert card(world.partner, "2024-05").delta == D(18)
    assert recompute_scorecards(tenant=world.tenant, from_facts=True).counts["updated"] == 0


def test_dismissing_keeps_the_card_and_the_same_facts_do_not_come_back(world):
    before = frozen(world.partner)

    dismiss_restatements(restatements=[late(world)], actor=JANE, reason="Belongs to May")
    measure(world.partner, "REVENUE", "2024-04-20", 20, "late")
    score_changes(tenant=world.tenant)
    recompute_scorecards(tenant=world.tenant, from_facts=True)

    assert frozen(world.partner) == before
    settled = Restatement.objects.get()
    assert (settled.was_applied, settled.settled_by, settled.reason) == (False, "Jane", "Belongs to May")
    assert [cause.external_id for cause in explain(settled).causes] == ["late"]
    assert AuditEntry.objects.filter(action="restatement.dismissed").exists()
    assert not Notification.objects.filter(kind__in=RESTATED).exists()


def test_a_later_fact_proposes_again_and_says_what_was_dismissed(world):
    dismiss_restatements(restatements=[late(world)], actor=JANE, reason="Belongs to May")
    Measurement.objects.filter(external_id="late").update(recorded_at=datetime(2024, 5, 20, tzinfo=UTC))

    again = explain(late(world, value=5, external_id="more"))

    assert again.after.total == D("65.0000")
    assert {cause.external_id: cause.was_dismissed for cause in again.causes} == {"late": True, "more": False}


def test_a_fact_that_is_taken_back_takes_its_proposal_along(world):
    late(world)

    remove_measurement(measurement=Measurement.objects.get(external_id="late"), actor=SYSTEM)
    score_changes(tenant=world.tenant)

    assert not Restatement.objects.exists()


def test_a_second_late_fact_is_added_to_the_open_proposal(world):
    first = late(world)

    second = late(world, value=10, external_id="second")

    assert second == first
    assert second.new_total == D("68.0000")


def test_the_night_and_every_other_run_leave_closed_cards_alone(world):
    late(world)
    before = list(Scorecard.objects.filter(period__label="2024-04").order_by("pk").values())

    recompute_at_night(tenant=world.tenant, at=datetime(2024, 6, 1, 1, tzinfo=UTC))
    recompute_scorecards(tenant=world.tenant, from_facts=True)
    run_engine(RunRequest(kind=RunKind.NIGHTLY, mode="open", from_facts=True))

    assert list(Scorecard.objects.filter(period__label="2024-04").order_by("pk").values()) == before
    assert Restatement.objects.count() == 1


def test_who_comes_second_is_told(world):
    proposal = late(world)
    stale = Restatement.objects.get(pk=proposal.pk)
    apply_restatements(restatements=[proposal], actor=JANE, reason="Late order")

    with pytest.raises(RestatementSettled, match="Jane has applied this restatement already"):
        dismiss_restatements(restatements=[stale], actor=SYSTEM, reason="No")
    with pytest.raises(RestatementSettled):
        apply_restatements(restatements=[stale], actor=SYSTEM, reason="Again")

    assert card(world.partner).total == D(62)
    assert AuditEntry.objects.filter(action="scorecard.restated").count() == 1


def test_figures_that_moved_since_they_were_seen_are_not_applied(world):
    proposal = late(world)
    seen = {proposal.pk: CardVersion.from_json(proposal.after).digest}
    measure(world.partner, "REVENUE", "2024-04-21", 5, "in between")

    with pytest.raises(RestatementMoved):
        apply_restatements(restatements=[proposal], actor=JANE, reason="Late order", seen=seen)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1001])
def test_a_decision_needs_a_reason(world, reason):
    proposal = late(world)

    for decide in (apply_restatements, dismiss_restatements):
        with pytest.raises(InvalidInput):
            decide(restatements=[proposal], actor=JANE, reason=reason)

    assert Restatement.objects.get().settled_at is None


def test_rules_that_changed_since_the_closing_are_named(world):
    revenue = Benchmark.objects.get(kpi__code="REVENUE").kpi
    marks = {"floor": D(0), "target": D(140), "stretch": D(140)}
    set_benchmark(actor=SYSTEM, kpi=revenue, period_kind="month", valid_from=date(2024, 4, 1), **marks)

    proposal = explain(late(world))

    assert [line.line.code for line in proposal.rules_changed] == ["REVENUE"]
    assert proposal.after.total == D("50.0000")


def test_a_partner_without_a_card_by_todays_rules_can_only_be_dismissed(world):
    kind = world.partner.partner_type
    proposal = late(world)
    kind.is_scored = False
    kind.save()

    with pytest.raises(NothingToRestate):
        apply_restatements(restatements=[proposal], actor=JANE, reason="Late order")

    assert card(world.partner).total == D(50)


def test_after_restating_the_receipt_counts_the_late_facts(world):
    proposal = late(world)
    assert {fact.external_id for fact in facts_of(receipt_of(card(world.partner)), counted=False).rows} == {"late"}

    apply_restatements(restatements=[proposal], actor=JANE, reason="Late order")

    Measurement.objects.filter(external_id="late").update(recorded_at=CLOSED + timedelta(days=1))
    assert facts_of(receipt_of(card(world.partner))).left_out == 0


def test_several_are_decided_at_once_or_none(world):
    first = late(world)
    second = late(world, value=30, external_id="of b", partner=world.b)
    dismiss_restatements(restatements=[second], actor=JANE, reason="Wrong")

    with pytest.raises(RestatementSettled):
        apply_restatements(restatements=[first, second], actor=JANE, reason="All of them")
    assert card(world.partner).total == D(50)
    third = late(world, value=1, external_id="of b again", partner=world.b)
    apply_restatements(restatements=[first, third], actor=JANE, reason="All of them")

    assert [card(partner).total for partner in (world.partner, world.b)] == [D(62), D("74.6000")]
    assert [card(partner).rank for partner in (world.partner, world.b, world.c)] == [2, 1, 3]


def test_nobody_sees_another_tenants_proposals(world, two_tenants):
    late(world)

    with two_tenants[1].scope():
        assert not restatements().exists()
        assert not Restatement.objects.exists()


@pytest.mark.parametrize("seed", range(4))
def test_applying_everything_gives_what_reopened_periods_would(in_scope, seed):
    """All kinds of rules and periods, facts added, changed and removed after everything was closed."""
    programme = Programme.objects.get()
    rng = make_random_world(seed, programme)
    run_engine(RunRequest(kind=RunKind.MANUAL, mode="open", from_facts=True))
    for period in PeriodRow.objects.order_by("start", "end"):
        close_period(period=period, actor=SYSTEM, at=datetime(2030, 1, 1, tzinfo=UTC))
    _disturb(rng)
    score_changes(tenant=in_scope.tenant)
    proposals = list(Restatement.objects.filter(settled_at=None).order_by("pk"))

    apply_restatements(restatements=proposals, actor=JANE, reason="All of it")

    figures = ("partner_id", "period__label", "total", "coverage", "rated", "grade", "rank", "cohort", "percentile")
    restated = list(Scorecard.objects.order_by("period__label", "partner_id").values_list(*figures))
    assert len(proposals) > 3
    Scorecard.objects.update(lines=None)
    PeriodRow.objects.update(closed_at=None)
    run_engine(RunRequest(kind=RunKind.MANUAL, mode="open", from_facts=True))
    assert list(Scorecard.objects.order_by("period__label", "partner_id").values_list(*figures)) == restated


def _disturb(rng):
    facts = list(Measurement.objects.select_related("partner", "kpi").order_by("pk"))
    for number, fact in enumerate(rng.sample(facts, 12)):
        if number % 3 == 0:
            remove_measurement(measurement=fact, actor=SYSTEM)
            continue
        external_id = fact.external_id if number % 3 == 1 else f"late-{number}"
        row = MeasurementRow(
            2, fact.partner.external_id, fact.kpi.code, fact.occurred_on.isoformat(), str(rng.randint(-5, 60)),
            str(rng.randint(1, 9)), external_id, fact.source,
        )  # fmt: skip
        record_measurements([row], actor=SYSTEM)
