"""Columns of reports: those of lists, which also say how a figure reads on screen and on paper."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

from django.template import Context

from performance import display
from prm.ui import formats
from prm.ui.lists.columns import Column, text_of
from prm.ui.markup import escaped

Writer = Callable[[Any, Any], str]


def _plain(_row: Any, value: Any) -> str:
    return text_of(value)


def score(_row: Any, value: Decimal | None) -> str:
    """A total or points, one decimal."""
    return formats.number(value, 1)


def signed(_row: Any, value: Decimal | None) -> str:
    """A change in points."""
    return formats.signed(value, 1)


def share(_row: Any, value: Decimal | None) -> str:
    """A share from 0 to 1 in percent."""
    return formats.share(value)


def stamp(_row: Any, value: Any) -> str:
    """A day and an hour in the tenant's zone."""
    return formats.NONE if value is None else formats.stamp(value)


def short(_row: Any, value: str) -> str:
    """The beginning of a hash, enough to compare by eye."""
    return value[:12] or formats.NONE


def of_kpi(row: Any, value: Decimal | None) -> str:
    """A result or threshold with the unit of the row's KPI. The row has `kpi`."""
    return display.kpi_value(row.kpi, value)


_SPREADSHEET: dict[Writer, str] = {score: "0.0", signed: "+0.0;-0.0;0.0", share: "0%", of_kpi: "#,##0.##"}


@dataclass(frozen=True, slots=True)
class ReportColumn(Column):
    """A column of a report. `write` makes the text for screen and paper; files hold the plain value.

    `internal` columns are left out where a partner is the reader. `width` is the share of the paper's width, against 1
    for the others; `on_paper` and `on_screen` False leave the column to the files.
    """

    write: Writer = _plain
    internal: bool = False
    width: float = 1
    on_paper: bool = True
    on_screen: bool = True

    @property
    def number_format(self) -> str:
        return _SPREADSHEET.get(self.write, "")

    @property
    def is_figure(self) -> bool:
        """Whether it holds figures, which stand to the right on paper, also where the screen puts a grade first."""
        return self.numeric or self.write in _SPREADSHEET

    def written(self, row: Any) -> str:
        """What stands in the cell, as text."""
        return self.write(row, self.value_of(row))

    def content(self, row: Any, value: Any, context: Context) -> str:
        return escaped(self.draw(row, value)) if self.draw is not None else escape(self.write(row, value))
