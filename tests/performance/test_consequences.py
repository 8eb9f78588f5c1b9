"""Consequences of grades: what follows is decided by one rule, kept once, carried out once, and shown before."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from partners.choices import PartnerStatus
from performance.choices import AlertStatus
from performance.consequences import ConsequenceKind, consequence_kinds
from performance.digests.outcomes import grades_of_the_morning
from performance.errors import ConsequencesNotReady, TemplateNotReady
from performance.models import Alert, GradeBand, Outcome, PeriodRow, Restatement, Scorecard, ScorecardTemplate
from performance.queries.consequences import due_as_version, due_in_force, outcomes_of, trial_periods, usual_period
from performance.rules.consequences import Chosen, follows, former_of, regraded
from performance.rules.scoring import DEFAULT_BANDS, grade_for
from performance.rules.scoring import GradeBand as Band
from performance.services.consequences import (
    MOST_TRIES,
    carry_out_outcomes,
    chosen_of,
    has_waiting_outcomes,
    switch_consequences,
)
from performance.services.periods import close_period
from performance.services.recompute import score_changes
from performance.services.restatements import apply_restatements
from performance.services.scheduling import scoring_paused
from performance.services.templates import (
    BandSpec,
    ConsequenceSpec,
    LineSpec,
    SectionSpec,
    TemplateSpec,
    draft_template,
    publish_template,
    revise_template,
    rewrite_draft,
    spec_of_template,
    usual_consequences,
)
from performance.services.what_ifs import TemplateEdit, begin_what_if, edit_what_if
from prm.access.actor import Actor
from prm.access.roles import Role
from prm.accounts.models import Membership
from prm.audit.models import AuditEntry
from prm.errors import InvalidInput
from prm.notifications.letters import send_letters
from prm.notifications.models import Letter, Notification
from prm.notifications.preferences import set_reaches
from prm.periods import FiscalCalendar
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory
from tests.factories.partners import PartnerFactory, ProgrammeFactory
from tests.factories.performance import ScorecardTemplateFactory
from tests.performance_screens.conftest import build, measure, recompute

D = Decimal
CLOSED = datetime(2024, 4, 10, 8, 0, tzinfo=UTC)
LATER = datetime(2024, 7, 10, 8, 0, tzinfo=UTC)
JANE = Actor(kind="user", label="Jane")


@pytest.fixture(autouse=True)
def _quiet():
    """Nothing is carried out by itself: each test does it when it wants to."""
    with scoring_paused():
        yield


@pytest.fixture
def scored(in_scope):
    """The partner has 40 points (D) in the first quarter and 80 (B) in the second; two others have 86 (B) in both."""
    return build(in_scope, others=2)


def choose(scored, **by_grade):
    """A version of the programme with these consequences, in place of the one that has scored so far."""
    template = scored.template
    for key, kinds in by_grade.items():
        band = GradeBand.objects.get(template=template, key=key)
        for kind in kinds:
            name, _colon, timing = kind.partition(":")
            band.consequences.create(kind=name, timing=timing or "crossing")
    return template


def switched_on(scored, *, at=CLOSED - timedelta(days=1), **by_grade):
    return switch_consequences(template=choose(scored, **by_grade), actor=JANE, is_on=True, at=at)


def quarter(label="2024-Q1"):
    return PeriodRow.objects.get(label=label)


def close(label="2024-Q1", at=CLOSED):
    return close_period(period=quarter(label), actor=JANE, at=at)


def noted():
    return sorted(Outcome.objects.values_list("partner__external_id", "kind", "grade", "former_grade", "state"))


# --- The rule --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grade", "former", "timing", "rated", "result"),
    [
        ("D", "C", "crossing", True, True),
        ("D", "E", "crossing", True, True),
        ("D", None, "crossing", True, True),
        ("D", "D", "crossing", True, False),
        ("D", "D", "every", True, True),
        ("D", "C", "every", True, True),
        ("C", "D", "every", True, False),
        ("D", "C", "every", False, False),
        ("D", "C", "crossing", False, False),
    ],
)
def test_a_consequence_follows_on_coming_into_the_grade_or_in_every_period(grade, former, timing, rated, result):
    found = follows(grade, former, [Chosen("D", "tell", timing)], rated=rated)

    assert found == ({"tell"} if result else set())


def test_periods_without_a_grade_are_passed_over():
    history = ["C", None, None, "C", "D"]

    assert former_of(history, 3) == "C"
    assert former_of(history, 4) == "C"
    assert former_of(history, 0) is None
    assert follows("C", former_of(history, 3), [Chosen("C", "tell")]) == set()


GRADES = st.sampled_from([None, *"ABCDE"])


@given(
    st.lists(GRADES, max_size=12),
    st.lists(
        st.builds(Chosen, st.sampled_from("ABCDE"), st.sampled_from("xyz"), st.sampled_from(["crossing", "every"]))
    ),
)
def test_laws_of_a_history(history, chosen):
    crossings = [Chosen(one.grade, one.kind) for one in chosen]
    always = [Chosen(one.grade, one.kind, "every") for one in chosen]
    last = None

    for place, grade in enumerate(history):
        former = former_of(history, place)
        assert former == last
        found = follows(grade or "", former, chosen, rated=grade is not None)
        assert follows(grade or "", former, crossings, rated=grade is not None) <= found
        assert found <= follows(grade or "", former, always, rated=grade is not None)
        if grade is None:
            assert not found
        else:
            if grade == last:
                assert not follows(grade, former, crossings)
            last = grade


@given(st.decimals(0, 100, places=4), st.lists(st.integers(1, 99), max_size=4, unique=True), st.booleans())
def test_regrading_keeps_the_limit_of_a_gate_and_the_bands(total, minimums, is_limited):
    bands = [Band("E", D(0)), *(Band(key, D(low)) for key, low in zip("DCBA", sorted(minimums), strict=False))]
    stored = grade_for(total, DEFAULT_BANDS)

    found = regraded(total, stored, bands, is_limited=is_limited)

    order = [band.key for band in bands]
    assert order.index(found) <= order.index(grade_for(total, bands))
    if not is_limited:
        assert found == grade_for(total, bands)
    elif stored in order:
        assert order.index(found) <= order.index(stored)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_the_statement_finds_what_the_rule_says_on_random_histories(in_scope, seed):
    random = Random(seed)
    programme = ProgrammeFactory()
    version = ScorecardTemplateFactory(programme=programme)
    other = ScorecardTemplateFactory(
        programme=programme,
        version=2,
        status="draft",
        valid_from=None,
        published_at=None,
        bands=[Band(key, D(low)) for key, low in zip("ABCE", [95, 60, 30, 0], strict=True)],
    )
    kinds = consequence_kinds.keys
    chosen = {}
    for template in (version, other):
        rows = [
            Chosen(band.key, kind, random.choice(["crossing", "every"]))
            for band in template.bands.all()
            for kind in kinds
            if random.random() < 0.5
        ]
        for one in rows:
            template.bands.get(key=one.grade).consequences.create(kind=one.kind, timing=one.timing)
        chosen[template.pk] = rows
    ScorecardTemplate.objects.filter(pk=version.pk).update(consequences_on_at=CLOSED, status="published")
    calendar = FiscalCalendar()
    periods = []
    for label in ("2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4", "2024-Q1"):
        value = calendar.parse(label)
        names = ("kind", "label", "start", "end", "seq", "ym_from", "ym_to")
        periods.append(PeriodRow.objects.create(**{name: getattr(value, name) for name in names}))
    partners = PartnerFactory.create_batch(8)
    gone = partners[-1]
    gone.status = PartnerStatus.TERMINATED
    gone.save()
    cards = {}
    for partner in partners:
        for period in periods:
            if random.random() < 0.1:
                continue
            total = D(random.randint(0, 1_000_000)) / 10_000
            rated, limited = random.random() < 0.8, random.random() < 0.2
            grade = grade_for(total, DEFAULT_BANDS)
            if limited and grade in "AB":
                grade = "C"
            cards[partner.pk, period.pk] = Scorecard.objects.create(
                programme=programme,
                period=period,
                partner=partner,
                template=version,
                partner_type=partner.partner_type,
                total=total,
                total_e4=int(total * 10_000),
                coverage=1,
                rated=rated,
                grade=grade if rated else "",
                limited_by_id=1 if limited else None,
            )

    def expected(template, period):
        found = set()
        bands = [Band(band.key, band.minimum) for band in template.bands.all()]
        for partner in partners[:-1]:
            history = []
            for row in periods[: periods.index(period) + 1]:
                card = cards.get((partner.pk, row.pk))
                if card is None or not card.rated:
                    history.append(None)
                elif template == version:
                    history.append(card.grade)
                else:
                    history.append(regraded(card.total, card.grade, bands, is_limited=card.limited_by_id is not None))
            grade, former = history[-1], former_of(history, len(history) - 1)
            kinds = follows(grade or "", former, chosen[template.pk], rated=grade is not None)
            found |= {(partner.pk, kind, grade, former or "") for kind in kinds}
        return found

    for period in periods:
        in_force = {(row.partner_id, row.kind, row.grade, row.former_grade) for row in due_in_force(period).rows}
        assert in_force == expected(version, period)
        for template in (version, other):
            tried = due_as_version(template, period).rows
            assert {(row.partner_id, row.kind, row.grade, row.former_grade) for row in tried} == expected(
                template, period
            )


# --- Choosing and switching ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_consequences_are_versioned_and_fixed_with_the_version(scored):
    draft = revise_template(template=scored.template, actor=JANE)
    spec = spec_of_template(draft)
    bands = [
        BandSpec(
            band.key, band.minimum, band.name, [ConsequenceSpec("notify_owner", "every")] if band.key == "E" else ()
        )
        for band in spec.bands
    ]
    rewrite_draft(template=draft, actor=JANE, name="Next", spec=TemplateSpec(spec.sections, bands, spec.settings))
    published = publish_template(template=draft, actor=JANE, valid_from=date(2024, 7, 1))

    assert chosen_of(published) == {("E", "notify_owner", "every")}
    assert chosen_of(scored.template) == set()
    assert spec_of_template(revise_template(template=published, actor=JANE)).bands == spec_of_template(published).bands


@pytest.mark.django_db
def test_an_unknown_consequence_is_refused(scored):
    spec = TemplateSpec(sections=[], bands=[BandSpec("A", D(0), "", [ConsequenceSpec("cut_ties")])])

    with pytest.raises(InvalidInput, match="no consequence “cut_ties”"):
        draft_template(programme=scored.programme, actor=JANE, name="Harsh", spec=spec)


@pytest.mark.django_db
def test_consequences_need_a_kind_of_period_that_is_scored(scored):
    sections = [SectionSpec("main", "Main", [LineSpec(scored.revenue, D(100))])]
    bands = [BandSpec("A", D(0), "", [ConsequenceSpec("notify_owner")])]
    settings = {"period_kinds": ["month"], "consequence_periods": ["quarter"]}
    spec = TemplateSpec(sections=sections, bands=bands, settings=settings)
    draft = draft_template(programme=scored.programme, actor=JANE, name="Monthly", spec=spec)

    with pytest.raises(TemplateNotReady, match="no kind of period") as refusal:
        publish_template(template=draft, actor=JANE, valid_from=date(2024, 7, 1))

    assert refusal.value.field == "consequence_periods"


@pytest.mark.django_db
def test_switching_is_recorded_and_asks_for_something_to_switch(scored):
    with pytest.raises(ConsequencesNotReady, match="No consequence is chosen"):
        switch_consequences(template=scored.template, actor=JANE, is_on=True)
    with pytest.raises(ConsequencesNotReady, match="off already"):
        switch_consequences(template=scored.template, actor=JANE, is_on=False)

    template = switched_on(scored, D=["notify_owner"])

    assert template.consequences_on_by == "Jane"
    with pytest.raises(ConsequencesNotReady, match="on already"):
        switch_consequences(template=template, actor=JANE, is_on=True)
    (entry,) = AuditEntry.objects.filter(action="template.consequences_switched_on")
    assert entry.changes == {"consequences": [None, ["D: notify_owner, crossing"]]}
    switch_consequences(template=template, actor=JANE, is_on=False)
    assert AuditEntry.objects.filter(action="template.consequences_switched_off").exists()


@pytest.mark.django_db
def test_a_draft_cannot_be_switched_on(scored):
    choose(scored, D=["notify_owner"])
    draft = revise_template(template=scored.template, actor=JANE)

    with pytest.raises(ConsequencesNotReady, match="Publish the version first"):
        switch_consequences(template=draft, actor=JANE, is_on=True)


@pytest.mark.django_db
@pytest.mark.parametrize(("changed", "asked", "is_on"), [(False, None, True), (True, None, False), (True, True, True)])
def test_a_new_version_stays_on_only_with_the_same_consequences(scored, changed, asked, is_on):
    switched_on(scored, D=["notify_owner"])
    draft = revise_template(template=scored.template, actor=JANE)
    if changed:
        draft.bands.get(key="E").consequences.create(kind="notify_partner", timing="crossing")

    published = publish_template(template=draft, actor=JANE, valid_from=date(2024, 7, 1), consequences_on=asked)

    published.refresh_from_db()
    assert (published.consequences_on_at is not None) is is_on


@pytest.mark.django_db
def test_a_what_if_keeps_what_follows_from_a_grade(scored):
    choose(scored, D=["notify_owner"], E=["notify_partner:every"])
    today = date(2024, 8, 1)
    what_if = begin_what_if(actor=JANE, programme=scored.programme, today=today)
    bands = [BandSpec(key, D(low)) for key, low in zip("ABDE", [90, 70, 45, 0], strict=True)]

    what_if = edit_what_if(what_if=what_if, actor=JANE, today=today, template=TemplateEdit(bands=bands))

    assert chosen_of(what_if.template) == {("D", "notify_owner", "crossing"), ("E", "notify_partner", "every")}


def test_a_new_programme_begins_with_the_owner_hearing_of_the_lowest_grades():
    bands = usual_consequences([BandSpec(band.key, band.minimum) for band in DEFAULT_BANDS])

    chosen = {band.key: [(row.kind, row.timing) for row in band.consequences] for band in bands}
    assert chosen == {
        "A": [],
        "B": [],
        "C": [],
        "D": [("notify_owner", "crossing")],
        "E": [("notify_owner", "crossing"), ("notify_partner", "crossing")],
    }


# --- Closing ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_looking_tells_nobody_and_closing_does_what_was_shown(scored):
    switched_on(scored, B=["notify_owner"], D=["notify_owner", "notify_partner"])
    shown = {(row.partner_id, row.kind) for row in due_in_force(quarter()).rows}
    assert not Outcome.objects.exists()

    close()

    assert {(row.partner_id, row.kind) for row in Outcome.objects.all()} == shown
    assert len(shown) == 4
    assert not Notification.objects.filter(kind__startswith="grade.").exists()
    entry = AuditEntry.objects.get(action="period.closed")
    assert entry.changes == {"consequences": [None, {"notify_owner": 3, "notify_partner": 1}]}


@pytest.mark.django_db
def test_nothing_follows_while_they_are_off_or_from_another_kind_of_period(scored):
    choose(scored, D=["notify_owner:every"])
    close()
    assert noted() == []

    switch_consequences(template=scored.template, actor=JANE, is_on=True)
    close_period(period=PeriodRow.objects.get(label="2024-02"), actor=JANE, at=CLOSED)

    assert noted() == []


@pytest.mark.django_db
def test_nothing_follows_from_a_card_that_is_not_rated(scored):
    ScorecardTemplate.objects.filter(pk=scored.template.pk).update(minimum_coverage=1)
    measure([(scored.world.partner, scored.revenue, "2024-08-01", "1", None)])
    recompute()
    switched_on(scored, **{key: ["notify_owner:every"] for key in "ABCDE"})

    close("2024-Q3", at=datetime(2024, 10, 5, tzinfo=UTC))

    card = Scorecard.objects.get(period__label="2024-Q3", partner=scored.world.partner)
    assert not card.rated
    assert not Outcome.objects.filter(partner=scored.world.partner).exists()


@pytest.mark.django_db
def test_the_second_quarter_is_held_against_the_last_rated_one(scored):
    switched_on(scored, B=["notify_owner"], D=["notify_owner"])
    close()
    close("2024-Q2", at=LATER)

    second = Outcome.objects.filter(scorecard__period__label="2024-Q2")
    assert [(row.partner_id, row.grade, row.former_grade) for row in second] == [(scored.world.partner.pk, "B", "D")]


@pytest.mark.django_db
def test_everything_is_done_once_however_often_it_is_asked(scored, django_capture_on_commit_callbacks):
    world = scored.world
    world.partner.owner = world.admin
    world.partner.save()
    switched_on(scored, D=["notify_owner", "notify_partner", "raise_alert"])
    close()

    with django_capture_on_commit_callbacks(execute=True):
        first = carry_out_outcomes(tenant=world.tenant, at=CLOSED)
    second = carry_out_outcomes(tenant=world.tenant, at=CLOSED + timedelta(minutes=5))

    assert (first, second) == (3, 0)
    assert set(Outcome.objects.values_list("state", "told")) == {("done", 1)}
    (owner,) = Notification.objects.filter(kind="grade.owner_told")
    assert (owner.user_id, owner.title) == (world.admin.pk, f"{world.partner.name}: grade D, the first one")
    assert owner.url.endswith("/scorecard/?period=2024-Q1&programme=main#followed")
    (told,) = Notification.objects.filter(kind="grade.partner_told")
    assert (told.user_id, told.partner_id) == (world.partner_user.pk, world.partner.pk)
    assert told.title == "Your grade for 2024-Q1 is D"
    assert told.body == "The score is 40.0 of 100. Your scorecard shows which step would help most."
    (letter,) = [one for one in mail.outbox if one.to == [world.partner_user.email]]
    assert letter.subject == "Your grade for 2024-Q1 is D"
    assert f"/portal/{world.tenant.slug}/{world.partner.public_id}/scorecard/?period=2024-Q1&programme=main" in (
        letter.body
    )
    alert = Alert.objects.get()
    assert (alert.kind, alert.severity, alert.grade, alert.value) == ("outcome", "warning", "D", D(40))
    assert not Notification.objects.filter(kind="alert.raised").exists(), "The owner was told of the grade already."
    send_letters(tenant=world.tenant)
    assert len([one for one in mail.outbox if one.to == [world.partner_user.email]]) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("chosen", "lines"), [("inbox", 1), ("nothing", 0)])
def test_who_wants_no_mail_about_grades_gets_none(scored, chosen, lines):
    world = scored.world
    switched_on(scored, D=["notify_partner"])
    set_reaches(user_id=world.partner_user.pk, reaches={"grade.partner_told": chosen})
    close()

    carry_out_outcomes(tenant=world.tenant, at=CLOSED)

    assert Letter.objects.count() == 0
    assert Notification.objects.filter(user=world.partner_user, kind="grade.partner_told").count() == lines


@pytest.mark.django_db
def test_an_owner_gets_one_line_however_many_partners(scored):
    manager = MembershipFactory(tenant=scored.world.tenant, role=Role.CHANNEL_MANAGER).user
    for partner in scored.partners:
        partner.owner = manager
        partner.save()
    switched_on(scored, B=["notify_owner"], D=["notify_owner"])
    close()
    carry_out_outcomes(tenant=scored.world.tenant, at=CLOSED)

    (line,) = Notification.objects.filter(user=manager, kind="grade.owner_told")
    assert (line.title, line.amount) == ("3 new grades of your partners", 3)
    assert line.url == f"/t/{scored.world.tenant.slug}/consequences/?mine=yes&kind=notify_owner"

    close("2024-Q2", at=LATER)
    carry_out_outcomes(tenant=scored.world.tenant, at=LATER)

    (line,) = Notification.objects.filter(user=manager, kind="grade.owner_told")
    assert (line.title, line.amount) == ("4 new grades of your partners", 4)
    membership = Membership.objects.get(user=manager)
    text = grades_of_the_morning(membership, LATER - timedelta(hours=1))
    assert text is not None
    assert [(one.title, one.texts, one.figure) for one in text.lines] == [
        (scored.world.partner.name, ["2024-Q2: Grade B, before that D"], "score 80.0")
    ]
    assert grades_of_the_morning(membership, LATER) is None


@pytest.mark.django_db
def test_a_partner_without_people_is_noted_as_nobody_to_tell(scored):
    switched_on(scored, B=["notify_partner"])
    close()
    carry_out_outcomes(tenant=scored.world.tenant, at=CLOSED)

    assert {row[-1] for row in noted()} == {"nobody"}
    assert outcomes_of(Scorecard.objects.filter(grade="B", period__label="2024-Q1").first(), is_portal=True) == []


# --- When something goes wrong ---------------------------------------------------------------------------------------


@pytest.fixture
def stubborn(monkeypatch):
    """A consequence that fails for one partner as long as it is told to."""
    state = {"fails_for": None, "done": []}

    def carry_out(outcomes, _at):
        for outcome in outcomes:
            if outcome.partner_id == state["fails_for"]:
                raise RuntimeError("The badge printer is out of paper.")
            state["done"].append(outcome.partner_id)
        return {outcome.pk: 1 for outcome in outcomes}

    kind = ConsequenceKind(
        key="stubborn",
        label="Stubborn",
        help="",
        would=str,
        happened=lambda _outcome: "done",
        carry_out=carry_out,
    )
    monkeypatch.setitem(consequence_kinds._kinds, "stubborn", kind)
    return state


@pytest.mark.django_db
def test_one_failure_breaks_neither_the_closing_nor_the_others_and_is_tried_again(scored, stubborn):
    stubborn["fails_for"] = scored.world.partner.pk
    switched_on(scored, B=["stubborn"], D=["stubborn", "notify_owner"])

    close()
    carry_out_outcomes(tenant=scored.world.tenant, at=CLOSED)

    assert quarter().is_closed
    failed = Outcome.objects.get(kind="stubborn", partner=scored.world.partner)
    assert (failed.state, failed.tries) == ("failed", 1)
    assert failed.problem == "RuntimeError: The badge printer is out of paper."
    assert set(Outcome.objects.exclude(pk=failed.pk).values_list("state", flat=True)) == {"done"}
    assert has_waiting_outcomes(scored.world.tenant)

    stubborn["fails_for"] = None
    stubborn["done"].clear()
    carry_out_outcomes(tenant=scored.world.tenant, at=CLOSED + timedelta(minutes=5))

    failed.refresh_from_db()
    assert (failed.state, failed.tries, failed.problem) == ("done", 2, "")
    assert stubborn["done"] == [scored.world.partner.pk]
    assert not has_waiting_outcomes(scored.world.tenant)


@pytest.mark.django_db
def test_trying_ends_after_a_while(scored, stubborn):
    stubborn["fails_for"] = scored.world.partner.pk
    switched_on(scored, D=["stubborn"])
    close()

    for minute in range(MOST_TRIES + 2):
        carry_out_outcomes(tenant=scored.world.tenant, at=CLOSED + timedelta(minutes=minute))

    assert Outcome.objects.get().tries == MOST_TRIES


@pytest.mark.django_db
def test_a_mail_that_cannot_be_sent_is_tried_again_and_sent_once(
    scored, monkeypatch, django_capture_on_commit_callbacks
):
    switched_on(scored, D=["notify_partner"])
    close()

    class Refusing:
        def send(self):
            raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("prm.notifications.letters.mail_of", lambda **_kwargs: Refusing())
        with django_capture_on_commit_callbacks(execute=True):
            carry_out_outcomes(tenant=scored.world.tenant, at=CLOSED)
    letter = Letter.objects.get()
    assert (letter.tries, letter.sent_at) == (1, None)
    assert Outcome.objects.get().state == "done", "The message in the inbox is there."

    assert send_letters(tenant=scored.world.tenant) == 1
    assert send_letters(tenant=scored.world.tenant) == 0
    assert [one.to for one in mail.outbox] == [[scored.world.partner_user.email]]


# --- Restatements ----------------------------------------------------------------------------------------------------


def restate(scored, value, at):
    """A late sale, or its correction, brings the first quarter's card to another score; decided at once."""
    measure([(scored.world.partner, scored.revenue, "2024-03-01", value, None)])
    score_changes(tenant=scored.world.tenant)
    rows = Restatement.objects.filter(settled_at=None, scorecard__period__label="2024-Q1")
    return apply_restatements(restatements=rows, actor=JANE, reason="Booked late", at=at)


