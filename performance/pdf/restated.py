"""How a closed score came to say something else, on paper: both versions side by side."""

from typing import Any

from django.utils.translation import gettext as _

from performance import display
from performance.queries.restatements import CardVersion, LineChange, Restated
from performance.screens.scorecard import ScorecardPage
from prm.ui import formats

Content = dict[str, Any]


def restatements(page: ScorecardPage) -> Content | None:
    """The restatements of the card, newest first; None when there was none."""
    if not page.restated:
        return None
    return {
        "title": _("Restated after closing"),
        "note": _("A closed scorecard changes only by a restatement. The former version stays readable."),
        "heads": [
            _("KPI"),
            _("Result before"),
            _("after"),
            _("Points before"),
            _("after"),
            _("Adds before"),
            _("after"),
        ],
        "entries": [_entry(entry, page) for entry in page.restated],
    }


def _entry(entry: Restated, page: ScorecardPage) -> Content:
    who = "" if page.is_portal else entry.restatement.settled_by
    return {
        "title": _("Restated on %(at)s from %(old)s to %(new)s")
        % {
            "at": formats.day(entry.restatement.settled_at, year=True),
            "old": display.score(entry.before.total),
            "new": display.score(entry.after.total),
        },
        "who": who,
        "reason": _("Because: %(reason)s") % {"reason": entry.restatement.reason},
        "rows": [_line(change) for change in entry.lines],
        "sum": [_("Total"), *_sides(entry.before, entry.after)],
    }


def _sides(before: CardVersion, after: CardVersion) -> list[str]:
    return [f"{display.score(card.total)}, {card.grade if card.rated else _('Not rated')}" for card in (before, after)]


def _line(change: LineChange) -> Content:
    sides = (change.before, change.after)
    results = [
        display.NONE if side is None or change.kpi is None else display.kpi_value(change.kpi, side.actual)
        for side in sides
    ]
    points = [display.score(side.points if side else None) for side in sides]
    adds = [display.score(side.contribution if side else None) for side in sides]
    return {
        "name": change.line.name,
        "is_changed": change.is_changed,
        "mark": _mark(change),
        "figures": [*results, *points, *adds],
    }


def _mark(change: LineChange) -> str:
    if change.rules_changed:
        return _("other rules")
    if change.base_changed:
        return _("other earlier result")
    return "" if change.is_changed else _("as before")


def places_moved(page: ScorecardPage) -> list[str]:
    """That the place changed because another card of the cohort was restated; never whose."""
    if page.is_portal and not page.receipt.cohort_is_shown:
        return []
    said = _(
        "On %(at)s another scorecard of the same cohort was restated: rank %(old)s of %(all)s became %(new)s of "
        "%(now)s. Total and grade stayed as they were."
    )
    return [
        said
        % {
            "at": formats.day(entry.settled_at, year=True),
            "old": entry.old_rank,
            "all": entry.old_cohort,
            "new": entry.new_rank,
            "now": entry.new_cohort,
        }
        for entry in page.moved
    ]
