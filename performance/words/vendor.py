"""Our own scorecard as a table: what files and the report hold."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from performance.screens.vendor import VendorScorecard
from prm.periods import Period


def figures_of(page: VendorScorecard) -> Iterator[dict[str, Any]]:
    """A row for each measure and quarter, the measures in order, the newest quarter first."""
    for place_of_line, line in enumerate(page.lines):
        for place in reversed(range(len(page.periods))):
            scored, tally = page.cards[place].lines[place_of_line], line.tallies[place]
            yield {
                "measure": line.measure,
                "period": page.periods[place],
                "value": line.values[place],
                "before": line.values[place - 1] if place else None,
                "points": scored.points,
                "weight": scored.weight,
                "tally": tally,
            }


def table_of(page: VendorScorecard) -> tuple[list[str], Iterator[list[Any]]]:
    """Heads and rows of the file."""
    heads = [
        _("Measure"),
        _("Quarter"),
        _("Unit"),
        _("Figure"),
        _("Points"),
        _("Weight"),
        _("Due"),
        _("Kept on time"),
        _("Kept late"),
        _("Overdue"),
        _("Not kept"),
        _("Partners"),
    ]
    return heads, (_row(figure) for figure in figures_of(page))


def _row(figure: dict[str, Any]) -> list[Any]:
    tally, period = figure["tally"], figure["period"]
    assert isinstance(period, Period)
    value: Decimal | None = figure["value"]
    return [
        str(figure["measure"].label),
        period.label,
        str(figure["measure"].unit.label),
        value,
        figure["points"],
        figure["weight"],
        tally.due,
        tally.on_time,
        tally.late,
        tally.overdue,
        tally.missed,
        tally.partners,
    ]