@pytest.mark.django_db
def test_a_restated_grade_brings_its_own_consequence_once_and_lets_the_former_lapse(scored):
    tenant = scored.world.tenant
    switched_on(scored, C=["notify_owner"], D=["notify_owner", "raise_alert"])
    close()
    carry_out_outcomes(tenant=tenant, at=CLOSED)
    assert Alert.objects.get().status == AlertStatus.OPEN

    restate(scored, "40", LATER)  # 90 of 100 in revenue give 72 points: 0.6 × 72 + 0.4 × 40 = 59.2
    card = Scorecard.objects.get(partner=scored.world.partner, period__label="2024-Q1")
    assert card.grade == "D"
    assert Outcome.objects.count() == 2, "The grade is the same, so nothing follows."

    restate(scored, "45", LATER + timedelta(days=1))
    card.refresh_from_db()
    assert card.grade == "C"
    carry_out_outcomes(tenant=tenant, at=LATER + timedelta(days=1))

    rows = Outcome.objects.order_by("pk").values_list("kind", "grade", "state", "lapsed_at", "restatement__reason")
    assert [(kind, grade, state, lapsed is not None, reason) for kind, grade, state, lapsed, reason in rows] == [
        ("notify_owner", "D", "done", True, None),
        ("raise_alert", "D", "done", True, None),
        ("notify_owner", "C", "done", False, "Booked late"),
    ]
    alert = Alert.objects.get()
    assert (alert.status, alert.resolution) == ("resolved", "gone")

    restate(scored, "40", LATER + timedelta(days=2))
    carry_out_outcomes(tenant=tenant, at=LATER + timedelta(days=2))

    assert Outcome.objects.count() == 3, "What followed from D once does not follow again."
    assert Outcome.objects.get(kind="notify_owner", grade="D").lapsed_at is None
    assert Outcome.objects.get(kind="notify_owner", grade="C").lapsed_at is not None


