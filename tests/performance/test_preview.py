"""A draft tried on partners: the same card, digit for digit, as publishing it brings."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from partners.models import Programme
from performance.choices import Aggregation, Direction, MissingPolicy, RunKind
from performance.engine.recompute import RunRequest, run_engine
from performance.models import PeriodRow, Scorecard, ScorecardTemplate
from performance.queries.lines import lines_of_cards
from performance.queries.preview import busiest_partner, complete_periods, draft_cards, partners_to_try
from performance.services.benchmarks import set_benchmark
from performance.services.kpis import create_kpi
from performance.services.templates import (
    LineSpec,
    SectionSpec,
    TemplateSpec,
    draft_template,
    publish_template,
)
from prm.access.actor import SYSTEM
from tests.factories.partners import PartnerFactory, ProgrammeFactory, TierFactory
from tests.performance.worlds import make_random_world
from tests.performance_screens.conftest import LONG_AGO, measure, recompute

pytestmark = pytest.mark.django_db

D = Decimal
EVERYTHING = RunRequest(kind=RunKind.MANUAL, mode="open", from_facts=True)


def stored(programme, template):
    """What the engine wrote with this version, lines included."""
    cards = list(Scorecard.objects.filter(programme=programme, template=template).select_related("limited_by"))
    lines = lines_of_cards([card.pk for card in cards])
    return {
        (card.partner_id, card.period_id): (
            card.total,
            card.coverage,
            card.rated,
            card.unrated_reason,
            card.grade,
            card.raw_grade,
            card.limited_by.code if card.limited_by else "",
            [replace(line, card_id=0) for line in lines[card.pk]],
        )
        for card in cards
    }


def previewed(template, period_ids):
    """The same for a version that need not be published."""
    return {
        (card.partner_id, card.period_id): (
            card.score.total,
            card.score.coverage,
            card.score.rated,
            card.score.unrated_reason or "",
            card.score.grade or "",
            card.score.raw_grade or "",
            card.score.limited_by or "",
            [replace(line, card_id=0) for line in card.lines],
        )
        for card in draft_cards(template, period_ids)
        if card.exists
    }


@pytest.mark.parametrize("seed", range(6))
def test_a_preview_is_the_card_that_publishing_brings(in_scope, seed):
    programme = Programme.objects.get(is_default=True)
    make_random_world(seed, programme)
    former, draft = ScorecardTemplate.objects.filter(programme=programme).order_by("version")
    change = draft.valid_from
    ScorecardTemplate.objects.filter(pk=draft.pk).update(status="draft", valid_from=None, published_at=None)
    ScorecardTemplate.objects.filter(pk=former.pk).update(valid_to=None)
    run_engine(EVERYTHING)
    draft.refresh_from_db()
    periods = [row.pk for row in PeriodRow.objects.filter(start__gte=change)]

    before = previewed(draft, periods)
    ScorecardTemplate.objects.filter(pk=former.pk).update(valid_to=change)
    ScorecardTemplate.objects.filter(pk=draft.pk).update(
        status="published", valid_from=change, published_at=draft.created_at
    )
    run_engine(EVERYTHING)

    after = stored(programme, draft)
    assert len(after) > 20
    assert before == after


def test_a_programme_that_is_not_the_default_scores_those_with_a_tier(in_scope):
    programme = ProgrammeFactory(is_default=False)
    tier = TierFactory(programme=programme)
    make_random_world(1, Programme.objects.get(is_default=True))
    model = ScorecardTemplate.objects.order_by("version").last()
    ScorecardTemplate.objects.filter(pk=model.pk).update(programme=programme)
    model.refresh_from_db()
    run_engine(EVERYTHING)
    member = partners_to_try(model, None)

    cards = draft_cards(model, [row.pk for row in PeriodRow.objects.all()])

    assert tier.programme_id == model.programme_id
    assert (list(member), cards) == ([], [])


GOLDEN = (
    ("REVENUE", "40", Aggregation.SUM, Direction.HIGHER, ("0", "500", "500"), ("420", None)),
    ("DEFECTS", "20", Aggregation.RATIO, Direction.LOWER, ("5", "1", "1"), ("2.5", "100")),
    ("CSAT", "15", Aggregation.AVERAGE, Direction.HIGHER, ("0", "90", "90"), None),
    ("TRAINING", "25", Aggregation.LAST, Direction.HIGHER, ("60", "90", "90"), ("88", None)),
)


@pytest.fixture
def golden(in_scope):
    """The golden card of the scoring rules as facts and a template, published with other weights; makes drafts."""
    programme = Programme.objects.get(is_default=True)
    kpis = {}
    for code, _weight, aggregation, direction, marks, fact in GOLDEN:
        multiplier = D(100) if aggregation == Aggregation.RATIO else D(1)
        kpis[code] = create_kpi(
            actor=SYSTEM, code=code, name=code.title(), aggregation=aggregation, multiplier=multiplier,
            direction=direction,
        )  # fmt: skip
        floor, target, stretch = map(D, marks)
        set_benchmark(
            actor=SYSTEM, kpi=kpis[code], period_kind="month", valid_from=LONG_AGO, floor=floor, target=target,
            stretch=stretch,
        )  # fmt: skip
        if fact is not None:
            measure([(in_scope.partner, kpis[code], "2024-05-10", *fact)])

    def draft(csat=MissingPolicy.EXCLUDE, **first):
        lines = [
            LineSpec(kpis[code], D(weight), csat if code == "CSAT" else MissingPolicy.EXCLUDE)
            for code, weight, *_rest in GOLDEN
        ]
        lines[0] = replace(lines[0], **first)
        spec = TemplateSpec(
            sections=[SectionSpec("all", "All", lines)],
            settings={"points_at_target": D(100), "period_kinds": ["month"]},
        )
        return draft_template(programme=programme, actor=SYSTEM, name="Golden", spec=spec)

    recompute()
    publish_template(template=draft(), actor=SYSTEM, valid_from=LONG_AGO)
    recompute()
    return draft


def preview_of_golden(template):
    [card] = draft_cards(template, [PeriodRow.objects.get(label="2024-05").pk])
    return card


def test_the_golden_card_as_a_preview(golden):
    card = preview_of_golden(golden())

    score = card.score
    assert (score.total, score.coverage, score.grade, score.raw_grade) == (D("81.6863"), D("0.8500"), "B", "B")
    assert [line.points for line in card.lines] == [D("84.0000"), D("62.5000"), None, D("93.3333")]
    assert [line.contribution for line in card.lines] == [D("39.5294"), D("14.7059"), None, D("27.4510")]
    assert [line.points_lost for line in card.lines] == [D("7.5294"), D("8.8235"), None, D("1.9608")]


@pytest.mark.parametrize(
    ("policy", "total", "coverage", "reason"),
    [
        (MissingPolicy.ZERO, D("69.4333"), D("1.0000"), None),
        (MissingPolicy.BLOCK, None, D("0.8500"), "blocked"),
    ],
)
def test_a_missing_figure_under_another_policy(golden, policy, total, coverage, reason):
    score = preview_of_golden(golden(policy)).score

    assert (score.total, score.coverage, score.unrated_reason) == (total, coverage, reason)


def test_a_gate_limits_the_grade_of_a_preview(golden):
    score = preview_of_golden(golden(gate_minimum=D(85), gate_grade="C")).score

    assert (score.total, score.raw_grade, score.grade, score.limited_by) == (D("81.6863"), "B", "C", "REVENUE")


def test_nothing_is_written_by_a_preview(golden):
    before = list(Scorecard.objects.values())

    preview_of_golden(golden(MissingPolicy.ZERO))

    assert list(Scorecard.objects.values()) == before


def test_defaults_are_the_last_complete_period_and_the_busiest_partner(golden, in_scope):
    other = PartnerFactory(partner_type=in_scope.partner.partner_type, name="Aaa")
    template = golden()
    template.period_kinds = ["month"]

    periods = complete_periods(template, date(2024, 6, 1), 1)

    assert [row.label for row in periods] == ["2024-05"]
    assert complete_periods(template, date(2024, 5, 31), 1) == []
    assert busiest_partner(partners_to_try(template, None), periods[0]) == in_scope.partner
    assert busiest_partner(partners_to_try(template, [other.pk]), periods[0]) == other
