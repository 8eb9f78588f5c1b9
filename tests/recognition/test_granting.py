"""Badges granted behind closings: set-based, once, resumable, and what a restatement does to them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.models import Programme, Tier
from performance.models import ClosingTask, Restatement, Scorecard
from performance.recognition.choices import BadgeKind, Cohort
from performance.recognition.models import Award, Badge
from performance.recognition.rules.badges import Card, Rule, granted
from performance.recognition.screens import preview_of
from performance.recognition.services.awards import award_by_hand, withdraw_award
from performance.recognition.services.badges import save_badge, switch_badge, usual_badges
from performance.recognition.services.granting import grant_behind_closing, try_rule
from performance.recognition.services.telling import has_untold_awards, tell_of_awards
from performance.recognition.statements import COHORT_COLUMNS
from performance.recognition.words.awards import award_sentence, note_sentence
from performance.services.closings import do_closing_work
from performance.services.periods import close_period
from performance.services.recompute import score_changes
from performance.services.restatements import apply_restatements
from prm.access.actor import SYSTEM, Actor
from prm.audit.models import AuditEntry
from prm.errors import Conflict, InvalidInput
from prm.notifications.models import Letter, Notification
from prm.periods import FiscalCalendar
from tests.factories.accounts import PartnerAccessFactory
from tests.factories.partners import PartnerFactory, RegionFactory
from tests.factories.performance import KPIFactory, PeriodRowFactory
from tests.factories.recognition import CLOSED_AT, AwardFactory, BadgeFactory, card, closed, template_of
from tests.performance_screens.conftest import build, measure

pytestmark = pytest.mark.django_db

D = Decimal
AT = datetime(2025, 1, 10, tzinfo=UTC)
JANE = Actor(kind="user", label="Jane")


@pytest.fixture
def programme(in_scope):
    return Programme.objects.get(is_default=True)


def partners(count):
    return [PartnerFactory() for _ in range(count)]


def badge(programme, kind=BadgeKind.RANK, *, is_on=True, **values):
    template_of(programme)
    values = {"name": "Partner of the quarter", "minimum_rated": 3, **values}
    made = save_badge(actor=SYSTEM, kind=kind, programme=programme, period_kind="quarter", **values)
    if is_on:
        switch_badge(badge=made, actor=SYSTEM, is_on=True, at=CLOSED_AT - timedelta(days=1))
    return Badge.objects.get(pk=made.pk)


def holders(**narrowed):
    return set(Award.objects.filter(**narrowed).values_list("partner_id", flat=True))


def test_the_first_place_is_granted_once_and_ties_share_it(programme):
    first, second, third, fourth = partners(4)
    period = closed("2024-Q1")
    for one, total in ((first, 90), (second, 90), (third, 80), (fourth, 70)):
        card(one, period, total)
    badge(programme)

    grant_behind_closing(period, AT)
    grant_behind_closing(period, AT)

    assert holders() == {first.pk, second.pk}
    assert Award.objects.count() == 2
    award = Award.objects.get(partner=first)
    assert (award.rank, award.cohort_size, award.total, award.awarded_at) == (1, 4, D(90), AT)
    assert award_sentence(award) == "Place 1 of 4 in 2024-Q1, with a score of 90.0."


def test_nothing_is_granted_while_switched_off_or_for_periods_closed_before(programme):
    period = closed("2024-Q1")
    for one, total in zip(partners(3), (90, 80, 70), strict=True):
        card(one, period, total)
    made = badge(programme, is_on=False)
    grant_behind_closing(period, AT)
    assert not Award.objects.exists()

    switch_badge(badge=made, actor=JANE, is_on=True, at=CLOSED_AT + timedelta(days=1))
    grant_behind_closing(period, AT)

    assert not Award.objects.exists(), "the period was closed before"


def test_switching_on_may_grant_it_for_the_last_closed_period(programme):
    one, two, three = partners(3)
    for label in ("2023-Q4", "2024-Q1"):
        for partner, total in ((one, 90), (two, 80), (three, 70)):
            card(partner, closed(label), total)
    made = badge(programme, is_on=False)

    assert switch_badge(badge=made, actor=JANE, is_on=True, with_last_period=True) == 1

    assert [award.period.label for award in Award.objects.all()] == ["2024-Q1"]
    entry = AuditEntry.objects.get(action="badge.switched_on")
    assert entry.changes == {"granted": [None, 1]}
    with pytest.raises(Conflict):
        switch_badge(badge=made, actor=JANE, is_on=True)


def test_terminated_partners_are_neither_ranked_nor_granted(programme):
    gone, first, second, third = partners(4)
    gone.status = "terminated"
    gone.save()
    period = closed("2024-Q1")
    for partner, total in ((gone, 99), (first, 90), (second, 80), (third, 70)):
        card(partner, period, total)
    badge(programme)

    grant_behind_closing(period, AT)

    assert holders(holds=True) == {first.pk}
    gone.status = "active"
    gone.save()
    grant_behind_closing(period, AT)
    assert holders() == {first.pk, gone.pk}
    assert holders(holds=True) == {gone.pk}


def test_who_leaves_after_it_was_granted_keeps_it_and_its_place(programme):
    first, *others = partners(4)
    period = closed("2024-Q1")
    for partner, total in zip((first, *others), (90, 80, 70, 60), strict=True):
        card(partner, period, total)
    badge(programme)
    grant_behind_closing(period, AT)
    first.status = "terminated"
    first.save()

    grant_behind_closing(period, AT + timedelta(days=9))

    assert holders(holds=True) == holders() == {first.pk}


def test_who_leaves_keeps_what_a_row_of_periods_earned(programme):
    (partner,) = partners(1)
    badge(programme, BadgeKind.GRADE, grade="B", periods=2)
    for label in ("2023-Q3", "2023-Q4"):
        card(partner, closed(label), 80)
    grant_behind_closing(closed("2023-Q4"), AT)
    partner.status = "terminated"
    partner.save()

    grant_behind_closing(closed("2023-Q4"), AT + timedelta(days=9))

    assert holders(holds=True) == {partner.pk}


@pytest.mark.parametrize("is_on", [True, False])
def test_a_restatement_looks_at_what_was_granted_whenever_the_badge_was_switched(programme, is_on):
    first, second, third = partners(3)
    period = closed("2024-Q1")
    cards = [card(one, period, total) for one, total in ((first, 90), (second, 80), (third, 70))]
    made = badge(programme, is_on=False)
    switch_badge(badge=made, actor=JANE, is_on=True, with_last_period=True, at=CLOSED_AT + timedelta(days=30))
    if not is_on:
        switch_badge(badge=made, actor=JANE, is_on=False)

    Scorecard.objects.filter(pk=cards[0].pk).update(total=75, total_e4=750_000)
    grant_behind_closing(period, AT)

    assert not Award.objects.get(partner=first).holds
    assert holders() == {first.pk}, "the period was closed before it was switched on"


def test_a_row_of_grades_is_granted_when_it_is_reached(programme):
    (partner,) = partners(1)
    labels = ["2023-Q2", "2023-Q3", "2023-Q4", "2024-Q1"]
    badge(programme, BadgeKind.GRADE, grade="B", periods=3)
    for label, total in zip(labels, (91, 80, 92, 95), strict=True):
        card(partner, closed(label), total)
        grant_behind_closing(closed(label), AT)

    assert [award.period.label for award in Award.objects.all()] == ["2023-Q4"]
    assert Award.objects.get().grade == "A"


def test_periods_closed_out_of_order_complete_the_row_all_the_same(programme):
    (partner,) = partners(1)
    badge(programme, BadgeKind.GRADE, grade="A", periods=2)
    late, early = PeriodRowFactory(period=FiscalCalendar().parse("2024-Q1")), closed("2024-Q2")
    card(partner, early, 95)
    card(partner, late, 95)
    grant_behind_closing(early, AT)
    assert not Award.objects.exists()

    grant_behind_closing(closed("2024-Q1"), AT)

    assert [award.period.label for award in Award.objects.all()] == ["2024-Q2"]


def test_a_kpi_at_stretch_reads_the_frozen_lines(programme):
    there, short = partners(2)
    revenue = KPIFactory(code="REVENUE", name="Revenue", unit="EUR", decimals=0)
    period = closed("2024-Q1")

    def lines(actual):
        line = {"kpi_id": revenue.pk, "state": "scored", "direction": "higher", "actual": actual, "stretch": 120}
        return [{**line, "points": 90}, {"kpi_id": revenue.pk + 1, "state": "scored", "actual": 999, "stretch": 1}]

    card(there, period, 80, lines=lines(120))
    card(short, period, 90, lines=lines(119))
    badge(programme, BadgeKind.KPI, kpi=revenue)

    grant_behind_closing(period, AT)

    award = Award.objects.get()
    assert award.partner == there
    assert award.value == 120
    assert award_sentence(award) == "Revenue reached €120 in 2024-Q1."


def test_a_restatement_leaves_the_award_with_a_note_and_grants_what_is_earned_now(programme):
    first, second, third = partners(3)
    period = closed("2024-Q1")
    cards = [card(one, period, total) for one, total in ((first, 90), (second, 80), (third, 70))]
    badge(programme)
    grant_behind_closing(period, AT)

    Scorecard.objects.filter(pk=cards[0].pk).update(total=75, total_e4=750_000)
    grant_behind_closing(period, AT + timedelta(days=9))

    former = Award.objects.get(partner=first)
    assert (former.holds, former.status, former.noted_at) == (False, "standing", AT + timedelta(days=9))
    assert note_sentence(former)
    assert former.total == 90, "the figure as it was"
    assert Award.objects.get(partner=second).holds

    Scorecard.objects.filter(pk=cards[0].pk).update(total=91, total_e4=910_000)
    grant_behind_closing(period, AT + timedelta(days=10))

    assert Award.objects.get(partner=first).holds, "given back"
    assert not Award.objects.get(partner=second).holds


def test_a_changed_rule_does_not_judge_the_awards_of_the_rule_before(programme):
    first, second, third = partners(3)
    period = closed("2024-Q1")
    for one, total in ((first, 95), (second, 80), (third, 70)):
        card(one, period, total)
    made = badge(programme, BadgeKind.GRADE, grade="B", name="Good")
    grant_behind_closing(period, AT)
    assert holders() == {first.pk, second.pk}

    save_badge(actor=JANE, badge=made, grade="A")
    grant_behind_closing(period, AT)

    assert Award.objects.get(partner=second).holds
    assert Award.objects.get(partner=second).rule.grade == "B"


def test_what_was_withdrawn_is_not_granted_again_for_the_same_period(programme):
    first, *others = partners(3)
    period = closed("2024-Q1")
    for one, total in zip([first, *others], (90, 80, 70), strict=True):
        card(one, period, total)
    badge(programme)
    grant_behind_closing(period, AT)

    withdrawn = withdraw_award(award=Award.objects.get(), actor=JANE, reason="Figures were wrong on purpose.")
    grant_behind_closing(period, AT)

    assert Award.objects.count() == 1
    assert (withdrawn.status, withdrawn.withdrawn_by) == ("withdrawn", "Jane")
    entry = AuditEntry.objects.get(action="award.withdrawn")
    assert (entry.partner_id, entry.reason) == (first.pk, "Figures were wrong on purpose.")
    with pytest.raises(Conflict):
        withdraw_award(award=withdrawn, actor=JANE, reason="Again.")


def test_the_closing_itself_grants_and_a_worker_that_died_is_made_up_for(in_scope):
    scored = build(in_scope, others=3)
    made = save_badge(actor=SYSTEM, name="First", kind="rank", programme=scored.programme, minimum_rated=3)
    switch_badge(badge=made, actor=SYSTEM, is_on=True, at=datetime(2024, 1, 1, tzinfo=UTC))

    close_period(period=scored.period("2024-Q1"), actor=SYSTEM, at=datetime(2024, 4, 10, tzinfo=UTC))
    assert ClosingTask.objects.filter(listener="badges", done_at=None).exists()
    do_closing_work(tenant=in_scope.tenant)
    do_closing_work(tenant=in_scope.tenant)

    assert holders() == {partner.pk for partner in scored.partners[1:]}, "three share the first place"
    assert not ClosingTask.objects.filter(done_at=None).exists()


def test_the_preview_writes_nothing_and_says_what_granting_does(programme):
    first, second, third = partners(3)
    for label in ("2023-Q4", "2024-Q1"):
        for one, total in ((first, 90), (second, 95 if label == "2024-Q1" else 80), (third, 70)):
            card(one, closed(label), total)
    made = badge(programme, is_on=False)

    found = preview_of(made)

    assert [(one.period.label, one.count, one.lines[0].partner) for one in found.periods] == [
        ("2024-Q1", 1, second),
        ("2023-Q4", 1, first),
    ]
    assert found.periods[0].lines[0].why == "Place 1 of 3 in 2024-Q1, with a score of 95.0."
    assert not Award.objects.exists()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(["rank", "rise", "grade", "kpi"]))
def test_the_statement_grants_what_the_pure_rule_grants(in_scope, seed, kind):
    random = Random(seed)
    with transaction.atomic():
        programme = Programme.objects.get(is_default=True)
        template_of(programme)
        tiers = [Tier.objects.create(programme=programme, key=f"t{n}", name=f"T{n}", rank=50 + n) for n in (1, 2)]
        regions = [RegionFactory(), None]
        kpi = KPIFactory()
        rule = Rule(
            kind=kind,
            grade="B" if kind == "grade" else "",
            kpi_id=kpi.pk if kind == "kpi" else None,
            periods=random.choice([1, 2, 3]) if kind in ("grade", "kpi") else 1,
            timing=random.choice(["crossing", "every"]),
            cohort=random.choice(Cohort.values),
            top=random.choice([1, 2]),
            minimum_rated=random.choice([3, 4]),
            points=random.choice([None, D(5)]) if kind == "rise" else None,
            coverage=random.choice([None, D("0.8")]),
        )
        periods = [closed(label) for label in ("2023-Q2", "2023-Q3", "2023-Q4", "2024-Q1")]
        cards = []
        for partner in partners(7):
            for period in periods:
                if random.random() < 0.1:
                    continue
                stretch = random.random() < 0.7
                line = {"kpi_id": kpi.pk, "state": "scored", "direction": "higher", "stretch": 10}
                made = card(
                    partner,
                    period,
                    random.choice([70, 76, 90, 95]),
                    tier=random.choice(tiers),
                    region=random.choice(regions),
                    rated=random.random() < 0.9,
                    coverage=random.choice([D(1), D("0.8"), D("0.7")]),
                    delta=random.choice([None, D(-3), D(4), D(5), D(9)]),
                    lines=[{**line, "actual": 10 if stretch else 9, "points": 80}],
                )
                holds = stretch if kind == "kpi" else made.grade in ("A", "B")
                group = tuple(getattr(made, name) for name in COHORT_COLUMNS[rule.cohort])
                cards.append(
                    Card(partner.pk, period.seq, made.rated, made.coverage, made.total, made.delta, group, holds)
                )

        tried = try_rule(rule, programme.pk, shown=50)

        found = {one.period.seq: {row.partner_id for row in one.candidates} for one in tried}
        assert found == {period.seq: granted(cards, rule, period.seq) for period in periods}
        transaction.set_rollback(True)


# --- by hand, telling -------------------------------------------------------------------------------------------------


def test_by_hand_needs_a_reason_and_is_given_once(in_scope):
    made, partner = BadgeFactory(), in_scope.partner

    with pytest.raises(InvalidInput) as refused:
        award_by_hand(badge=made, partner=partner, actor=JANE, reason="  ")
    assert refused.value.field == "reason"
    award = award_by_hand(badge=made, partner=partner, actor=JANE, reason="Saved the fair.")
    with pytest.raises(Conflict):
        award_by_hand(badge=made, partner=partner, actor=JANE, reason="Saved it again.")

    assert (award.origin, award.awarded_by, award_sentence(award)) == ("hand", "Jane", "Saved the fair.")
    assert AuditEntry.objects.get(action="award.granted").partner_id == partner.pk
    withdraw_award(award=award, actor=JANE, reason="It was somebody else.")
    award_by_hand(badge=made, partner=partner, actor=JANE, reason="It was them after all.")


def test_the_database_refuses_an_award_without_a_ground(in_scope):
    with pytest.raises(IntegrityError), transaction.atomic():
        AwardFactory(reason="", partner=in_scope.partner)


def test_partner_and_owner_hear_of_an_award_once(in_scope, django_user_model):
    person = PartnerAccessFactory(partner=in_scope.partner, role="partner_member").user
    award = award_by_hand(badge=BadgeFactory(name="Helper"), partner=in_scope.partner, actor=JANE, reason="Thank you.")

    assert has_untold_awards(in_scope.tenant)
    tell_of_awards(tenant=in_scope.tenant)
    tell_of_awards(tenant=in_scope.tenant)

    told = Notification.objects.get(kind="badge.granted", user=person)
    assert (told.title, told.body) == ("You hold the badge Helper", "Thank you.")
    assert str(award.public_id) in told.url
    assert Letter.objects.filter(key=f"badge.granted:award:{award.pk}").count() >= 1
    assert Notification.objects.filter(kind="badge.granted_to_partners").exists()
    assert not has_untold_awards(in_scope.tenant)


def test_the_partner_hears_that_an_award_it_knew_of_is_withdrawn(in_scope):
    person = PartnerAccessFactory(partner=in_scope.partner, role="partner_member").user
    known, unknown = (
        award_by_hand(badge=BadgeFactory(name=name), partner=in_scope.partner, actor=JANE, reason="Thank you.")
        for name in ("Known", "Unknown")
    )
    Award.objects.filter(pk=known.pk).update(told_at=AT)

    withdraw_award(award=known, actor=JANE, reason="It was somebody else.")
    withdraw_award(award=unknown, actor=JANE, reason="It was somebody else.")

    told = Notification.objects.get(kind="badge.withdrawn", user=person)
    assert (told.title, told.body) == ("The badge Known was withdrawn", "It was somebody else.")
    assert tell_of_awards(tenant=in_scope.tenant) == 1
    assert not Notification.objects.filter(kind="badge.granted").exists(), "what is gone is not news"


def test_a_real_restatement_reaches_the_awards(in_scope):
    scored = build(in_scope, others=2)
    made = save_badge(actor=SYSTEM, name="First", kind="rank", programme=scored.programme, minimum_rated=3)
    switch_badge(badge=made, actor=SYSTEM, is_on=True, at=datetime(2024, 1, 1, tzinfo=UTC))
    close_period(period=scored.period("2024-Q1"), actor=SYSTEM, at=datetime(2024, 4, 10, tzinfo=UTC))
    do_closing_work(tenant=in_scope.tenant)
    first, second = scored.partners[1:]
    assert holders(status="standing") == {first.pk, second.pk}

    measure([(first, scored.revenue, "2024-03-01", "-60", None)], source="late")
    score_changes(tenant=in_scope.tenant)
    late = Restatement.objects.filter(settled_at=None, scorecard__period__label="2024-Q1")
    apply_restatements(restatements=late, actor=JANE, reason="Booked late")
    do_closing_work(tenant=in_scope.tenant)

    assert holders(holds=True) == {second.pk}
    assert holders(holds=False, status="standing") == {first.pk}


# --- writing badges ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "grade"}, "grade"),
        ({"kind": "grade", "grade": "Z"}, "grade"),
        ({"kind": "kpi"}, "kpi"),
        ({"kind": "rank", "top": 5, "minimum_rated": 5}, "minimum_rated"),
        ({"kind": "rise", "points": D(0)}, "points"),
        ({"kind": "rank", "coverage": D(2)}, "coverage"),
        ({"kind": "rank", "programme": None}, "programme"),
        ({"kind": "rank", "icon": "bomb"}, "icon"),
        ({"kind": "luck"}, "kind"),
        ({"kind": "rank", "name": "  "}, "name"),
    ],
)
def test_what_could_never_be_granted_is_refused_naming_the_field(programme, values, field):
    with pytest.raises(InvalidInput) as refused:
        save_badge(actor=JANE, **{"name": "One", "programme": programme, **values})

    assert refused.value.field == field
    assert not Badge.objects.exists()


def test_names_are_taken_without_regard_to_case(programme):
    BadgeFactory(name="Rising star")

    with pytest.raises(Conflict):
        save_badge(actor=JANE, name="rising STAR", kind="hand")


def test_what_a_kind_does_not_use_is_reset(programme):
    made = save_badge(actor=JANE, name="One", kind="rank", programme=programme, grade="A", periods=4, top=2)

    assert (made.grade, made.periods, made.top) == ("", 1, 2)


def test_the_usual_badges_are_switched_off_and_can_be_previewed(programme):
    template_of(programme)

    made = usual_badges(actor=JANE, programme=programme)

    assert [one.kind for one in made] == ["rank", "rise", "grade"]
    assert not any(one.is_active for one in made)
    assert all(preview_of(one).is_empty for one in made)
    assert usual_badges(actor=JANE, programme=programme) == []