@pytest.mark.django_db
def test_a_restatement_brings_nothing_in_a_period_closed_before_switching_on(scored):
    choose(scored, C=["notify_owner"])
    close()
    switch_consequences(template=scored.template, actor=JANE, is_on=True, at=CLOSED + timedelta(days=1))

    restate(scored, "45", LATER)

    assert Scorecard.objects.get(partner=scored.world.partner, period__label="2024-Q1").grade == "C"
    assert noted() == []


@pytest.mark.django_db
def test_what_was_restated_away_before_it_was_done_is_not_done(scored):
    switched_on(scored, D=["notify_owner"])
    close()
    restate(scored, "45", LATER)

    assert carry_out_outcomes(tenant=scored.world.tenant, at=LATER) == 0
    assert not Notification.objects.filter(kind="grade.owner_told").exists()


# --- Alerts ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("chosen", "status", "resolution"),
    [
        ({"D": ["raise_alert"]}, "resolved", "gone"),
        ({"D": ["raise_alert"], "B": ["raise_alert"]}, "resolved", "passed"),
    ],
)
def test_an_alert_goes_when_a_newer_closed_period_has_a_grade_without_it(scored, chosen, status, resolution):
    switched_on(scored, **chosen)
    close()
    carry_out_outcomes(tenant=scored.world.tenant, at=CLOSED)
    alert = Alert.objects.get(partner=scored.world.partner)
    assert alert.status == "open"

    close("2024-Q2", at=LATER)
    carry_out_outcomes(tenant=scored.world.tenant, at=LATER)

    alert.refresh_from_db()
    assert (alert.status, alert.resolution, alert.holds) == (status, resolution, False)


