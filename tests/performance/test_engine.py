"""The set-based engine against the pure rules, digit for digit, and against itself."""

from decimal import Decimal

import pytest

from partners.models import Programme
from performance.choices import RunKind
from performance.engine.recompute import RunRequest, run_engine
from performance.models import DirtyPair, Measurement, Scorecard
from tests.performance.worlds import Oracle, make_random_world

pytestmark = pytest.mark.django_db

EVERYTHING = RunRequest(kind=RunKind.MANUAL, mode="open", from_facts=True)
CHANGES = RunRequest(kind=RunKind.CHANGES, mode="changes")


def stored_cards(programme):
    """What the engine wrote, in the oracle's words."""
    return {
        (card.period.label, card.partner_id): (
            card.total,
            card.coverage,
            card.rated,
            card.unrated_reason,
            card.grade,
            card.raw_grade,
            str(card.limited_by_id or ""),
            card.rank,
            card.cohort,
            card.percentile,
            card.delta,
            (card.partner_type_id, card.tier_id),
        )
        for card in Scorecard.objects.filter(programme=programme).select_related("period")
    }


def oracle_cards(tenant, programme):
    """What the rules say."""
    return {
        key: (
            card.score.total,
            card.score.coverage,
            card.score.rated,
            card.score.unrated_reason or "",
            card.score.grade or "",
            card.score.raw_grade or "",
            card.score.limited_by or "",
            card.standing.rank if card.standing else None,
            card.standing.cohort if card.standing else None,
            card.standing.percentile if card.standing else None,
            card.delta,
            card.cohort_key,
        )
        for key, card in Oracle(tenant, programme).cards().items()
    }


def assert_agrees(tenant, programme):
    expected, found = oracle_cards(tenant, programme), stored_cards(programme)
    assert found.keys() == expected.keys()
    differences = {key: (expected[key], found[key]) for key in expected if expected[key] != found[key]}
    assert differences == {}
    return len(expected)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("first_month", [1, 7])
def test_sql_agrees_with_the_rules_on_random_tenants(in_scope, seed, first_month):
    in_scope.tenant.fiscal_year_start = first_month
    in_scope.tenant.save()
    programme = Programme.objects.get(is_default=True)
    make_random_world(seed, programme)

    run_engine(EVERYTHING)

    assert assert_agrees(in_scope.tenant, programme) > 50
