"""Sources of measurements with what a line of their list shows, in one statement however many there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from performance.choices import SourceState
from performance.models import MeasurementSource, SourceDelivery, SourceKPI, SourceRules
from performance.queries.reference import sources_by_code
from performance.rules.sources import Standing, is_manual, standing
from prm.imports.lifecycle import ImportStatus
from prm.imports.models import ImportBatch
from prm.tenancy.scope import require_scope

RECENT_DAYS = 30
STATES_IN_ORDER = [state.value for state in SourceState]


def sources(today: date) -> QuerySet[Any]:
    """Every source with `received_at`, `rows_recent`, `bad_recent`, `kpi_count`, and `state` with its `state_place`."""
    zone = require_scope().tenant.zone
    own = SourceDelivery.objects.filter(source=OuterRef("pk"), undone_at=None).order_by().values("source")
    begin = timezone.make_aware(datetime.combine(today - timedelta(days=RECENT_DAYS - 1), datetime.min.time()), zone)
    recent = own.filter(last_at__gte=begin)
    rows = MeasurementSource.objects.select_related("owner").annotate(
        received_at=Subquery(own.annotate(found=Max("taken_at")).values("found")),
        rows_recent=_total(recent, F("created") + F("updated")),
        bad_recent=_total(recent, F("bad_rows")),
        kpi_count=Coalesce(
            Subquery(
                SourceKPI.objects.filter(source=OuterRef("pk"))
                .order_by()
                .values("source")
                .annotate(found=Count("pk"))
                .values("found")
            ),
            0,
        ),
        received_on=TruncDate("received_at", tzinfo=zone),
        due_on=_days_after(
            Coalesce("received_on", TruncDate("created_at", tzinfo=zone)), F("expected_every"), DateField()
        ),
        late_from=_days_after(F("due_on"), F("grace_days") + 1, DateField()),
        state=_state(today),
    )
    return rows.annotate(
        state_place=Case(
            *(When(state=state, then=Value(place)) for place, state in enumerate(STATES_IN_ORDER)),
            output_field=IntegerField(),
        )
    )


def _total(deliveries: QuerySet[Any], figure: Any) -> Any:
    return Coalesce(Subquery(deliveries.annotate(found=Sum(figure)).values("found"), output_field=IntegerField()), 0)


def _days_after(day: Any, days: Any, field: Any) -> Any:
    return ExpressionWrapper(day + days, output_field=field)


def _state(today: date) -> Any:
    """The rule of `rules.sources.standing` for PostgreSQL."""
    return Case(
        When(is_active=False, then=Value(SourceState.RETIRED.value)),
        When(expected_every=None, received_at=None, then=Value(SourceState.NEVER.value)),
        When(expected_every=None, then=Value(SourceState.FREE.value)),
        When(late_from__lte=today, then=Value(SourceState.LATE.value)),
        When(received_at=None, then=Value(SourceState.NEVER.value)),
        When(due_on__lte=today, then=Value(SourceState.DUE.value)),
        default=Value(SourceState.ON_TIME.value),
        output_field=CharField(),
    )


def standing_of(source: Any, today: date) -> Standing:
    """How a source of `sources()` stands, with the days."""
    tenant = require_scope().tenant
    return standing(
        received_on=None if source.received_at is None else tenant.local_date(source.received_at),
        since=tenant.local_date(source.created_at),
        every=source.expected_every,
        grace=source.grace_days,
        today=today,
        is_active=source.is_active,
    )


def feeds_of(sources: Iterable[MeasurementSource]) -> dict[int, list[SourceKPI]]:
    """The KPIs that sources feed, by source, in one query."""
    found: dict[int, list[SourceKPI]] = {}
    rows = SourceKPI.objects.filter(source__in=list(sources)).select_related("kpi").order_by("kpi__name")
    for row in rows:
        found.setdefault(row.source_id, []).append(row)
    return found


def sources_of_kpi(kpi_id: int) -> list[MeasurementSource]:
    """The sources in use that feed a KPI."""
    return list(MeasurementSource.objects.filter(feeds__kpi=kpi_id, is_active=True).order_by("name"))


def source_choices() -> list[tuple[str, str]]:
    """All codes with what they are called, for narrowing a list."""
    return [(source.code, source.name) for source in sources_by_code().values()]


def file_sources() -> list[tuple[str, str]]:
    """The sources in use that a file can come from, for the import."""
    found = sources_by_code().values()
    return [(source.code, source.name) for source in found if source.is_active and not is_manual(source.code)]


def manual_sources() -> list[tuple[str, str]]:
    """The sources in use that a person can type a figure in for."""
    found = sources_by_code().values()
    return [(source.code, source.name) for source in found if source.is_active and is_manual(source.code)]


def refuses_unknown() -> bool:
    """Whether the workspace takes measurements of described sources only."""
    return SourceRules.objects.filter(refuses_unknown=True).exists()


@dataclass(frozen=True, slots=True)
class Received:
    """New and changed rows from one day on."""

    start: date
    rows: int
    bad_rows: int


def received_by(source: MeasurementSource, *, today: date, step: int, count: int) -> list[Received]:
    """How much came in each of the last days or weeks (`step` 1 or 7), the oldest first; the last ends today."""
    tenant = require_scope().tenant
    first = today - timedelta(days=step * count - 1)
    begin = timezone.make_aware(datetime.combine(first, datetime.min.time()), tenant.zone)
    days = (
        SourceDelivery.objects.filter(source=source, undone_at=None, last_at__gte=begin)
        .order_by()
        .annotate(day=TruncDate("last_at", tzinfo=tenant.zone))
        .values("day")
        .annotate(rows=Sum(F("created") + F("updated")), bad=Sum("bad_rows"))
        .values_list("day", "rows", "bad")
    )
    good, bad = [0] * count, [0] * count
    for day, rows, wrong in days:
        place = (day - first).days // step
        if 0 <= place < count:
            good[place] += rows
            bad[place] += wrong
    return [Received(first + timedelta(days=step * place), good[place], bad[place]) for place in range(count)]


def deliveries_of(source: MeasurementSource, *, limit: int) -> tuple[Sequence[SourceDelivery], dict[int, ImportBatch]]:
    """The last deliveries, newest first, and the imports among them."""
    rows = list(SourceDelivery.objects.filter(source=source)[:limit])
    wanted = {row.batch_id for row in rows if row.batch_id is not None}
    return rows, ImportBatch.objects.in_bulk(wanted) if wanted else {}


def stuck_imports(source: MeasurementSource, *, limit: int = 5) -> list[ImportBatch]:
    """The last files that name this source and were not taken in because something was wrong with them."""
    rows = ImportBatch.objects.filter(
        Q(preview__errors__gt=0) | ~Q(message=""),
        kind="measurements",
        mapping__source=source.code,
        status__in=(ImportStatus.UPLOADED, ImportStatus.CHECKED),
    )
    return list(rows.order_by("-created_at")[:limit])
