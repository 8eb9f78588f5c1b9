"""Texts of cells as numbers, days, instants and yes/no, strictly: what is not surely one of them is an error.

Nothing is repaired on the quiet. `1,234` is a thousand two hundred and thirty-four only where the file's decimal mark
is known to be a point; `31.09.2026` is no day; `NaN`, `1e999` and `12 %` are no numbers.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

FORMULA_STARTS = ("=", "+", "-", "@")
FORMULA = re.compile(r"=.+|[+\-@].*[(|!].*", re.DOTALL)

Cell = str | Decimal | date | datetime | bool | None
"""Delimited text gives str or None; a workbook also gives what its cells hold."""

MAX_DIGITS = 18
"""Digits before the decimal mark; more would not fit a measurement."""

SPACES = str.maketrans("", "", " \u00a0\u2007\u2009\u202f'\u2019")
PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
SCIENTIFIC = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]{1,3}")
GROUPED = {
    ".": re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?"),
    ",": re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]*)?"),
}
GROUPED_BY_SPACE = re.compile(r"[+-]?[0-9]{1,3}(?:[ \u00a0\u2007\u2009\u202f'\u2019][0-9]{3})+(?:[.,][0-9]*)?")
WORDS = re.compile(r"[+-]?(?:nan|inf|infinity|#n/a|#div/0!|#value!|#ref!|#name\?|#num!|#null!)", re.IGNORECASE)
LETTER_FOR_DIGIT = re.compile(r"[0-9.,][oOlI]|[oOlI][0-9.,]")
TRUE = {"1", "true", "yes", "y", "t", "x", "on", "ja", "oui", "si", "sí", "wahr"}
FALSE = {"0", "false", "no", "n", "f", "off", "nein", "non", "falsch"}
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


class ValueFault(ValueError):
    """A cell that is not what its column wants: a stable code and a whole sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


Parser = Callable[[Cell], object]


def number_parser(decimal: str | None) -> Callable[[Cell], Decimal | None]:
    """Reads numbers whose decimal mark is `decimal`; None accepts only numbers that need no mark."""

    def parse(cell: Cell) -> Decimal | None:
        if cell is None:
            return None
        if isinstance(cell, Decimal):
            return _sized(cell)
        if not isinstance(cell, str):
            raise _not_a_number(cell)
        text = cell.strip().replace("\u2212", "-")
        if not text:
            return None
        return _sized(_number(text, decimal, cell))

    return parse


def _number(text: str, decimal: str | None, cell: str) -> Decimal:
    # Nearly all numbers: digits and at most the file's own mark.
    plain = text.replace(",", ".") if decimal == "," and "." not in text else text
    if PLAIN.fullmatch(plain) and len(plain) < 40 and (decimal == "." or plain is not text or "." not in plain):
        return Decimal(plain)
    if WORDS.fullmatch(text):
        raise ValueFault(
            "not_finite", _("“%(value)s” is not a number. Leave the cell empty or give the number.") % {"value": text}
        )
    if GROUPED_BY_SPACE.fullmatch(text):
        text = text.translate(SPACES)
    if LETTER_FOR_DIGIT.search(text) and not SCIENTIFIC.fullmatch(text):
        raise _not_a_number(cell)
    mark = decimal
    if mark is None:
        if "." in text or "," in text:
            raise ValueFault(
                "ambiguous_number",
                _(
                    "“%(value)s” can be read in two ways. Say in the mapping whether the decimal mark is a "
                    "point or a comma."
                )
                % {"value": cell.strip()},
            )
        mark = "."
    other = "," if mark == "." else "."
    if GROUPED[mark].fullmatch(text):
        text = text.replace(other, "")
    if other in text:
        raise ValueFault(
            "not_a_number",
            _("“%(value)s” does not fit the file's decimal mark “%(mark)s”. Write it like the other numbers.")
            % {"value": cell.strip(), "mark": mark},
        )
    text = text.replace(mark, ".")
    if PLAIN.fullmatch(text) or SCIENTIFIC.fullmatch(text):
        if len(text) > 60:
            raise _too_large(cell)
        try:
            return Decimal(text)
        except InvalidOperation:
            raise _not_a_number(cell) from None
    raise _not_a_number(cell)


