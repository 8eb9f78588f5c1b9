"""Outlooks of stored cards: scored again they are the cards, and what lists ask the database the rules say too."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from partners.models import Programme
from performance.choices import RunKind
from performance.engine.recompute import RunRequest, run_engine
from performance.models import CardOutlook, Measurement, PeriodRow, Scorecard
from performance.outlook.projection import Elapsed, project
from performance.outlook.risks import Reason
from performance.queries.lines import lines_of_cards
from performance.queries.outlook import histories_of, inputs_of, recipe_of, rolling_of, rules_of, stated_reasons
from performance.queries.risks import RiskTest
from performance.rules.scoring import rolling_overall
from performance.services.outlooks import refresh_outlooks
from performance.services.periods import close_period
from performance.services.recompute import recompute_scorecards
from prm.access.actor import SYSTEM
from tests.performance.worlds import make_random_world

D = Decimal
EVERYTHING = RunRequest(kind=RunKind.MANUAL, mode="open", from_facts=True)
LATER = date(2025, 1, 15)
IN_FEBRUARY = datetime(2024, 2, 20, 12, tzinfo=UTC)


@pytest.fixture(params=[11, 12, 13])
def programme(request, in_scope):
    programme = Programme.objects.get(is_default=True)
    make_random_world(request.param, programme, special=request.param == 13)
    run_engine(EVERYTHING)
    return programme


def cards_of(programme):
    return list(
        Scorecard.objects.filter(programme=programme)
        .select_related("period", "template", "limited_by")
        .prefetch_related("template__bands")
    )


def test_a_card_scored_again_from_its_lines_is_the_card(programme):
    cards = cards_of(programme)
    lines = lines_of_cards([card.pk for card in cards])

    for card in cards:
        rules = rules_of(card.template)
        score = rules.score(inputs_of(lines[card.pk], rules))
        stored = (card.total, card.rated, card.grade, card.limited_by.code if card.limited_by else None)
        assert (score.total, score.rated, score.grade or "", score.limited_by) == stored
    assert len(cards) > 50


def test_derived_figures_redone_from_their_inputs_are_the_figures(programme):
    """On the last evening nothing is left to project, so every figure must come out as it is."""
    cards = cards_of(programme)
    lines = lines_of_cards([card.pk for card in cards])

    for card in cards:
        rules = rules_of(card.template)
        recipes = {line.code: recipe_of(line) for line in lines[card.pk]}
        found = project(inputs_of(lines[card.pk], rules), recipes, rules, Elapsed(31, 31))
        assert [row.projected for row in found.lines] == [row.actual for row in found.lines]
        assert found.score.total == card.total


def test_the_database_finds_the_same_partners_at_risk_as_the_rules(programme):
    found = 0
    for period in PeriodRow.objects.all():
        cards = [card for card in cards_of(programme) if card.period_id == period.pk]
        if not cards:
            continue
        template = cards[0].template
        test = RiskTest.of(list(template.bands.all()), period, LATER)
        histories = histories_of(period, [card.partner_id for card in cards], programme.pk)
        reasons = stated_reasons(cards, histories, rules_of(template), period, LATER)
        asked = Scorecard.objects.filter(test.condition, programme=programme, period=period)
        assert set(asked.values_list("pk", flat=True)) == {pk for pk, why in reasons.items() if why}
        found += sum(len(why) for why in reasons.values())
    assert found > 20


def test_a_history_gives_the_rolling_score(programme):
    newest = PeriodRow.objects.filter(kind="month").order_by("-seq").first()
    partners = {card.partner_id for card in cards_of(programme)}

    histories = histories_of(newest, partners, programme.pk)

    for partner in partners:
        stored = {
            card.period.seq: card.total
            for card in cards_of(programme)
            if card.partner_id == partner and card.period.kind == "month" and card.rated
        }
        totals = [stored.get(newest.seq - age) for age in range(12)]
        assert rolling_of(histories[partner], newest) == rolling_overall(totals)


@pytest.fixture
def running(in_scope):
    """A world in February 2024, which is running."""
    programme = Programme.objects.get(is_default=True)
    make_random_world(11, programme)
    return in_scope.tenant, programme


def test_outlooks_are_kept_for_running_periods_and_written_once(running):
    tenant, _programme = running

    recompute_scorecards(tenant=tenant, at=IN_FEBRUARY, from_facts=True)

    labels = set(CardOutlook.objects.values_list("period__label", flat=True))
    day = IN_FEBRUARY.date()
    open_then = PeriodRow.objects.filter(start__lte=day, end__gt=day)
    assert labels == {row.label for row in open_then} >= {"2024-02"}
    running_cards = Scorecard.objects.filter(period__label__in=labels)
    assert CardOutlook.objects.count() == running_cards.count() > 0
    assert refresh_outlooks(tenant=tenant, at=IN_FEBRUARY) == 0
    assert CardOutlook.objects.filter(total__isnull=False).exists()
    for row in CardOutlook.objects.all():
        assert set(row.reasons) <= {reason.value for reason in Reason}


def test_a_running_period_is_asked_by_its_projection(running):
    tenant, programme = running
    recompute_scorecards(tenant=tenant, at=IN_FEBRUARY, from_facts=True)
    period = PeriodRow.objects.get(label="2024-02")
    cards = [card for card in cards_of(programme) if card.period_id == period.pk]
    template = cards[0].template
    test = RiskTest.of(list(template.bands.all()), period, IN_FEBRUARY.date())

    asked = Scorecard.objects.filter(test.condition, programme=programme, period=period)

    kept = CardOutlook.objects.filter(period=period, scorecard__programme=programme)
    assert set(asked.values_list("pk", flat=True)) == {row.scorecard_id for row in kept if row.reasons}
    assert {Reason.GRADE_FELL.value} & {word for row in kept for word in row.reasons} == set()


def test_a_changed_card_gets_a_new_outlook_and_a_closed_period_has_none(running):
    tenant, _programme = running
    recompute_scorecards(tenant=tenant, at=IN_FEBRUARY, from_facts=True)
    before = dict(CardOutlook.objects.values_list("scorecard_id", "of_total"))

    Measurement.objects.filter(occurred_on__gte=date(2024, 2, 1)).delete()
    recompute_scorecards(tenant=tenant, at=IN_FEBRUARY, from_facts=True)

    for row in CardOutlook.objects.select_related("scorecard"):
        assert row.of_total == (-1 if row.scorecard.total_e4 is None else row.scorecard.total_e4)
    assert dict(CardOutlook.objects.values_list("scorecard_id", "of_total")) != before
    close_period(period=PeriodRow.objects.get(label="2024-02"), actor=SYSTEM)
    refresh_outlooks(tenant=tenant, at=IN_FEBRUARY)
    assert not CardOutlook.objects.filter(period__label="2024-02").exists()


def test_early_in_a_period_nobody_is_at_risk(running):
    tenant, _programme = running

    recompute_scorecards(tenant=tenant, at=datetime(2024, 2, 2, 12, tzinfo=UTC), from_facts=True)

    february = CardOutlook.objects.filter(period__label="2024-02")
    assert february.exists()
    assert {(row.total, row.grade, tuple(row.reasons)) for row in february} == {(None, "", ())}
