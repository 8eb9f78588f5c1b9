"""Figures, money and dates as people read them: locale digits, a proper minus, a narrow space before units.

Pure functions on plain values; the language is the active one. Everything that has no value is an en dash.
"""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

NONE = "–"
MINUS = "\u2212"
NARROW = "\u202f"
"""Narrow no-break space: keeps a figure and its unit on one line."""

COMPACT_FROM = Decimal(10_000)
SYMBOLS = {
    "EUR": "€",
    "USD": "$",
    "GBP": "£",
    "JPY": "¥",
    "INR": "₹",
    "BRL": "R$",
    "PLN": "zł",
    "CZK": "Kč",
    "KRW": "₩",
}
_SUFFIXED = {"PLN", "CZK"}
_NO_MINOR_UNIT = {"JPY", "KRW", "CLP", "HUF", "ISK", "VND"}


def to_decimal(value: object) -> Decimal | None:
    """The value as an exact number, or None when it is missing, not a number, or infinite."""
    if type(value) is Decimal:
        return value if value.is_finite() else None
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


def number(value: object, digits: int | None = None) -> str:
    """`1234.5` as `1,234.5`. Without `digits` the value keeps its own places, without trailing zeros."""
    amount = to_decimal(value)
    if amount is None:
        return NONE
    if digits is None:
        amount = amount.normalize()
        digits = max(0, -int(amount.as_tuple().exponent))
    rounded = amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.{digits}f}"
    marks = _marks(get_language())
    if marks is not None:
        text = text.translate(marks)
    return f"{MINUS}{text}" if rounded < 0 else text


@lru_cache(maxsize=32)
def _marks(language: str | None) -> dict[int, str] | None:
    """What stands in this language for the comma between thousands and the decimal point; None where the same."""
    marks = {
        ord(","): str(formats.get_format("THOUSAND_SEPARATOR", language, use_l10n=True)),
        ord("."): str(formats.get_format("DECIMAL_SEPARATOR", language, use_l10n=True)),
    }
    return None if marks == {ord(","): ",", ord("."): "."} else marks


def signed(value: object, digits: int | None = None) -> str:
    """A change: `+2.1`, `−9`, and plain `0` when nothing changed."""
    amount = to_decimal(value)
    if amount is None:
        return NONE
    text = number(amount, digits)
    is_zero = not any(character in "123456789" for character in text)
    if is_zero:
        return "0"
    return f"+{text}" if amount > 0 else text


def compact(value: object, digits: int = 1) -> str:
    """Short for tiles: `412k`, `48.6M`; below 10,000 the whole number."""
    amount = to_decimal(value)
    if amount is None:
        return NONE
    figure, letter = _shorten(amount, digits)
    return figure + letter


def percent(value: object, digits: int = 0) -> str:
    """A value in percent: `63` as `63 %`."""
    return NONE if to_decimal(value) is None else f"{number(value, digits)}{NARROW}%"


def share(value: object, digits: int = 0) -> str:
    """A ratio in percent: `0.63` as `63 %`."""
    amount = to_decimal(value)
    return NONE if amount is None else percent(amount * 100, digits)


def with_unit(value: object, unit: str = "", digits: int | None = None) -> str:
    """A value and its unit: `6.2 h`."""
    if to_decimal(value) is None:
        return NONE
    return f"{number(value, digits)}{unit_space(unit)}{unit}" if unit else number(value, digits)


def unit_space(unit: str) -> str:
    """What stands between a figure and its unit: narrow before signs and letters, a full space before words."""
    return NARROW if len(unit) <= 2 else "\u00a0"


def money(value: object, currency: str, digits: int | None = None) -> str:
    """An amount in full, for ledgers: `€1,234.50`, in German `1.234,50 €`."""
    amount = to_decimal(value)
    if amount is None:
        return NONE
    places = digits if digits is not None else 0 if currency in _NO_MINOR_UNIT else 2
    return _with_symbol(number(abs(amount), places), amount < 0, currency)


def compact_money(value: object, currency: str, digits: int = 1) -> str:
    """An amount in short, for tiles: `€48.6M`, `€412k`; below 10,000 without cents."""
    amount = to_decimal(value)
    if amount is None:
        return NONE
    figure, letter = _shorten(abs(amount), digits)
    return _with_symbol(figure + letter, amount < 0, currency)


def _shorten(amount: Decimal, digits: int) -> tuple[str, str]:
    """The figure and its letter. A figure that would round to 1,000 of a unit goes to the next one."""
    size = abs(amount)
    if size < COMPACT_FROM:
        return number(amount, 0), ""
    unit, letter = Decimal(1), ""
    for bigger, its_letter in ((Decimal(10) ** 3, "k"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 9, "B")):
        if (size / unit).quantize(Decimal(1), rounding=ROUND_HALF_UP) >= 1000 or unit == 1:
            unit, letter = bigger, its_letter
    scaled = amount / unit
    return number(scaled, 0 if abs(scaled) >= 100 or letter == "k" else digits), letter


def _with_symbol(text: str, is_negative: bool, currency: str) -> str:
    symbol = SYMBOLS.get(currency, currency)
    sign = MINUS if is_negative else ""
    english = (get_language() or "en").startswith("en")
    if currency in _SUFFIXED or not english:
        return f"{sign}{text}{NARROW}{symbol}"
    return f"{sign}{symbol}{text}" if currency in SYMBOLS else f"{sign}{symbol}{NARROW}{text}"


def day(value: date | datetime | None, *, today: date | None = None, year: bool | None = None) -> str:
    """A day: `8 Oct` in the running year, `8 Oct 2025` in others."""
    if value is None or value == "":
        return NONE
    local = _local(value)
    current = today or timezone.localdate()
    if year is None:
        year = local.year != current.year
    style = pgettext("date format", "j M Y") if year else pgettext("date format", "j M")
    return formats.date_format(local, style)


def moment(value: datetime | None, *, today: date | None = None) -> str:
    """A day and its time: `8 Oct, 09:14`; for the present day `Today, 09:14`."""
    if value is None or value == "":
        return NONE
    local = _local(value)
    clock = formats.date_format(local, "H:i")
    current = today or timezone.localdate()
    if isinstance(local, datetime) and local.date() == current:
        return _("Today, %(time)s") % {"time": clock}
    return f"{day(value, today=current)}, {clock}"


def stamp(value: datetime | None) -> str:
    """A day with its year, and the time, for paper, which is read later: `8 Oct 2025, 09:14`."""
    return NONE if value is None else f"{day(value, year=True)}, {formats.date_format(_local(value), 'H:i')}"


def since(value: date | datetime | None, *, now: datetime | None = None) -> str:
    """How long ago, in short: `just now`, `12 min`, `2 h`, `3 days`, then the day itself after two weeks."""
    if value is None or value == "":
        return NONE
    at = now or timezone.now()
    if not isinstance(value, datetime):
        days = (timezone.localdate(at) - value).days
        seconds = days * 86_400.0
    else:
        seconds = (at - value).total_seconds()
    if seconds < 0:
        return day(value)
    if seconds < 60:
        return _("today") if not isinstance(value, datetime) else _("just now")
    if seconds < 3600:
        return _("%(count)s min") % {"count": int(seconds // 60)}
    if seconds < 86_400:
        return _("%(count)s h") % {"count": int(seconds // 3600)}
    days = int(seconds // 86_400)
    if days <= 14:
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    return day(value)


def _local(value: date | datetime) -> date | datetime:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value