def _sized(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise ValueFault(
            "not_finite", _("“%(value)s” is not a number. Leave the cell empty or give the number.") % {"value": number}
        )
    if number and number.adjusted() >= MAX_DIGITS:
        raise _too_large(number)
    return number if number else number.copy_abs()


def _too_large(cell: object) -> ValueFault:
    return ValueFault(
        "number_too_large",
        _("“%(value)s” is too large; at most %(digits)s digits before the decimal mark are stored.")
        % {"value": str(cell)[:40], "digits": MAX_DIGITS},
    )


def _not_a_number(cell: object) -> ValueFault:
    text = str(cell).strip()
    if LETTER_FOR_DIGIT.search(text) and not re.search("[a-km-np-zA-HJ-NP-Z]", text):
        hint = _("It has a letter where a digit should be.")
    elif "%" in text:
        hint = _("Write the number without the percent sign.")
    elif re.search("[€$£¥]|[A-Z]{3}$|^[A-Z]{3}", text):
        hint = _("Write the number without the currency.")
    elif text.startswith("(") and text.endswith(")"):
        hint = _("Write negative numbers with a minus sign.")
    else:
        hint = _("Give a number.")
    return ValueFault("not_a_number", _("“%(value)s” is not a number.") % {"value": text[:60]} + " " + hint)


MONTHS = {name.lower(): index for index, name in enumerate(calendar.month_abbr) if name}
MONTHS |= {name.lower(): index for index, name in enumerate(calendar.month_name) if name}
PARTS = {
    "%Y": r"(?P<Y>[0-9]{4})",
    "%y": r"(?P<y>[0-9]{2})",
    "%m": r"(?P<m>[0-9]{1,2})",
    "%d": r"(?P<d>[0-9]{1,2})",
    "%b": r"(?P<b>[A-Za-z]{3,9}\.?)",
    "%B": r"(?P<b>[A-Za-z]{3,9}\.?)",
    "%H": r"(?P<H>[0-9]{1,2})",
    "%M": r"(?P<M>[0-9]{2})",
    "%S": r"(?P<S>[0-9]{2})(?:[.,][0-9]{1,9})?",
    "%z": r"(?P<z>Z|[+-][0-9]{2}:?[0-9]{2})",
}
TIME = (
    r"(?:[T ](?P<H>[0-9]{1,2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"(?: ?(?P<z>Z|[+-][0-9]{2}:?[0-9]{2}))?)?"
)


@lru_cache(maxsize=200)
def date_pattern(pattern: str) -> re.Pattern[str]:
    """A date pattern such as %d.%m.%Y as a regular expression; a time of day may follow.

    Raises ValueError for patterns that do not give a whole day.
    """
    expression, position = "", 0
    while position < len(pattern):
        part = pattern[position : position + 2]
        if part in PARTS:
            expression += PARTS[part]
            position += 2
        elif part.startswith("%"):
            raise ValueError(_("“%(part)s” is not a part of a date; use %%Y %%y %%m %%d %%b.") % {"part": part})
        else:
            expression += re.escape(pattern[position])
            position += 1
    groups = set(re.compile(expression).groupindex)
    if "d" not in groups or not groups & {"m", "b"} or not groups & {"Y", "y"}:
        raise ValueError(_("“%(pattern)s” must have year, month and day, such as %%d.%%m.%%Y.") % {"pattern": pattern})
    return re.compile(expression + ("" if "H" in groups else TIME))


@dataclass(frozen=True)
class Moment:
    """A day as written, with its time of day and offset when there were any."""

    day: date
    time: tuple[int, int, int] | None = None
    offset: timedelta | None = None


def read_moment(text: str, pattern: str) -> Moment | None:
    """What `text` says under `pattern`; None when it has another form.

    Raises ValueError when it has the form but no such day or time exists.
    """
    match = date_pattern(pattern).fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    year = int(parts["Y"]) if parts.get("Y") else int(parts["y"]) + (1900 if int(parts["y"]) >= 69 else 2000)
    month = int(parts["m"]) if parts.get("m") else MONTHS.get((parts.get("b") or "").lower().rstrip("."), 0)
    day = date(year, month, int(parts["d"]))
    if parts.get("H") is None:
        return Moment(day)
    hour, minute, second = int(parts["H"]), int(parts["M"]), int(parts["S"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(text)
    zone = parts.get("z")
    if zone is None:
        return Moment(day, (hour, minute, second))
    if zone == "Z":
        return Moment(day, (hour, minute, second), timedelta(0))
    sign = -1 if zone[0] == "-" else 1
    return Moment(day, (hour, minute, second), sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])))


def date_parser(pattern: str | None, zone: ZoneInfo) -> Callable[[Cell], date | None]:
    """Reads days written as `pattern`. A point in time with an offset becomes the day it falls on in `zone`."""
    instants = datetime_parser(pattern, zone)
    known: dict[str, date] = {}

    def parse(cell: Cell) -> date | None:
        if cell is None:
            return None
        if isinstance(cell, str):
            day = known.get(cell)
            if day is not None:
                return day
        instant = instants(cell)
        if instant is None:
            return None
        day = instant.astimezone(zone).date()
        if isinstance(cell, str):
            if len(known) > 20_000:
                known.clear()
            known[cell] = day
        return day

    return parse


