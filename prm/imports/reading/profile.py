"""What the columns of a table look like: examples, whether numbers or dates, and how those are written.

The decimal mark and the order of day and month are settled by evidence, column by column. `1.5` and `1,234.50` prove a
point, `25.12.2013` proves that the day comes first, `01/02/2013` proves nothing. What stays open becomes a Question.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from prm.imports.reading.formats import Question
from prm.imports.reading.table import Table
from prm.imports.reading.values import EARLIEST, LATEST, Cell, example_of, read_moment

PROFILE_ROWS = 5_000
EXAMPLES = 3
CLEAR_MAJORITY = 10
"""A reading that fits ten times as many cells as its rival is the right one; the rest are faults of their rows."""

DATE_PATTERNS = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%b %d, %Y",
)
DATE_LIKE = re.compile(
    r"[0-9]{1,4}[-./ ](?:[0-9]{1,2}|[A-Za-z]{3,9})[-./ ][0-9]{2,4}(?:[T ].*)?"
    r"|[A-Za-z]{3,9} [0-9]{1,2}, [0-9]{4}|[0-9]{8}"
)
NUMBER_LIKE = re.compile(r"[+\-\u2212]?[0-9][0-9.,' \u00a0\u202f\u2019]*(?:[eE][+-]?[0-9]+)?|[+\-\u2212]?[.,][0-9]+")
POINT = re.compile(
    r"(?:[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]*|[0-9]*\.[0-9]{1,2}|[0-9]*\.[0-9]{4,}|0?\.[0-9]+|[0-9]{4,}\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3}){2,})"
)
COMMA = re.compile(
    r"(?:[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]*|[0-9]*,[0-9]{1,2}|[0-9]*,[0-9]{4,}|0?,[0-9]+|[0-9]{4,},[0-9]+|[0-9]{1,3}(?:\.[0-9]{3}){2,})"
)
EITHER = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")


@dataclass
class ColumnProfile:
    """What was seen in one column. Counts are over the profiled rows."""

    header: str
    index: int
    examples: list[str] = field(default_factory=list)
    filled: int = 0
    numbers: int = 0
    points: int = 0
    commas: int = 0
    unclear: str = ""
    dates: dict[str, int] = field(default_factory=dict)
    distinct_dates: dict[str, None] = field(default_factory=dict)
    typed: int = 0

    @property
    def looks_like(self) -> str:
        """`date`, `number` or `text`, by what nearly all cells are."""
        if self.filled and max(self.dates.values(), default=0) >= self.filled * 0.9:
            return "date"
        if self.filled and self.numbers >= self.filled * 0.9:
            return "number"
        return "text"

    def see(self, cell: Cell) -> None:
        """Take one cell into account."""
        if cell is None or cell == "":
            return
        self.filled += 1
        if len(self.examples) < EXAMPLES:
            text = " ".join(str(cell).split())[:60]
            if text and text not in self.examples:
                self.examples.append(text)
        if isinstance(cell, Decimal):
            self.numbers += 1
        elif isinstance(cell, datetime | date):
            self.dates["%Y-%m-%d"] = self.dates.get("%Y-%m-%d", 0) + 1
        elif isinstance(cell, str):
            self._see_text(cell.strip())

    def _see_text(self, text: str) -> None:
        if NUMBER_LIKE.fullmatch(text):
            self.numbers += 1
            bare = text.lstrip("+-\u2212").translate(_NO_SPACES)
            point, comma = POINT.fullmatch(bare) is not None, COMMA.fullmatch(bare) is not None
            self.points += point
            self.commas += comma
            if not point and not comma and EITHER.fullmatch(bare):
                self.unclear = self.unclear or text
        if DATE_LIKE.fullmatch(text) and (text in self.distinct_dates or len(self.distinct_dates) < 5_000):
            self.distinct_dates[text] = None
            for pattern in DATE_PATTERNS:
                if _is_date(text, pattern):
                    self.dates[pattern] = self.dates.get(pattern, 0) + 1

    def decimal_mark(self) -> tuple[str | None, Question | None]:
        """The decimal mark, or the question when the numbers leave it open. (None, None): none is needed."""
        best, other, mark = (
            (self.points, self.commas, ".") if self.points >= self.commas else (self.commas, self.points, ",")
        )
        if best and best >= other * CLEAR_MAJORITY:
            return mark, None
        if not best and not self.unclear:
            return None, None
        value = self.unclear or (self.examples[0] if self.examples else "")
        return None, Question(
            f"decimal:{self.header}",
            _("The numbers in “%(header)s”, such as %(value)s, can be read with a decimal point or a decimal comma.")
            % {"header": self.header, "value": value},
            {".": _("decimal point, thousands with a comma"), ",": _("decimal comma, thousands with a point")},
        )

    def date_pattern(self) -> tuple[str | None, Question | None]:
        """The pattern of the dates, or the question when day and month could be swapped. (None, None): no dates."""
        if not self.dates:
            return None, None
        best = max(self.dates.values())
        top = [pattern for pattern in DATE_PATTERNS if self.dates.get(pattern, 0) == best]
        rivals = [pattern for pattern in DATE_PATTERNS if pattern in self.dates and pattern not in top]
        # A rival loses when the best one reads many cells that it cannot, and it reads hardly any that the best cannot.
        rivals = [
            pattern
            for pattern in rivals
            if self._alone(pattern, top[0]) * CLEAR_MAJORITY > self._alone(top[0], pattern)
        ]
        candidates = top + rivals
        if len(candidates) == 1:
            return candidates[0], None
        example = next(iter(self.distinct_dates), self.examples[0])
        choices = {}
        for pattern in candidates:
            moment = _moment(example, pattern)
            choices[pattern] = example_of(pattern) if moment is None else moment.strftime("%-d %B %Y")
        return None, Question(
            f"date:{self.header}",
            _("The dates in “%(header)s”, such as %(value)s, can be read in several ways.")
            % {"header": self.header, "value": example},
            choices,
        )

    def _alone(self, pattern: str, other: str) -> int:
        """How many different dates only `pattern` can read."""
        return sum(_is_date(text, pattern) and not _is_date(text, other) for text in self.distinct_dates)


@dataclass
class TableProfile:
    """All columns of a table. `rows` is exact when `complete`, otherwise what was looked at."""

    columns: list[ColumnProfile]
    rows: int
    complete: bool
    first_rows: list[list[Cell]]

    def of(self, index: int) -> ColumnProfile:
        return self.columns[index]


def profile_table(table: Table, limit: int = PROFILE_ROWS) -> TableProfile:
    """Look at the first `limit` rows."""
    columns = [ColumnProfile(header, index) for index, header in enumerate(table.headers)]
    rows, complete = 0, True
    first_rows: list[list[Cell]] = []
    source: Iterable = table.rows()
    for _number, cells, fault in itertools.islice(source, limit + 1):
        if rows == limit:
            complete = False
            break
        rows += 1
        if fault is not None:
            continue
        if len(first_rows) < 5:
            first_rows.append(cells)
        for column, cell in zip(columns, cells, strict=True):
            column.see(cell)
    return TableProfile(columns, rows, complete, first_rows)


_NO_SPACES = str.maketrans("", "", " \u00a0\u2007\u2009\u202f'\u2019")


def _moment(text: str, pattern: str) -> date | None:
    try:
        moment = read_moment(text, pattern)
    except ValueError:
        return None
    if moment is None or not EARLIEST <= moment.day <= LATEST:
        return None
    return moment.day


def _is_date(text: str, pattern: str) -> bool:
    return _moment(text, pattern) is not None
