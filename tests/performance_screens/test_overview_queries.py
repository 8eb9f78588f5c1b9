"""The overview's figures, from cards written by hand: exact values, one programme, two quarters."""

from datetime import date
from decimal import Decimal

import pytest

from partners.models import Programme
from performance.models import PeriodRow, Scorecard
from performance.queries import overview
from performance.queries.cards import CardFilter, region_with_children
from performance.queries.risks import RiskTest
from prm.periods import FiscalCalendar
from tests.conftest import World
from tests.factories.partners import PartnerFactory, PartnerTypeFactory, RegionFactory
from tests.factories.performance import PeriodRowFactory, ScorecardTemplateFactory

GRADES = ((90, "A"), (75, "B"), (60, "C"), (40, "D"), (0, "E"))


@pytest.fixture
def template(in_scope: World) -> object:
    return ScorecardTemplateFactory(programme=Programme.objects.get())


@pytest.fixture
def quarters(in_scope: World) -> tuple[PeriodRow, PeriodRow]:
    calendar = FiscalCalendar()
    return (
        PeriodRowFactory(period=calendar.parse("2024-Q1")),
        PeriodRowFactory(period=calendar.parse("2024-Q2")),
    )


def card(template: object, period: PeriodRow, partner: object, total: str | None, **fields: object) -> Scorecard:
    number = None if total is None else Decimal(total)
    grade = "" if number is None else next(key for least, key in GRADES if number >= least)
    values = {"rated": number is not None, "coverage": Decimal(1), **fields}
    return Scorecard.objects.create(
        programme=template.programme,
        period=period,
        partner=partner,
        template=template,
        partner_type=partner.partner_type,
        region=partner.region,
        total=number,
        total_e4=None if number is None else int(number * 10_000),
        grade=grade,
        raw_grade=grade,
        **values,
    )


@pytest.fixture
def programme_of_five(template: object, quarters: tuple[PeriodRow, PeriodRow]) -> CardFilter:
    """Totals 40 50 60 70 80 in the first quarter; 33 50 65 77 100 and one without data in the second."""
    before, now = quarters
    kind = PartnerTypeFactory()
    for first, second in (("40", "33"), ("50", "50"), ("60", "65"), ("70", "77"), ("80", "100")):
        partner = PartnerFactory(partner_type=kind)
        card(template, before, partner, first)
        card(template, now, partner, second, delta=Decimal(second) - Decimal(first))
    card(template, now, PartnerFactory(partner_type=kind), None, coverage=None, unrated_reason="no_data")
    return CardFilter(programme_id=template.programme.pk)


def test_trend_counts_rated_cards_only(programme_of_five: CardFilter, quarters: tuple[PeriodRow, PeriodRow]) -> None:
    first, second = overview.trend(programme_of_five, quarters)

    assert (first.average, first.p25, first.p75, first.rated) == (60, 50, 70, 5)
    assert (second.average, second.p25, second.p75, second.rated) == (65, 50, 77, 5)
    assert (second.partners, second.with_gaps) == (6, 1)


def test_grades_say_how_many_moved(
    programme_of_five: CardFilter, quarters: tuple[PeriodRow, PeriodRow], template: object
) -> None:
    before, now = quarters

    result = overview.grades(programme_of_five, now, before, list(template.bands.all()))

    assert [(row.key, row.count, row.change) for row in result.rows] == [
        ("A", 1, 1),
        ("B", 1, 0),
        ("C", 1, -1),
        ("D", 1, -1),
        ("E", 1, 1),
    ]
    assert (result.moved_up, result.moved_down, result.not_rated) == (2, 1, 1)
    assert result.bins[19] == 1
    assert result.bins[6] == 1
    assert sum(result.bins) == sum(result.bins_before or []) == 5


def test_at_risk_is_low_or_fallen(
    programme_of_five: CardFilter, quarters: tuple[PeriodRow, PeriodRow], template: object
) -> None:
    found = overview.at_risk(programme_of_five, RiskTest.of(list(template.bands.all()), quarters[1], date(2024, 9, 1)))

    assert [int(row.total) for row in found] == [33, 50]


def test_movers_end_with_the_largest_loss(programme_of_five: CardFilter, quarters: tuple[PeriodRow, PeriodRow]) -> None:
    assert [int(row.delta) for row in overview.movers(programme_of_five, quarters[1])] == [20, 7, 5, -7]


def test_a_filter_narrows_to_region_type_and_portfolio(template: object, quarters: tuple[PeriodRow, PeriodRow]) -> None:
    north = RegionFactory()
    oslo = RegionFactory(parent=north)
    there, elsewhere = PartnerFactory(region=oslo), PartnerFactory(region=RegionFactory())
    for partner in (there, elsewhere):
        card(template, quarters[1], partner, "60")
    programme = template.programme.pk

    by_region = CardFilter(programme, region_ids=region_with_children(north.pk, [north, oslo]))
    by_type = CardFilter(programme, partner_type_id=elsewhere.partner_type_id)
    own = CardFilter(programme, portfolio=[there.pk])

    assert [row.partner_id for row in by_region.cards()] == [there.pk]
    assert [row.partner_id for row in by_type.cards()] == [elsewhere.pk]
    assert [row.partner_id for row in own.cards()] == [there.pk]
