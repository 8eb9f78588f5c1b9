"""Figures, money and dates as people read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from prm.ui import formats

NARROW, NBSP = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1234.5, None, "1,234.5"),
        (1234567, None, "1,234,567"),
        (Decimal("2.50"), None, "2.5"),
        (Decimal("100"), None, "100"),
        (0.125, 2, "0.13"),
        (-0.04, 1, "0.0"),
        (-12, None, "−12"),
        (None, None, "–"),
        ("", 1, "–"),
        (float("nan"), 1, "–"),
        ("abc", 1, "–"),
    ],
)
def test_number(value: Any, digits: int | None, text: str) -> None:
    assert formats.number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"), [(2.14, "+2.1"), (-9, "−9.0"), (0, "0"), (0.04, "0"), (-0.04, "0"), (None, "–")]
)
def test_signed(value: Any, text: str) -> None:
    assert formats.signed(value, 1) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9999, "9,999"),
        (10_000, "10k"),
        (412_345, "412k"),
        (999_499, "999k"),
        (999_500, "1.0M"),
        (48_600_000, "48.6M"),
        (148_600_000, "149M"),
        (2_300_000_000, "2.3B"),
        (-48_600_000, "−48.6M"),
    ],
)
def test_compact(value: int, text: str) -> None:
    assert formats.compact(value) == text


def test_percent_share_and_units_do_not_break() -> None:
    assert formats.percent(63) == f"63{NARROW}%"
    assert formats.share(Decimal("0.631"), 1) == f"63.1{NARROW}%"
    assert formats.with_unit(6.2, "h") == f"6.2{NARROW}h"
    assert formats.with_unit(3, "days") == f"3{NBSP}days"


def test_money_in_english_and_german() -> None:
    with translation.override("en"):
        english = [formats.money(Decimal("-1234.5"), "EUR"), formats.money(1234, "JPY"), formats.money(10, "CHF")]
    with translation.override("de"):
        german = [formats.money(Decimal("-1234.5"), "EUR"), formats.compact_money(48_600_000, "EUR")]

    assert english == ["−€1,234.50", "¥1,234", f"CHF{NARROW}10.00"]
    assert german == [f"−1.234,50{NARROW}€", f"48,6M{NARROW}€"]


def test_day_names_the_year_only_when_it_is_another() -> None:
    today = date(2026, 11, 21)

    assert formats.day(date(2026, 10, 8), today=today) == "8 Oct"
    assert formats.day(date(2025, 10, 8), today=today) == "8 Oct 2025"
    assert formats.day(None) == "–"


def test_moment_of_today_says_so() -> None:
    today = date(2026, 11, 21)

    assert formats.moment(datetime(2026, 11, 21, 14, 0, tzinfo=UTC), today=today) == "Today, 14:00"
    assert formats.moment(datetime(2026, 10, 5, 9, 14, tzinfo=UTC), today=today) == "5 Oct, 09:14"


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=30), "just now"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=2, minutes=59), "2 h"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=14), "14 days"),
    ],
)
def test_since(ago: timedelta, text: str) -> None:
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    assert formats.since(now - ago, now=now) == text
