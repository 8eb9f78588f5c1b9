"""Our own scorecard in worked numbers: figures, points, total, targets by date, whose promises, what may be shown."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from performance.models import VendorTarget
from performance.plans.choices import PlanStatus
from performance.plans.models import Plan
from performance.queries.promises import EVERYBODY, Whose, count_overdue, due_in, overdue
from performance.rules.promises import Tally
from performance.screens.vendor import build_vendor_scorecard
from performance.services.vendor import set_vendor_target, show_vendor_scorecard, version_of
from performance.vendor_measures import VendorMeasure, vendor_measures
from prm.access.actor import Actor
from prm.audit.models import AuditEntry
from prm.errors import Conflict, InvalidInput
from prm.periods import FiscalCalendar, PeriodKind
from tests.factories.partners import PartnerFactory
from tests.factories.plans import PlanFactory
from tests.vendor.conftest import TODAY, noon, promise

pytestmark = pytest.mark.django_db

KEY = "plan-commitments"


def plans() -> VendorMeasure:
    measure = vendor_measures.get(KEY)
    assert measure is not None
    return measure


def set_target(world, **values):
    given = {"floor": Decimal(50), "target": Decimal(90), "stretch": Decimal(100), "weight": Decimal(30)}
    given |= {"valid_from": date(2026, 4, 1)} | values
    return set_vendor_target(actor=Actor.of_user(world.admin), measure=plans(), **given)


def test_the_quarter_so_far_in_numbers(world):
    page = build_vendor_scorecard(EVERYBODY, today=TODAY)

    line = page.line_of(KEY)
    assert page.period.label == "2026-Q2"
    assert line.tally == Tally(on_time=2, late=1, overdue=1, missed=0, days=-18 + 0 + 4 + 8, partners=1, others=1)
    assert line.value == Decimal(50)
    assert line.change == Decimal(-50)  # of the one promise of the first quarter all were kept
    assert line.scored.points == 0  # 50 % is the floor
    assert line.tone == "warn"


def test_points_total_and_grade_follow_the_rules_of_scorecards(world):
    set_target(world, floor=Decimal(0), target=Decimal(60))

    page = build_vendor_scorecard(EVERYBODY, today=TODAY)

    # R5: 80 points at the target; 50 of 60 is 66.6667. One measure of a weight of 30 in 100: not rated.
    assert page.line_of(KEY).scored.points == Decimal("66.6667")
    assert page.card.total == Decimal("66.6667")
    assert page.card.coverage == Decimal("0.3000")
    assert page.card.rated is False
    assert page.due == 4


def test_nothing_due_has_no_figure_and_says_so(world):
    page = build_vendor_scorecard(EVERYBODY, today=TODAY)
    line = page.line_of("contests-answered")

    assert line.value is None
    assert line.none_words == "Nothing was due"
    assert line.scored.points is None
    assert line.chart.is_empty


def test_a_new_target_leaves_the_past_as_it_was(world):
    set_target(world, target=Decimal(95), stretch=Decimal(100))

    page = build_vendor_scorecard(EVERYBODY, today=TODAY)
    before = build_vendor_scorecard(EVERYBODY, today=TODAY, label="2026-Q1")

    assert page.line_of(KEY).expected.target == 95
    assert before.line_of(KEY).expected.target == 90
    entry = AuditEntry.objects.get(action="vendor_target.set")
    assert entry.changes["target"] == ["90", "95"]


def test_a_target_is_refused_with_its_field(world):
    for values, field in (
        ({"valid_from": date(2026, 1, 1)}, "valid_from"),
        ({"target": Decimal(101)}, "target"),
        ({"floor": Decimal(95)}, "target"),
        ({"weight": Decimal(-1)}, "weight"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            set_target(world, **values)
        assert refusal.value.field == field
    assert not VendorTarget.objects.exists()


def test_of_two_who_set_a_target_the_second_is_told(world):
    seen = version_of(plans())
    set_target(world, target=Decimal(80), seen=seen)

    with pytest.raises(Conflict):
        set_target(world, target=Decimal(85), seen=seen)

    assert VendorTarget.objects.get().target == 80


def test_a_target_of_the_same_quarter_replaces_the_one_before(world):
    first = set_target(world, target=Decimal(80))
    set_target(world, target=Decimal(85))

    row = VendorTarget.objects.get()
    assert (row.pk, row.target) == (first.pk, 85)


def test_whose_promises_are_counted(world, others):
    everybody = build_vendor_scorecard(EVERYBODY, today=TODAY).line_of(KEY).tally
    theirs = build_vendor_scorecard(Whose(partner_id=world.partner.pk), today=TODAY).line_of(KEY).tally
    of_admin = build_vendor_scorecard(Whose(person_id=world.admin.pk), today=TODAY).line_of(KEY).tally

    assert (everybody.due, everybody.partners) == (9, 6)
    assert (theirs.due, theirs.on_time) == (4, 2)
    assert (of_admin.due, of_admin.overdue) == (1, 1)


def test_what_is_overdue_stands_first_with_its_days(world):
    late = overdue(EVERYBODY, TODAY, limit=10)
    quarter = FiscalCalendar(world.tenant.fiscal_year_start).containing(PeriodKind.QUARTER, TODAY)

    assert [(row.what, row.days_late, row.person_id) for row in late] == [("Answer the tender", 8, world.admin.pk)]
    assert count_overdue(EVERYBODY, TODAY) == 1
    assert [row.what for row in due_in(EVERYBODY, quarter, TODAY, limit=10)] == [
        "Answer the tender",
        "Visit the shop",
        "Train two people",
        "Send the price list",
        "Lend a demo bike",
    ]


def test_what_a_plan_leaves_open_at_its_end_was_not_kept(world):
    promise(world.plan, date(2026, 5, 19), title="Due on the last day but one")
    Plan.objects.filter(pk=world.plan.pk).update(status=PlanStatus.FAILED, ended_at=noon(date(2026, 5, 18)))

    tally = build_vendor_scorecard(EVERYBODY, today=TODAY).line_of(KEY).tally

    assert (tally.overdue, tally.missed) == (0, 1)  # due on 12 May; what was due later nobody waits for any more
    assert count_overdue(EVERYBODY, TODAY) == 0


def test_a_plan_that_was_never_begun_binds_nobody(world):
    promise(PlanFactory(partner=world.partner), date(2026, 4, 3))

    assert build_vendor_scorecard(EVERYBODY, today=TODAY).line_of(KEY).tally.due == 4


def test_a_partner_sees_figures_from_five_others_on(world, others):
    seen = build_vendor_scorecard(EVERYBODY, today=TODAY, own_partner=world.partner.pk).line_of(KEY)

    assert seen.tally.others == 5
    assert seen.value == Decimal("77.777778")
    assert seen.own is not None
    assert seen.own_words == "50\u202f%"

    others[0].delete()
    page = build_vendor_scorecard(EVERYBODY, today=TODAY, own_partner=world.partner.pk)
    hidden = page.line_of(KEY)
    assert hidden.value is None
    assert hidden.none_words == "Too few partners to show"
    assert page.total is None
    assert page.due == 0  # the sums would tell what the lines do not
    assert hidden.own_words == "50\u202f%"  # what lies between us is theirs


def test_a_partner_who_is_nobody_s_partner_yet_counts_the_others(world, others):
    fresh = PartnerFactory(name="Fresh")

    seen = build_vendor_scorecard(EVERYBODY, today=TODAY, own_partner=fresh.pk).line_of(KEY)

    assert seen.tally.others == 6
    assert seen.own_words == ""


def test_all_figures_of_eight_quarters_are_one_statement(world, others):
    build_vendor_scorecard(EVERYBODY, today=TODAY)
    with CaptureQueriesContext(
        connection,
    ) as few:
        build_vendor_scorecard(EVERYBODY, today=TODAY)
    for _number in range(5):
        promise(world.plan, date(2026, 4, 4))

    with CaptureQueriesContext(connection) as many:
        build_vendor_scorecard(EVERYBODY, today=TODAY)

    assert len(few) == len(many)
    assert sum("UNION ALL" in one["sql"] for one in many.captured_queries) == 1


def test_the_switch_is_recorded_once(world):
    actor = Actor.of_user(world.admin)
    show_vendor_scorecard(actor=actor, is_shown=False)
    show_vendor_scorecard(actor=actor, is_shown=False)

    entry = AuditEntry.objects.get(action="vendor_scorecard_rules.updated")
    assert entry.changes == {"shown_to_partners": [True, False]}
