"""The figures of one chart as a file: what every CSV link on a dashboard leads to."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

from performance.models import PeriodRow
from prm.periods import Period
from prm.ui.lists.export import FORMATS, write_csv

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
"""Heads and rows."""


def table_response(name: str, period: PeriodRow | Period, table: Table) -> HttpResponse:
    """A table as CSV, named for what it shows and the period."""
    heads, rows = table
    file = io.BytesIO()
    write_csv(file, heads, (list(row) for row in rows))
    response = HttpResponse(file.getvalue(), content_type=FORMATS["csv"])
    response["Content-Disposition"] = f'attachment; filename="{name}-{period.label}.csv"'
    return response
