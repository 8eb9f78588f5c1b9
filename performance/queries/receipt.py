"""The receipt of a score: every line, what it gained and lost, why the total moved, and the measurements behind it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from performance.choices import Aggregation, LineState
from performance.models import MeasurementHistory, Run, Scorecard
from performance.queries.lines import Line, lines_of_cards
from performance.queries.measurements import evidence_number
from performance.queries.restatements import frozen_at
from performance.rules.scoring import COHORT_SHOWN_FROM, TOTAL_PLACES, ZERO, reweighting_part, rounded
from performance.rules.sources import MANUAL_SOURCE, is_manual
from prm.tenancy.scope import require_scope


@dataclass(frozen=True)
class Receipt:
    """One card explained.

    `reweighting` is the part of `card.delta` that comes from another measured set or other weights, None without a
    delta. `is_current` is False for the moment in which rules have changed and the card is still to be recomputed.
    """

    card: Scorecard
    lines: tuple[Line, ...]
    previous: Scorecard | None
    previous_lines: tuple[Line, ...]
    reweighting: Decimal | None
    is_current: bool
    weight_scored: Decimal
    weight_all: Decimal

    @cached_property
    def run(self) -> Run | None:
        """The run that scored it; read when somebody asks."""
        return Run.objects.filter(pk=self.card.run_id).first() if self.card.run_id else None

    @property
    def like_for_like(self) -> Decimal | None:
        """The part of the delta that was earned or lost by doing better or worse."""
        if self.card.delta is None or self.reweighting is None:
            return None
        return self.card.delta - self.reweighting

    @property
    def biggest_losses(self) -> list[Line]:
        """The lines that cost points, the dearest first."""
        losing = [line for line in self.lines if line.points_lost]
        return sorted(losing, key=lambda line: (-(line.points_lost or ZERO), line.position))

    @property
    def cohort_is_shown(self) -> bool:
        """Whether the cohort is large enough to show a partner its place."""
        return self.card.cohort is not None and self.card.cohort >= COHORT_SHOWN_FROM


def receipt_of(card: Scorecard) -> Receipt:
    """The receipt, in four queries however many lines and measurements there are."""
    previous = (
        Scorecard.objects.filter(
            programme_id=card.programme_id,
            partner_id=card.partner_id,
            period__kind=card.period.kind,
            period__seq=card.period.seq - 1,
        )
        .select_related("period")
        .first()
    )
    cards = [card.pk] if previous is None else [card.pk, previous.pk]
    return receipt_from(card, previous, lines_of_cards(cards))


def receipt_from(card: Scorecard, previous: Scorecard | None, lines: Mapping[int, tuple[Line, ...]]) -> Receipt:
    """The receipt of a card whose lines, and those of the period before, are read already."""
    own, before = lines[card.pk], lines[previous.pk] if previous is not None else ()
    reweighting = None
    if card.delta is not None:
        reweighting = reweighting_part(
            [line.as_score for line in own], [line.as_score for line in before], delta=card.delta
        )
    return Receipt(
        card=card,
        lines=own,
        previous=previous,
        previous_lines=before,
        reweighting=reweighting,
        is_current=_total_of(own) == card.total,
        weight_scored=sum((line.weight for line in own if line.is_scored), ZERO),
        weight_all=sum((line.weight for line in own if line.benchmark_id is not None), ZERO),
    )


def _total_of(lines: Sequence[Line]) -> Decimal | None:
    """The total that the lines shown come to (R7)."""
    weight = sum((line.weight for line in lines if line.is_scored), ZERO)
    if weight == 0 or any(line.state == LineState.BLOCKING for line in lines):
        return None
    return rounded(sum((line.weight * (line.points or ZERO) for line in lines), ZERO) / weight, TOTAL_PLACES)


@dataclass(frozen=True, slots=True)
class ReceiptFact:
    """One measurement in the period of a card. `reason` says why it was left out; empty when it was counted.

    `source` is the code, `source_name` what the source is called.
    """

    id: int
    code: str
    kpi_name: str
    occurred_on: date
    value: Decimal | None
    weight: Decimal | None
    source: str
    external_id: str
    attributes: dict[str, Any] | None
    recorded_at: datetime
    batch_id: int | None
    versions: int
    reason: str
    source_name: str

    @property
    def is_manual(self) -> bool:
        """Whether a person typed it in."""
        return is_manual(self.source)

    @property
    def origin(self) -> str:
        """Where it came from, in words."""
        if self.source == MANUAL_SOURCE:
            return _("typed in")
        return _("typed in, %(source)s") % {"source": self.source_name} if self.is_manual else self.source_name

    @property
    def evidence(self) -> str:
        """The number of the file that was given with a typed-in measurement; empty without one."""
        return evidence_number(self.attributes) if self.is_manual else ""

    @property
    def is_counted(self) -> bool:
        """Whether it is in the actual of its line."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """A page of measurements and how many there are in all."""

    rows: tuple[ReceiptFact, ...]
    counted: int
    left_out: int


_FACTS = """
WITH line AS (
  SELECT * FROM unnest(%(kpis)s::bigint[], %(reasons)s::text[]) AS l(kpi_id, reason)),
