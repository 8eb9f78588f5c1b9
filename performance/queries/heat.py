"""What cards are sorted by in the heat map: their attainment at one KPI, worked out set-wise for a whole period."""

import json
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, QuerySet
from django.db.models.expressions import RawSQL

from performance.choices import MissingPolicy
from performance.models import Scorecard, TemplateLine
from performance.queries.aggregates import attainments
from performance.queries.lines import lines_of_cards


def attained(cards: QuerySet[Scorecard], line: TemplateLine) -> dict[int, Decimal]:
    """Each card's attainment at the KPI of a template's line, as its receipt has it.

    What was carried forward from an earlier period is read line by line, and only where the line says so.
    """
    found = attainments(cards, line.kpi_id)
    if line.policy == MissingPolicy.CARRY:
        without = set(cards.order_by().values_list("pk", flat=True)) - found.keys()
        for card_id, lines in lines_of_cards(without).items():
            carried = next((one.attainment for one in lines if one.kpi_id == line.kpi_id), None)
            if carried is not None:
                found[card_id] = carried
    return found


def looked_up(figures: dict[int, Decimal]) -> Any:
    """The figures as a column of the cards, so that the database sorts and pages by it."""
    text = json.dumps({pk: str(value) for pk, value in figures.items()})
    return RawSQL("((%s)::jsonb ->> performance_scorecard.id::text)::numeric", [text], output_field=DecimalField())
