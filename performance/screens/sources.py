"""The page of one source: how it stands, what came when, by whom, what was wrong, which KPIs it feeds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from performance.models import SourceDelivery, SourceKPI
from performance.queries import sources as queries
from performance.rules.sources import Standing
from performance.words.sources import due_words, history_words, rhythm_words, standing_words
from prm.audit.models import AuditEntry
from prm.imports.models import ImportBatch
from prm.ui import formats
from prm.ui.charts import Chart, columns

DELIVERIES_SHOWN = 12
HISTORY_SHOWN = 10
DAYS, WEEKS = 30, 26


@dataclass(frozen=True)
class Delivery:
    """A delivery with the import it was, if any."""

    row: SourceDelivery
    batch: ImportBatch | None


@dataclass(frozen=True)
class SourcePage:
    """Everything about one source."""

    source: Any
    standing: Standing
    state_words: str
    rhythm: str
    due: str
    by_week: bool
    chart: Chart
    feeds: Sequence[SourceKPI]
    deliveries: Sequence[Delivery]
    stuck: Sequence[ImportBatch]
    history: Sequence[tuple[str, AuditEntry]]


def build_source(source: Any, *, today: date, by_week: bool) -> SourcePage:
    """The page, in a fixed number of queries. `source` is a row of `queries.sources()`."""
    now = queries.standing_of(source, today)
    rows, batches = queries.deliveries_of(source, limit=DELIVERIES_SHOWN)
    entries = AuditEntry.objects.filter(target_type="performance.measurementsource", target_id=source.pk)
    return SourcePage(
        source=source,
        standing=now,
        state_words=standing_words(now, has_received=source.received_at is not None),
        rhythm=rhythm_words(source),
        due=due_words(now),
        by_week=by_week,
        chart=_chart(source, today, by_week=by_week),
        feeds=queries.feeds_of([source]).get(source.pk, []),
        deliveries=[Delivery(row, batches.get(row.batch_id or 0)) for row in rows],
        stuck=queries.stuck_imports(source),
        history=[(history_words(entry.action), entry) for entry in entries.order_by("-pk")[:HISTORY_SHOWN]],
    )


def _chart(source: Any, today: date, *, by_week: bool) -> Chart:
    step, count = (7, WEEKS) if by_week else (1, DAYS)
    received = queries.received_by(source, today=today, step=step, count=count)
    if not any(part.rows or part.bad_rows for part in received):
        return columns([], [], label="")
    total = sum(part.rows for part in received)
    label = (
        _("%(rows)s new and changed rows in the last %(count)d weeks.")
        if by_week
        else _("%(rows)s new and changed rows in the last %(count)d days.")
    )
    chart = columns(
        [formats.day(part.start) for part in received],
        [part.rows for part in received],
        label=label % {"rows": formats.number(total), "count": count},
        digits=0,
        heads=(_("Week from") if by_week else _("Day"), _("New and changed rows")),
    )
    rows = [[*row, formats.number(part.bad_rows)] for row, part in zip(chart.rows, received, strict=True)]
    return replace(chart, columns=[*chart.columns, _("Wrong rows")], rows=rows)