fact AS (
  SELECT f.*, k.code, k.name AS kpi_name,
         CASE WHEN line.kpi_id IS NULL THEN 'not_on_template'
              WHEN line.reason <> '' THEN line.reason
              WHEN k.aggregation = %(last)s AND row_number() OVER latest > 1 THEN 'not_latest'
              WHEN k.aggregation = %(distinct)s AND coalesce(f.attributes ->> k.attribute, '') = '' THEN 'no_attribute'
              WHEN %(closed_at)s::timestamptz < f.recorded_at THEN 'after_closing'
              ELSE '' END AS reason
    FROM performance_measurement f
    JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = f.kpi_id
    LEFT JOIN line ON line.kpi_id = f.kpi_id
   WHERE f.tenant_id = %(tenant)s AND f.partner_id = %(partner)s AND f.ym >= %(ym_from)s AND f.ym < %(ym_to)s
     AND (%(kpi)s::bigint IS NULL OR f.kpi_id = %(kpi)s)
  WINDOW latest AS (PARTITION BY f.kpi_id ORDER BY f.occurred_on DESC, f.source DESC, f.external_id DESC)),
page AS (
  SELECT fact.* FROM fact
   WHERE %(counted)s::boolean IS NULL OR (reason = '') = %(counted)s
   ORDER BY occurred_on DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s)
SELECT page.id, page.code, kpi_name, occurred_on, value, weight, source, external_id, attributes, recorded_at, batch_id,
       (SELECT count(*) FROM performance_measurementhistory h
         WHERE h.tenant_id = %(tenant)s AND h.measurement_id = page.id), reason,
       (SELECT count(*) FROM fact WHERE reason = ''), (SELECT count(*) FROM fact WHERE reason <> ''),
       coalesce(o.name, source)
  FROM page LEFT JOIN performance_measurementsource o ON o.tenant_id = %(tenant)s AND o.code = page.source
 ORDER BY occurred_on DESC, page.id DESC
"""


def facts_of(
    receipt: Receipt, *, kpi_id: int | None = None, counted: bool | None = None, offset: int = 0, limit: int = 50
) -> ReceiptFacts:
    """The partner's measurements in the card's period, newest first: of one KPI or all, counted or left out or both."""
    card = receipt.card
    reasons = {line.kpi_id: "" if line.state == LineState.SCORED else line.state for line in receipt.lines}
    params = {
        "tenant": require_scope().tenant_id,
        "partner": card.partner_id,
        "ym_from": card.period.ym_from,
        "ym_to": card.period.ym_to,
        "closed_at": frozen_at(card),
        "kpis": list(reasons),
        "reasons": list(reasons.values()),
        "last": Aggregation.LAST,
        "distinct": Aggregation.DISTINCT,
        "kpi": kpi_id,
        "counted": counted,
        "offset": offset,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, params)
        found = cursor.fetchall()
    words = _reasons()
    rows = tuple(
        ReceiptFact(
            id=row[0],
            code=row[1],
            kpi_name=row[2],
            occurred_on=row[3],
            value=row[4],
            weight=row[5],
            source=row[6],
            external_id=row[7],
            attributes=_json(row[8]),
            recorded_at=row[9],
            batch_id=row[10],
            versions=row[11],
            reason=words[row[12]] if row[12] else "",
            source_name=row[15],
        )
        for row in found
    )
    return ReceiptFacts(rows, found[0][13] if found else 0, found[0][14] if found else 0)


def _json(value: Any) -> dict[str, Any] | None:
    return json.loads(value) if isinstance(value, str) else value


def _reasons() -> dict[str, str]:
    """Why a measurement is not in the score, as sentences."""
    return {
        "not_on_template": _("The scorecard does not have this KPI."),
        "not_applicable": _("The KPI does not apply to this type of partner."),
        "no_benchmark": _("No benchmark applies, so the KPI is not scored."),
        "no_data": _("The weights total 0, so there is no result."),
        "blocking": _("The weights total 0, so there is no result."),
        "zero": _("The weights total 0, so there is no result and the KPI counts as zero points."),
        "carried": _("The weights total 0, so an earlier result was carried forward."),
        "not_latest": _("A later measurement counts; this KPI takes the latest one."),
        "no_attribute": _("It does not have the attribute whose different values are counted."),
        "after_closing": _("It arrived after the period was closed."),
    }


def replaced_versions(card: Scorecard, *, limit: int = 50) -> list[MeasurementHistory]:
    """Former versions of the partner's measurements in the card's period, newest first: corrections and removals."""
    return list(
        MeasurementHistory.objects.filter(
            partner_id=card.partner_id, occurred_on__gte=card.period.start, occurred_on__lt=card.period.end
        ).select_related("kpi")[:limit]
    )