@pytest.mark.django_db
def test_an_alert_of_a_grade_that_lasts_stays_open(scored):
    switched_on(scored, B=["raise_alert"])
    other = scored.partners[1]
    close()
    carry_out_outcomes(tenant=scored.world.tenant, at=CLOSED)
    close("2024-Q2", at=LATER)
    carry_out_outcomes(tenant=scored.world.tenant, at=LATER)

    (alert,) = Alert.objects.filter(partner=other)
    assert (alert.status, alert.period.label) == ("open", "2024-Q1")


@pytest.mark.django_db
def test_an_alert_in_the_lowest_grade_is_critical(scored):
    GradeBand.objects.filter(template=scored.template, key__in=["E"]).delete()
    GradeBand.objects.filter(template=scored.template, key="D").update(minimum=0)
    switched_on(scored, D=["raise_alert"])
    close()
    carry_out_outcomes(tenant=scored.world.tenant, at=CLOSED)

    assert Alert.objects.get().severity == "critical"


# --- Cost and choice of period ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_statements_do_not_grow_with_partners(in_scope):
    counts = []
    for others in (2, 12):
        if others == 2:
            scored = build(in_scope, others=2)
            switched_on(scored, B=["notify_owner", "raise_alert"], D=["notify_owner", "notify_partner"])
            label, at = "2024-Q1", CLOSED
        else:
            rows = []
            for _index in range(10):
                other = PartnerFactory(partner_type=scored.world.partner.partner_type)
                PartnerAccessFactory(partner=other)
                rows.append((other, scored.revenue, "2024-05-20", "110", None))
                rows.append((other, scored.defects, "2024-05-20", "1", "100"))
            measure(rows)
            recompute()
            label, at = "2024-Q2", LATER
        close(label, at)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            carry_out_outcomes(tenant=in_scope.tenant, at=at)
        counts.append(len(queries))

    assert counts[1] <= counts[0] + 2


@pytest.mark.django_db
def test_it_is_tried_on_the_last_closed_period_first(scored):
    today = date(2024, 8, 1)
    choose(scored, D=["notify_owner"])

    assert usual_period(trial_periods(scored.template, today), today).label == "2024-Q2"
    close()

    assert usual_period(trial_periods(scored.template, today), today).label == "2024-Q1"
    assert {row.kind for row in trial_periods(scored.template, today)} == {"quarter"}