def datetime_parser(pattern: str | None, zone: ZoneInfo) -> Callable[[Cell], datetime | None]:
    """Reads points in time written as `pattern`; without an offset they are local to `zone`."""

    def parse(cell: Cell) -> datetime | None:
        if cell is None:
            return None
        if isinstance(cell, datetime):
            return _checked(cell if cell.tzinfo else cell.replace(tzinfo=zone), cell)
        if isinstance(cell, date):
            return _checked(datetime(cell.year, cell.month, cell.day, tzinfo=zone), cell)
        if not isinstance(cell, str):
            raise ValueFault(
                "not_a_date",
                _("“%(value)s” is a number where a date should be. Format the column as a date in the workbook.")
                % {"value": cell},
            )
        text = cell.strip()
        if not text:
            return None
        if pattern is None:
            raise ValueFault(
                "ambiguous_date",
                _(
                    "“%(value)s”: it is not known how dates are written. Say it in the mapping, for example "
                    'date: "%%d.%%m.%%Y".'
                )
                % {"value": text[:40]},
            )
        return _checked(_instant(text, pattern, zone), text)

    return parse


def _instant(text: str, pattern: str, zone: ZoneInfo) -> datetime:
    try:
        moment = read_moment(text, pattern)
    except ValueError:
        raise ValueFault("impossible_date", _impossible(text, pattern)) from None
    if moment is None:
        raise ValueFault(
            "not_a_date",
            _("“%(value)s” is not a date written like %(example)s.")
            % {"value": text[:40], "example": example_of(pattern)},
        )
    hour, minute, second = moment.time or (0, 0, 0)
    tz: ZoneInfo | timezone = zone if moment.offset is None else timezone(moment.offset)
    return datetime(moment.day.year, moment.day.month, moment.day.day, hour, minute, second, tzinfo=tz)


def _checked(instant: datetime, cell: object) -> datetime:
    if not EARLIEST <= instant.date() <= LATEST:
        raise ValueFault(
            "date_out_of_range",
            _("“%(value)s” is outside the years 1900 to 2199. Check the year.") % {"value": str(cell)[:40]},
        )
    return instant


def _impossible(text: str, pattern: str) -> str:
    match = date_pattern(pattern).fullmatch(text)
    parts = match.groupdict() if match else {}
    month = int(parts["m"]) if parts.get("m") else MONTHS.get((parts.get("b") or "").lower().rstrip("."), 0)
    if 1 <= month <= 12 and parts.get("d"):
        year = int(parts.get("Y") or 2000 + int(parts.get("y") or 0)) or 2000
        last = calendar.monthrange(year, month)[1]
        if not 1 <= int(parts["d"]) <= last:
            return _("“%(value)s” does not exist: %(month)s %(year)s has %(days)s days.") % {
                "value": text[:40],
                "month": calendar.month_name[month],
                "year": year,
                "days": last,
            }
    return _("“%(value)s” does not exist; dates here are written like %(example)s.") % {
        "value": text[:40],
        "example": example_of(pattern),
    }


def example_of(pattern: str) -> str:
    """A day written in a pattern, as an example for people."""
    return datetime(2026, 12, 31, 14, 30, tzinfo=UTC).strftime(pattern)


def parse_bool(cell: Cell) -> bool | None:
    """Yes or no, in the words spreadsheets use."""
    if cell is None or isinstance(cell, bool):
        return cell
    text = str(cell).strip().casefold()
    if not text:
        return None
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ValueFault("not_yes_or_no", _("“%(value)s” is neither yes nor no. Write yes or no.") % {"value": text[:40]})


def parse_text(cell: Cell) -> str | None:
    """A cell as text, without blanks around it; an empty one is None."""
    if cell is None:
        return None
    if isinstance(cell, str):
        text = cell.strip()
        # Our own error files put an apostrophe before what a spreadsheet would run as a formula.
        if text[:1] == "'" and text[1:2] in FORMULA_STARTS:
            text = text[1:]
        return text or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return cell.isoformat()


def refuse_formula(text: str) -> None:
    """A text that a spreadsheet would run as a formula. Telephone numbers and negative numbers are none."""
    if FORMULA.fullmatch(text):
        raise ValueFault(
            "formula",
            _("“%(value)s” would run as a formula in a spreadsheet. Write it without the leading sign.")
            % {"value": text[:60]},
        )
