"""What lists filter and sort by in the database is what the page of each plan works out."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from performance.plans.choices import PlanStatus, Verdict
from performance.plans.models import Plan
from performance.plans.queries.plans import plans, standing_of
from performance.plans.queries.standing import is_behind, with_elapsed
from performance.plans.services.drafting import draft_plan
from tests.plans.worlds import closed, noon

pytestmark = pytest.mark.django_db

START = date(2025, 7, 15)
HALF = START + timedelta(days=92)


@pytest.mark.parametrize(
    ("lines", "share"),
    [
        ({"baseline": 55, "exit_value": 61, "last_value": 58}, D("0.5")),
        ({"baseline": 55, "exit_value": 61, "last_value": 57}, D("0.3333")),
        ({"baseline": 55, "exit_value": 61, "last_value": 40}, D(0)),
        ({"baseline": 90, "exit_value": 85, "last_value": 87}, D(1)),
        ({"baseline": 90, "exit_value": 85, "last_value": 84}, D(0)),
        ({"baseline": 85, "exit_value": 85, "last_value": 90}, D(1)),
        ({"baseline": 85, "exit_value": 85, "last_value": 80}, D(0)),
        ({"direction": "lower", "baseline": 30, "exit_value": 15, "last_value": 22}, D("0.5333")),
        ({"direction": "lower", "baseline": 10, "exit_value": 15, "last_value": 12}, D(1)),
        ({"direction": "band", "baseline": 5, "exit_value": 11, "last_value": 41}, D(0)),
        ({"direction": "band", "baseline": 5, "exit_value": 11, "last_value": 25}, D(1)),
        ({"direction": "band", "baseline": 50, "exit_value": 39, "last_value": 45}, D("0.4545")),
        ({"direction": "band", "baseline": 50, "exit_value": 39, "last_value": 9}, D(0)),
    ],
)
def test_the_database_and_the_page_say_the_same(world, lines, share):
    closed("2025-Q3", {world.partner: {world.sales: 1}}, programme=world.programme)
    plan = draft_plan(partner=world.partner, programme=world.programme, kpis=[world.sales], actor=world.manager)
    Plan.objects.update(
        status=PlanStatus.ACTIVE, starts_on=START, ends_on=START + timedelta(days=183), activated_at=noon(START)
    )
    band = {"floor": 10, "target": 20, "stretch": 30, "ceiling": 40}
    plan.objectives.update(**{"direction": "higher", "last_period": "2025-Q3", **band, **lines})

    (row,) = plans()
    standing = standing_of(row, HALF)

    assert standing.worst == share
    assert D(row.worst_progress).quantize(D("0.0001")) == share
    behind = with_elapsed(Plan.objects.all(), HALF).filter(is_behind())
    assert behind.exists() == (standing.verdict == Verdict.MISSED)
