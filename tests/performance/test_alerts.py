"""Alerts: raised from the scores by set-based statements, once, resolved by themselves or by hand, told in one line."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.models import Partner, Programme
from performance.choices import AlertStatus, RunKind
from performance.engine.recompute import RunRequest, run_engine
from performance.errors import AlertRuleInUse, AlertRuleNameTaken, AlertSettled
from performance.models import Alert, AlertRule, GradeBand, Measurement, PeriodRow, Scorecard
from performance.queries.lines import lines_of_cards
from performance.rules import alerts as conditions
from performance.services.alert_rules import (
    default_rules,
    delete_rule,
    pause_rule,
    preview_rule,
    resume_rule,
    save_rule,
)
from performance.services.alerts import look_for_alerts, reopen_alert, resolve_alerts, snooze_alerts
from performance.services.periods import close_period
from performance.services.scheduling import scoring_paused
from performance.words.alerts import rule_sentence, sentence
from prm.access.actor import SYSTEM, Actor
from prm.access.roles import Role
from prm.audit.models import AuditEntry
from prm.errors import InvalidInput
from prm.notifications.digests import digest_parts
from prm.notifications.models import MorningMail, Notification, NotificationPreference
from prm.notifications.morning import send_morning_mails
from prm.notifications.preferences import set_muted
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import PartnerFactory
from tests.performance.worlds import make_random_world
from tests.performance_screens.conftest import build, measure, recompute

D = Decimal
AT = datetime(2024, 7, 10, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _quiet():
    """Nothing looks by itself: each test looks when it wants to."""
    with scoring_paused():
        yield


@pytest.fixture
def scored(in_scope):
    """The small programme in the first tenant, its scope open."""
    return build(in_scope)


def look(world, at=AT):
    return look_for_alerts(tenant=world.tenant, at=at)


def rule(**values):
    return save_rule(actor=SYSTEM, **{"name": f"Rule {AlertRule.objects.count()}", "period_kind": "quarter", **values})


# --- Conditions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "direction", "limits", "broken"),
    [
        ("9.999999", "higher", {"floor": D(10)}, D(10)),
        ("10", "higher", {"floor": D(10)}, None),
        ("5.1", "lower", {"floor": D(5)}, D(5)),
        ("5", "lower", {"floor": D(5)}, None),
        ("4", "lower", {"floor": D(5)}, None),
        ("11", "band", {"floor": D(2), "ceiling": D(10)}, D(10)),
        ("1", "band", {"floor": D(2), "ceiling": D(10)}, D(2)),
        ("7", "band", {"floor": D(2), "ceiling": D(10)}, None),
        ("7", "band", {"floor": D(2), "ceiling": D(6), "figure": D(5)}, None),
        ("7", "higher", {"floor": D(10), "figure": D(5)}, None),
        ("4", "higher", {"figure": D(5)}, D(5)),
        ("4", "higher", {}, None),
        (None, "higher", {"floor": D(10)}, None),
    ],
)
def test_limit_of_a_kpi(actual, direction, limits, broken):
    assert conditions.broken_limit(None if actual is None else D(actual), direction, **limits) == broken


@pytest.mark.parametrize(
    ("delta", "rated", "fallen"),
    [("-10", True, True), ("-9.9999", True, False), ("10", True, False), (None, True, False), ("-50", False, False)],
)
def test_fall_of_the_score(delta, rated, fallen):
    assert conditions.has_fallen(None if delta is None else D(delta), D(10), rated=rated) is fallen


@pytest.mark.parametrize(
    ("grade", "former", "move", "moved"),
    [
        ("D", "B", "down", True),
        ("B", "D", "down", False),
        ("B", "D", "any", True),
        ("B", "B", "any", False),
        ("D", None, "down", False),
        ("D", None, "any", False),
        ("D", None, "into", True),
        ("D", "C", "into", True),
        ("D", "D", "into", False),
        ("C", "B", "into", False),
    ],
)
def test_move_of_a_grade(grade, former, move, moved):
    begins = {"B": D(75), "C": D(60), "D": D(40), None: None}

    assert conditions.grade_has_moved(grade, begins[grade], former, begins[former], move=move, into="D") is moved


def test_silence_counts_whole_days():
    today = date(2024, 7, 31)

    assert not conditions.is_silent(date(2024, 7, 1), today, 30)
    assert conditions.is_silent(date(2024, 6, 30), today, 30)
    assert conditions.is_silent(None, today, 30)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [3, 11, 42])
def test_statements_say_what_the_conditions_say(in_scope, seed):
    """Every kind of rule over a random tenant: just the alerts that the pure functions would raise."""
    rng = make_random_world(seed, Programme.objects.get(key="main"), partners=14, special=True)
    run_engine(RunRequest(kind=RunKind.MANUAL, mode="open", from_facts=True))
    period = _newest_rated()
    today = period.end + timedelta(days=5)
    at = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    template = Scorecard.objects.filter(period=period).first().template
    kpis = [line.kpi for line in template.lines.select_related("kpi")]
    plain = next(kpi for kpi in kpis if not kpi.is_derived)
    common = {"period_kind": period.kind, "wait_days": 0}
    rules = {
        "total": rule(kind="total", figure=D(rng.randint(30, 70)), **common),
        "drop": rule(kind="drop", figure=D(rng.randint(1, 15)), **common),
        "down": rule(kind="grade", grade_move="down", **common),
        "any": rule(kind="grade", grade_move="any", **common),
        "into": rule(kind="grade", grade_move="into", grade="E", **common),
        "coverage": rule(kind="missing", missing="coverage", figure=D("0.9"), **common),
        "own_coverage": rule(kind="missing", missing="coverage", **common),
        "unrated": rule(kind="missing", missing="unrated", **common),
        "silent": rule(kind="missing", missing="days", kpi=plain, days=20, **common),
        **{f"floor {kpi.code}": rule(kind="kpi", kpi=kpi, limit="floor", **common) for kpi in kpis},
        **{f"figure {kpi.code}": rule(kind="kpi", kpi=kpi, limit="figure", figure=D(20), **common) for kpi in kpis},
    }

    look(in_scope, at)

    for name, one in rules.items():
        found = set(Alert.objects.filter(rule=one, holds=True).values_list("partner_id", flat=True))
        assert found == _expected(one, period, today), name


def _newest_rated():
    rated = Scorecard.objects.filter(rated=True).values("period_id")
    return PeriodRow.objects.filter(kind="month", pk__in=rated).order_by("seq").last()


def _expected(one, period, today):
    """The partners that the pure conditions name, read card by card."""
    if one.kind == "missing" and one.missing == "days":
        line = Scorecard.objects.filter(period=period).first().template.lines.get(kpi=one.kpi)
        only = [row.pk for row in line.applies_to.all()]
        partners = Partner.objects.filter(status="active", partner_type__is_scored=True)
        found = set()
        for partner in partners:
            facts = Measurement.objects.filter(partner=partner, kpi=one.kpi).order_by("-occurred_on")
            last = facts.values_list("occurred_on", flat=True).first()
            applies = not only or partner.partner_type_id in only
            if applies and conditions.is_silent(last, today, one.days):
                found.add(partner.pk)
        return found
    cards = list(Scorecard.objects.filter(period=period))
    former = {
        card.partner_id: card
        for card in Scorecard.objects.filter(period__kind=period.kind, period__seq=period.seq - 1, rated=True)
    }
    lines = lines_of_cards([card.pk for card in cards])
    bands = {(band.template_id, band.key): band.minimum for band in GradeBand.objects.all()}
    found = set()
    for card in cards:
        before = former.get(card.partner_id)
        if one.kind == "total":
            holds = conditions.is_below(card.total, one.figure, rated=card.rated)
        elif one.kind == "drop":
            holds = conditions.has_fallen(card.delta, one.figure, rated=card.rated)
        elif one.kind == "grade":
            holds = card.rated and conditions.grade_has_moved(
                card.grade,
                bands.get((card.template_id, card.grade)),
                before.grade if before else None,
                bands.get((before.template_id, before.grade)) if before else None,
                move=one.grade_move,
                into=one.grade,
            )
        elif one.kind == "missing":
            needed = one.figure if one.figure is not None else card.template.minimum_coverage
            holds = not card.rated if one.missing == "unrated" else conditions.lacks_coverage(card.coverage, needed)
        else:
            line = next((row for row in lines[card.pk] if row.kpi_id == one.kpi_id), None)
            holds = (
                line is not None
                and line.state in ("scored", "no_benchmark")
                and conditions.broken_limit(
                    line.actual, line.direction, floor=line.floor, ceiling=line.ceiling, figure=one.figure
                )
                is not None
            )
        if holds:
            found.add(card.partner_id)
    return found


# --- Looking ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_looking_twice_raises_once(scored):
    """40 points in 2024-Q1, 80 in 2024-Q2: only the last period that has ended is watched."""
    rule(kind="total", figure=D(85))

    first = look(scored.world)
    second = look(scored.world)

    alert = Alert.objects.get()
    assert (first, second) == ((1, 0), (0, 0))
    assert (alert.partner, alert.period.label, alert.value, alert.bound) == (
        scored.partners[0],
        "2024-Q2",
        D(80),
        D(85),
    )
    assert sentence(alert) == "Score is 80.0, under 85"


@pytest.mark.django_db
def test_an_alert_goes_when_its_condition_has_gone_and_comes_back(scored):
    rule(kind="total", figure=D(85))
    look(scored.world)
    partner, revenue = scored.partners[0], scored.revenue

    measure([(partner, revenue, "2024-05-20", "20", None)], source="late")
    recompute()
    went = look(scored.world, AT + timedelta(minutes=1))
    gone = Alert.objects.get()
    measure([(partner, revenue, "2024-05-20", "0", None)], source="late")
    recompute()
    came = look(scored.world, AT + timedelta(minutes=2))
    back = Alert.objects.get()

    assert (went, came) == ((0, 1), (1, 0))
    assert (gone.status, gone.resolution, gone.holds) == ("resolved", "gone", False)
    assert (back.status, back.resolution, back.holds, back.resolved_at) == ("open", "", True, None)
    assert back.raised_at == AT + timedelta(minutes=2)


@pytest.mark.django_db
def test_resolved_by_hand_stays_quiet_while_the_condition_lasts(scored):
    rule(kind="total", figure=D(85))
    look(scored.world)

    resolve_alerts(alerts=[Alert.objects.get()], actor=SYSTEM, note="Called them.", at=AT)
    measure([(scored.partners[0], scored.revenue, "2024-05-20", "-1", None)], source="late")
    recompute()
    look(scored.world, AT + timedelta(minutes=1))

    alert = Alert.objects.get()
    assert (alert.status, alert.resolution, alert.note, alert.holds) == ("resolved", "hand", "Called them.", True)
    assert alert.value < 80


@pytest.mark.django_db
def test_only_cards_of_new_runs_are_looked_at_until_the_next_day(scored):
    one = rule(kind="total", figure=D(85))
    look(scored.world)
    Alert.objects.all().delete()

    same_day = look(scored.world, AT + timedelta(minutes=1))
    next_day = look(scored.world, AT + timedelta(days=1))
    Alert.objects.all().delete()
    save_rule(actor=SYSTEM, rule=one, figure=D(86))
    after_the_change = look(scored.world, AT + timedelta(days=1, minutes=1))

    assert (same_day[0], next_day[0], after_the_change[0]) == (0, 1, 1)


@pytest.mark.django_db
def test_one_statement_for_each_kind_of_rule_however_many_partners(in_scope):
    def statements(others):
        for _other in range(others):
            partner = PartnerFactory(partner_type=in_scope.partner.partner_type)
            measure([(partner, world.revenue, "2024-05-02", "1", None)])
        recompute()
        with CaptureQueriesContext(connection) as captured:
            look(in_scope, AT + timedelta(days=others))
        return sum("jsonb_to_recordset" in row["sql"] for row in captured)

    world = build(in_scope)
    for number in range(3):
        rule(kind="total", figure=D(90 + number))
    rule(kind="drop", figure=D(1))

    assert (statements(1), statements(6)) == (2, 2)


@pytest.mark.django_db
def test_a_new_period_takes_the_place_of_the_one_before(scored):
    rule(kind="total", figure=D(85))
    look(scored.world, datetime(2024, 4, 10, 8, tzinfo=UTC))
    former = Alert.objects.get()

    look(scored.world, datetime(2024, 7, 2, 8, tzinfo=UTC))
    waiting = Alert.objects.get(pk=former.pk).status
    look(scored.world, datetime(2024, 7, 4, 8, tzinfo=UTC))

    passed = Alert.objects.get(pk=former.pk)
    assert former.period.label == "2024-Q1"
    assert waiting == "open"
    assert (passed.status, passed.resolution) == ("resolved", "passed")
    assert Alert.objects.get(status="open").period.label == "2024-Q2"


@pytest.mark.django_db
def test_a_running_period_is_watched_only_where_the_rule_says_so(scored):
    in_may = datetime(2024, 5, 31, 8, tzinfo=UTC)
    rule(kind="total", figure=D(85), name="Ended")
    rule(kind="total", figure=D(85), name="Running", timing="running")

    look(scored.world, in_may)

    found = Alert.objects.order_by("rule__name", "period__start").values_list("rule__name", "period__label")
    assert list(found) == [("Ended", "2024-Q1"), ("Running", "2024-Q1"), ("Running", "2024-Q2")]


@pytest.mark.django_db
def test_missing_measurements_are_one_alert_until_one_arrives(scored):
    partner, revenue = scored.partners[0], scored.revenue
    rule(kind="missing", missing="days", kpi=revenue, days=30)

    look(scored.world)
    look(scored.world, AT + timedelta(days=1))
    silent = Alert.objects.get()
    measure([(partner, revenue, "2024-07-11", "1", None)], source="late")
    recompute()
    look(scored.world, AT + timedelta(days=1, minutes=1))
    gone = Alert.objects.get().status
    look(scored.world, AT + timedelta(days=60))

    assert (silent.since, silent.period, silent.status) == (date(2024, 5, 12), None, "open")
    assert gone == "resolved"
    assert list(Alert.objects.order_by("pk").values_list("since", "status")) == [
        (date(2024, 5, 12), "resolved"),
        (date(2024, 7, 11), "open"),
    ]


@pytest.mark.django_db
def test_a_terminated_partner_raises_nothing(scored):
    rule(kind="total", figure=D(85))
    look(scored.world)
    Partner.objects.filter(pk=scored.partners[0].pk).update(status="terminated")

    look(scored.world, AT + timedelta(days=1))

    assert Alert.objects.get().status == "resolved"


@pytest.mark.django_db
def test_a_closed_card_keeps_its_alert_by_its_frozen_lines(scored):
    one = rule(kind="kpi", kpi=scored.revenue, limit="figure", figure=D(150))
    look(scored.world)
    close_period(period=scored.period("2024-Q2"), actor=SYSTEM, at=AT)

    again = look(scored.world, AT + timedelta(days=1))

    alert = Alert.objects.get(rule=one)
    assert again == (0, 0)
    assert (alert.status, alert.value, alert.bound) == ("open", D(100), D(150))


@pytest.mark.django_db
def test_nothing_is_seen_of_another_tenant(two_tenants):
    acme, beta = two_tenants
    for world in two_tenants:
        with world.scope():
            build(world)
    with acme.scope():
        rule(kind="total", figure=D(85))

    look(acme)
    look(beta)

    with acme.scope():
        assert list(Alert.objects.values_list("partner__name", flat=True)) == ["Partner of acme"]
    with beta.scope():
        assert not Alert.objects.exists()


# --- Rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "kpi"}, "kpi"),
        ({"kind": "total"}, "figure"),
        ({"kind": "total", "figure": D(101)}, "figure"),
        ({"kind": "drop", "figure": D(0)}, "figure"),
        ({"kind": "grade"}, "grade_move"),
        ({"kind": "grade", "grade_move": "into"}, "grade"),
        ({"kind": "grade", "grade_move": "into", "grade": "Z"}, "grade"),
        ({"kind": "missing"}, "missing"),
        ({"kind": "missing", "missing": "days"}, "kpi"),
        ({"kind": "missing", "missing": "coverage", "figure": D(2)}, "figure"),
        ({"kind": "outcome"}, "kind"),
        ({"kind": "total", "figure": D(5), "name": "  "}, "name"),
    ],
)
def test_a_rule_that_cannot_be_watched_is_refused(scored, values, field):
    with pytest.raises(InvalidInput) as refusal:
        rule(**values)

    assert refusal.value.field == field
    assert not AlertRule.objects.exists()


@pytest.mark.django_db
def test_two_rules_do_not_share_a_name(scored):
    rule(kind="total", figure=D(50), name="Low")

    with pytest.raises(AlertRuleNameTaken):
        rule(kind="total", figure=D(40), name="low")


@pytest.mark.django_db
def test_a_rule_keeps_only_what_its_kind_uses_and_its_change_is_on_the_trail(scored):
    one = rule(kind="total", figure=D(50), kpi=scored.revenue, days=3, grade="A")

    save_rule(actor=SYSTEM, rule=one, figure=D(45))
    save_rule(actor=SYSTEM, rule=one, figure=D(45))

    assert (one.kpi, one.days, one.grade) == (None, None, "")
    (entry,) = AuditEntry.objects.filter(action="alert_rule.updated")
    assert entry.changes == {"figure": ["50.000000", "45"]}


@pytest.mark.django_db
def test_preview_lists_and_writes_nothing(scored):
    close_period(period=scored.period("2024-Q1"), actor=SYSTEM, at=AT)

    tried = preview_rule(AlertRule(kind="total", figure=D(60), period_kind="quarter"), today=AT.date())

    assert (tried.period.label, tried.count) == ("2024-Q1", 1)
    assert [(row.partner_id, row.value) for row in tried.alerts] == [(scored.partners[0].pk, D(40))]
    assert not Alert.objects.exists()


@pytest.mark.django_db
def test_pausing_resolves_and_switching_on_looks_again(scored):
    one = rule(kind="total", figure=D(85))
    look(scored.world)

    pause_rule(rule=one, actor=SYSTEM)
    paused = Alert.objects.get()
    look(scored.world, AT + timedelta(days=1))
    resume_rule(rule=one, actor=SYSTEM)
    look(scored.world, AT + timedelta(days=1, minutes=1))

    assert (paused.status, paused.resolution) == ("resolved", "rule_off")
    assert Alert.objects.get().status == "open"
    with pytest.raises(AlertRuleInUse):
        delete_rule(rule=one, actor=SYSTEM)


@pytest.mark.django_db
def test_a_new_programme_begins_with_rules_that_can_be_watched(scored):
    made = default_rules(actor=SYSTEM, programme=scored.programme)

    again = default_rules(actor=SYSTEM, programme=scored.programme)

    look(scored.world)
    assert [rule_sentence(one) for one in made] == [
        "Score falls by 10 points or more against the quarter before",
        "Grade of a quarter becomes E",
        "Scorecard of a quarter is not rated",
        "Sell-out revenue is worse than its floor in a quarter",
    ]
    assert again == []


# --- Settling --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_snoozed_until_the_morning_of_a_day(scored):
    rule(kind="total", figure=D(85))
    look(scored.world)

    snooze_alerts(alerts=Alert.objects.all(), actor=SYSTEM, until=date(2024, 7, 17), note="Waiting for May.", at=AT)
    look(scored.world, AT + timedelta(days=6))
    before = Alert.objects.get()
    look(scored.world, AT + timedelta(days=7))

    assert (before.status, before.snoozed_until, before.note) == ("snoozed", date(2024, 7, 17), "Waiting for May.")
    assert (Alert.objects.get().status, Alert.objects.get().snoozed_until) == ("open", None)
    assert AuditEntry.objects.filter(action="alert.snoozed", partner_id=scored.partners[0].pk).exists()


@pytest.mark.django_db
def test_settling_is_refused_with_the_field_or_the_state(scored):
    rule(kind="total", figure=D(85))
    look(scored.world)
    alert = Alert.objects.get()

    with pytest.raises(InvalidInput) as no_note:
        resolve_alerts(alerts=[alert], actor=SYSTEM, note=" ")
    with pytest.raises(InvalidInput) as past:
        snooze_alerts(alerts=[alert], actor=SYSTEM, until=AT.date(), at=AT)
    with pytest.raises(InvalidInput) as far:
        snooze_alerts(alerts=[alert], actor=SYSTEM, until=date(2026, 1, 1), at=AT)
    resolve_alerts(alerts=[alert], actor=SYSTEM, note="Done.")
    with pytest.raises(AlertSettled):
        resolve_alerts(alerts=[alert], actor=SYSTEM, note="Done.")
    reopened = reopen_alert(alert=Alert.objects.get(), actor=SYSTEM)
    with pytest.raises(AlertSettled):
        reopen_alert(alert=reopened, actor=SYSTEM)

    assert (no_note.value.field, past.value.field, far.value.field) == ("note", "until", "until")
    assert (reopened.status, reopened.resolution, reopened.note) == ("open", "", "")


@pytest.mark.django_db
@pytest.mark.parametrize("source", AlertStatus.values)
@pytest.mark.parametrize("target", AlertStatus.values)
def test_every_move_that_the_table_lacks_is_refused(scored, source, target):
    from performance.rules.alert_moves import ALERT_LIFECYCLE
    from performance.services.alerts import _move

    rule(kind="total", figure=D(85))
    look(scored.world)
    resolved_at = AT if source == "resolved" else None
    Alert.objects.update(
        status=source, resolved_at=resolved_at, snoozed_until=date(2024, 8, 1) if source == "snoozed" else None
    )
    values = {
        "resolved_at": AT if target == "resolved" else None,
        "resolution": "",
        "snoozed_until": date(2024, 8, 2) if target == "snoozed" else None,
    }
    allowed = (source, target) in {(move.source, move.target) for move in ALERT_LIFECYCLE.moves}

    try:
        _move(Alert.objects.all(), AlertStatus(target), SYSTEM, "alert.moved", note="", **values)
        moved = True
    except AlertSettled:
        moved = False

    assert moved is allowed


# --- Telling ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_owner_hears_once_in_one_line(scored):
    owner = MembershipFactory(tenant=scored.world.tenant, role=Role.CHANNEL_MANAGER).user
    lead = MembershipFactory(tenant=scored.world.tenant, role=Role.PROGRAMME_MANAGER).user
    Partner.objects.filter(pk=scored.partners[0].pk).update(owner=owner)
    rule(kind="total", figure=D(85))

    look(scored.world)
    first = Notification.objects.get(user=owner)
    rule(kind="total", figure=D(86))
    look(scored.world, AT + timedelta(minutes=1))
    second = Notification.objects.get(user=owner)

    assert (first.title, first.body, first.amount) == ("Partner of acme", "Score is 80.0, under 85", 1)
    assert (second.title, second.amount) == ("2 new alerts", 2)
    assert not Notification.objects.filter(user=lead).exists()


@pytest.mark.django_db
def test_without_an_owner_the_programme_managers_hear(scored):
    lead = MembershipFactory(tenant=scored.world.tenant, role=Role.PROGRAMME_MANAGER).user
    rule(kind="total", figure=D(85))

    look(scored.world)

    assert list(Notification.objects.filter(kind="alert.raised").values_list("user_id", flat=True)) == [lead.pk]


def _owned(scored, count):
    """So many partners of one owner with low scores, each lower than the one before by a point."""
    owner = MembershipFactory(tenant=scored.world.tenant, role=Role.CHANNEL_MANAGER, user__full_name="Marta Ruiz").user
    for number in range(count):
        partner = PartnerFactory(partner_type=scored.partners[0].partner_type, name=f"Partner {number}", owner=owner)
        measure(
            [(partner, scored.revenue, "2024-02-10", "100", None), (partner, scored.defects, "2024-02-11", "1", "100")]
        )
        sold = str(90 - 10 * number)
        measure(
            [(partner, scored.revenue, "2024-05-10", sold, None), (partner, scored.defects, "2024-05-11", "1", "100")]
        )
    recompute()
    return owner


@pytest.mark.django_db
def test_one_mail_in_the_morning_with_the_five_that_moved_most(scored):
    owner = _owned(scored, 7)
    rule(kind="drop", figure=D(1))
    look(scored.world)

    sent = send_morning_mails(tenant=scored.world.tenant, at=AT + timedelta(minutes=5))
    again = send_morning_mails(tenant=scored.world.tenant, at=AT + timedelta(minutes=35))
    next_day = send_morning_mails(tenant=scored.world.tenant, at=AT + timedelta(days=1))

    (letter,) = mail.outbox
    html = letter.alternatives[0][0]
    shown = [line["title"] for line in MorningMail.objects.get().parts[0]["lines"]]
    assert (sent, again, next_day) == (1, 0, 0)
    assert letter.to == [owner.email]
    assert letter.subject == "7 new alerts about 7 partners"
    assert shown == ["Partner 6", "Partner 5", "Partner 4", "Partner 3", "Partner 2"]
    assert "2 more partners have new alerts." in letter.body
    assert "Partner 6" in html
    assert "?mine=yes&amp;status=open" in html
    assert letter.extra_headers["Message-ID"].startswith(f"<morning-acme-{owner.pk}-20240710@")


@pytest.mark.django_db
def test_no_mail_for_who_does_not_want_it_or_has_settled_it(scored):
    owner = _owned(scored, 1)
    member = owner.memberships.get()
    rule(kind="drop", figure=D(1))
    look(scored.world)

    set_muted(user_id=member.user_id, role=member.role, wanted=[])
    unwanted = send_morning_mails(tenant=scored.world.tenant, at=AT + timedelta(minutes=5))
    set_muted(
        user_id=member.user_id,
        role=member.role,
        wanted=[part.key for part in digest_parts() if part.key != "closed_periods"],
    )
    resolve_alerts(alerts=Alert.objects.filter(partner__owner=owner), actor=Actor.of_user(owner), note="Done.", at=AT)
    settled = send_morning_mails(tenant=scored.world.tenant, at=AT + timedelta(minutes=10))

    assert (unwanted, settled, mail.outbox) == (0, 0, [])
    assert NotificationPreference.objects.get(user=owner).muted == ["closed_periods"]


@pytest.mark.django_db
def test_a_mail_that_could_not_be_sent_is_sent_with_the_next_try(scored, monkeypatch):
    _owned(scored, 1)
    rule(kind="drop", figure=D(1))
    look(scored.world)

    def down(_self, **_kwargs):
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", down)
        with pytest.raises(ConnectionRefusedError):
            send_morning_mails(tenant=scored.world.tenant, at=AT)
    unsent = MorningMail.objects.get().sent_at
    count = send_morning_mails(tenant=scored.world.tenant, at=AT + timedelta(minutes=30))

    assert (unsent, count, len(mail.outbox)) == (None, 1, 1)
    assert MorningMail.objects.get().sent_at is not None
