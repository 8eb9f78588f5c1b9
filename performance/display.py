"""How figures of KPIs and scores are written: the unit, the decimals, k and M in tiles, a true minus sign.

Only text leaves this module; nothing computed from it goes back into a score.
"""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format

from performance.choices import Direction
from performance.models import KPI

MINUS = "\N{MINUS SIGN}"
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
SPACE = "\N{NO-BREAK SPACE}"
CURRENCIES = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "PLN": "zł"}
COMPACT_FROM = Decimal(10_000)
NONE = "–"


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Half away from zero, as every other rounding of the product."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def number(value: Decimal, decimals: int = 1) -> str:
    """The value with exactly these decimals, grouped for the reader's language, with a true minus sign."""
    text = number_format(abs(rounded(value, decimals)), decimals, use_l10n=True, force_grouping=True)
    return f"{MINUS}{text}" if rounded(value, decimals) < 0 else text


def plain(value: Decimal, most: int = 6) -> str:
    """The value with as many decimals as it has, at most `most`: 62.5, 60, 0.125."""
    decimals = max(0, -rounded(value, most).normalize().as_tuple().exponent)  # type: ignore[operator]
    return number(value, decimals)


def compact(value: Decimal, decimals: int = 1) -> str:
    """For tiles: 12.4k, 1.38M; below 10,000 the number itself."""
    size = abs(value)
    if size < COMPACT_FROM:
        return number(value, decimals)
    for step, sign in ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(1000), "k")):
        if size >= step:
            scaled = value / step
            return number(scaled, 0 if abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2) + sign
    return number(value, decimals)


def with_unit(text: str, unit: str) -> str:
    """The unit in its place: before a currency amount, with a narrow space before %, else behind a space."""
    if not unit:
        return text
    if unit in CURRENCIES:
        return f"{MINUS}{CURRENCIES[unit]}{text[1:]}" if text.startswith(MINUS) else f"{CURRENCIES[unit]}{text}"
    return f"{text}{NARROW_SPACE if unit in ('%', '‰') else SPACE}{unit}"


def kpi_value(kpi: KPI, value: Decimal | None, *, short: bool = False) -> str:
    """A KPI's actual or threshold as the screens show it; a dash when there is none."""
    if value is None:
        return NONE
    decimals = kpi.decimals
    text = compact(value, decimals) if short else number(value, decimals)
    return with_unit(text, kpi.unit)


def threshold(kpi: KPI, value: Decimal | None, *, short: bool = False) -> str:
    """A threshold: with the KPI's decimals, but never hiding decimals that somebody set."""
    if value is None:
        return NONE
    own = max(0, -value.normalize().as_tuple().exponent)  # type: ignore[operator]
    if short and abs(value) >= COMPACT_FROM:
        return with_unit(compact(value, kpi.decimals), kpi.unit)
    return with_unit(number(value, min(6, own)), kpi.unit)


def signed(value: Decimal, decimals: int = 1) -> str:
    """With a sign in front: +3.2, −0.4, 0."""
    if rounded(value, decimals) == 0:
        return number(Decimal(0), 0)
    return number(value, decimals) if value < 0 else f"+{number(value, decimals)}"


def percent(share: Decimal | None, decimals: int = 0) -> str:
    """A share from 0 to 1 as percent."""
    return NONE if share is None else with_unit(number(share * 100, decimals), "%")


def score(total: Decimal | None) -> str:
    """A total or points as the screens show them: one decimal."""
    return NONE if total is None else number(total, 1)


def tone_of_change(change: Decimal | None, direction: str = Direction.HIGHER) -> str:
    """Whether a change is good (`pos`), bad (`neg`) or neither (empty); a band has no better direction."""
    if change is None or change == 0 or direction == Direction.BAND:
        return ""
    better = change > 0 if direction == Direction.HIGHER else change < 0
    return "pos" if better else "neg"


def arrow(change: Decimal | None) -> str:
    """Which way a figure moved; colour says whether that is good."""
    if change is None or change == 0:
        return ""
    return "up" if change > 0 else "down"
