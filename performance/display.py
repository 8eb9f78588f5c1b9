"""How figures of KPIs and scores are written: the unit, the decimals, k and M in tiles.

Only text leaves this module; nothing computed from it goes back into a score.
"""

from decimal import ROUND_HALF_UP, Decimal

from performance.choices import BenchmarkBasis, Direction
from performance.models import KPI, Benchmark
from prm.ui import formats
from prm.ui.formats import COMPACT_FROM, NONE, SYMBOLS, number, signed

__all__ = ["NONE", "number", "signed"]


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Half away from zero, as every other rounding of the product."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def plain(value: Decimal, most: int = 6) -> str:
    """The value with as many decimals as it has, at most `most`: 62.5, 60, 0.125."""
    return number(rounded(value, most))


def with_unit(text: str, unit: str) -> str:
    """The unit in its place: before a currency amount, with a narrow space before %, else behind a space."""
    if not unit:
        return text
    if unit in SYMBOLS:
        sign, figure = (text[0], text[1:]) if text[:1] in (formats.MINUS, "+") else ("", text)
        return f"{sign}{SYMBOLS[unit]}{figure}"
    return f"{text}{formats.NARROW}{unit}"


def figure(value: Decimal, unit: str, decimals: int, *, short: bool = False) -> str:
    """A value with its unit; `short` writes k and M from 10,000."""
    text = formats.compact(value) if short and abs(value) >= COMPACT_FROM else number(value, decimals)
    return with_unit(text, unit)


def kpi_value(kpi: KPI, value: Decimal | None, *, short: bool = False) -> str:
    """A KPI's actual as the screens show it; a dash when there is none."""
    return NONE if value is None else figure(value, kpi.unit, kpi.decimals, short=short)


def threshold(kpi: KPI, value: Decimal | None, *, short: bool = False) -> str:
    """A threshold with the decimals that somebody set, never hiding any."""
    if value is None:
        return NONE
    if short and abs(value) >= COMPACT_FROM:
        return with_unit(formats.compact(value), kpi.unit)
    return with_unit(plain(value), kpi.unit)


def shown(kpi: KPI, value: Decimal) -> Decimal:
    """A threshold as cards show it: as it was set; one that was computed, of up to six places, one finer than the KPI.
    Receipts have it exactly."""
    places = -int(value.normalize().as_tuple().exponent)
    return rounded(value, kpi.decimals + 1) if places > kpi.decimals + 2 else value


def exactly(value: Decimal | None) -> str:
    """A number with all its own decimals; a dash when there is none."""
    return NONE if value is None else plain(value)


def benchmark_number(benchmark: Benchmark | None, value: Decimal | None, *, kpi: KPI | None = None) -> str:
    """A number of a benchmark in the words of its basis: €100, 110 %, P50; a dash without one."""
    if benchmark is None or value is None:
        return NONE
    if benchmark.basis == BenchmarkBasis.COHORT:
        return f"P{plain(value)}"
    if benchmark.is_relative:
        return with_unit(plain(value), "%")
    return threshold(kpi or benchmark.kpi, value)


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
