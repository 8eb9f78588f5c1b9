"""Periods as values: unions of whole calendar months in a tenant's fiscal calendar.

A fiscal year begins on day 1 of a chosen month and is named by the calendar year in which it ends (with January, the
year itself). Periods are half-open, `[start, end)`; screens show the last day inclusive. Months are calendar months
and carry calendar labels; quarters, half-years and years follow the fiscal year. Labels: 2013-07, 2013-Q2, 2013-H1 and
2013.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _

from prm.errors import InvalidInput


class PeriodKind(StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Length in calendar months."""
        return {"month": 1, "quarter": 3, "half": 6, "year": 12}[self.value]


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One period. `seq` counts periods of its kind without gaps, so `seq - 1` is the one before."""

    start: date
    end: date
    kind: PeriodKind
    seq: int
    label: str

    @property
    def last_day(self) -> date:
        """The last day, inclusive, as screens show it."""
        return self.end - timedelta(days=1)

    @property
    def ym_from(self) -> int:
        """First month as year * 12 + month - 1."""
        return month_number(self.start)

    @property
    def ym_to(self) -> int:
        """Month after the last, as year * 12 + month - 1."""
        return month_number(self.end)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __str__(self) -> str:
        return self.label


def month_number(day: date) -> int:
    """Months since year 0: year * 12 + month - 1."""
    return day.year * 12 + day.month - 1


def first_of(number: int) -> date:
    """The first day of a month number."""
    return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """A tenant's calendar: the month (1 to 12) in which its fiscal year begins."""

    first_month: int = 1

    def containing(self, kind: PeriodKind, day: date) -> Period:
        """The period of this kind that holds the day."""
        return self._by_seq(kind, self._seq(kind, month_number(day)))

    def previous(self, period: Period) -> Period:
        """The immediately preceding period of the same kind."""
        return self._by_seq(period.kind, period.seq - 1)

    def next(self, period: Period) -> Period:
        """The immediately following period of the same kind."""
        return self._by_seq(period.kind, period.seq + 1)

    def between(self, kind: PeriodKind, first: date, last: date) -> Iterator[Period]:
        """All periods of a kind that touch the days first to last, both inclusive, in order."""
        period = self.containing(kind, first)
        while period.start <= last:
            yield period
            period = self.next(period)

    def last_periods(self, kind: PeriodKind, day: date, count: int) -> list[Period]:
        """The `count` periods that end with the one holding the day, oldest first."""
        seq = self.containing(kind, day).seq
        return [self._by_seq(kind, number) for number in range(seq - count + 1, seq + 1)]

    def parse(self, label: str) -> Period:
        """The period of a label such as 2013-07, 2013-Q2, 2013-H1 or 2013.

        Raises:
            InvalidInput: for anything else, weeks included.
        """
        text = label.strip().upper()
        if match := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text):
            return self.containing(PeriodKind.MONTH, date(int(match[1]), int(match[2]), 1))
        if match := re.fullmatch(r"(\d{4})(?:-(Q[1-4]|H[12]))?", text):
            part = match[2]
            kind = {
                None: PeriodKind.YEAR,
                "Q": PeriodKind.QUARTER,
                "H": PeriodKind.HALF,
            }[part and part[0]]
            index = int(part[1]) - 1 if part else 0
            start = self._fiscal_year_start(int(match[1])) + index * kind.months
            return self.containing(kind, first_of(start))
        raise InvalidInput(
            _(
                "“%(label)s” is not a period. Use a month (2013-07), quarter (2013-Q2), half-year (2013-H1) or "
                "year (2013); weeks and 4-4-5 calendars are not supported."
            )
            % {"label": label},
            code="unknown_period",
            field="period",
        )

    def _fiscal_year_start(self, year: int) -> int:
        """Month number at which the fiscal year with this name begins."""
        calendar_year = year if self.first_month == 1 else year - 1
        return calendar_year * 12 + self.first_month - 1

    def _seq(self, kind: PeriodKind, number: int) -> int:
        if kind is PeriodKind.MONTH:
            return number
        return (number - (self.first_month - 1)) // kind.months

    def _by_seq(self, kind: PeriodKind, seq: int) -> Period:
        if kind is PeriodKind.MONTH:
            start = seq
            label = f"{first_of(start):%Y-%m}"
        else:
            start = seq * kind.months + self.first_month - 1
            into_year = (start - (self.first_month - 1)) % 12
            fiscal_year = (start - into_year + 11) // 12  # named by the year of its last month
            index = into_year // kind.months + 1
            label = {
                "quarter": f"{fiscal_year}-Q{index}",
                "half": f"{fiscal_year}-H{index}",
                "year": f"{fiscal_year}",
            }[kind]
        return Period(
            start=first_of(start),
            end=first_of(start + kind.months),
            kind=kind,
            seq=seq,
            label=label,
        )
