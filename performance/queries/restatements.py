"""Proposals to restate closed scorecards: which there are, the card before and after, the facts that caused them."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

from django.db import connection
from django.db.models import F, Max, Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from performance.engine.lines import COLUMNS
from performance.models import KPI, PeriodRow, Restatement, Scorecard, TemplateLine
from performance.queries.lines import Line, lines_of_cards
from performance.rules.sources import is_manual
from prm.tenancy.scope import require_scope

CAUSES_SHOWN = 200
"""So many facts behind one restatement are kept and shown; an import can bring thousands."""

HEAVY = ("before", "after", "cause", "ranks_moved")


def restatements(portfolio: Any | None = None) -> QuerySet[Restatement]:
    """All proposals a person may see, open and settled, without the versions of their cards."""
    rows = Restatement.objects.select_related(
        "scorecard__partner", "scorecard__period", "scorecard__programme"
    ).annotate(total_change=F("new_total") - F("old_total"))
    if portfolio is not None:
        rows = rows.filter(scorecard__partner_id__in=portfolio)
    return rows.defer(*HEAVY, "scorecard__lines")


def with_status(rows: QuerySet[Restatement], status: str) -> QuerySet[Restatement]:
    """Only those that are open, applied or dismissed."""
    conditions = {
        "open": Q(settled_at=None),
        "applied": Q(settled_at__isnull=False, was_applied=True),
        "dismissed": Q(settled_at__isnull=False, was_applied=False),
    }
    return rows.filter(conditions[status])


def count_open(portfolio: Any | None = None) -> int:
    """How many wait for a decision."""
    rows = Restatement.objects.filter(settled_at=None)
    return (rows if portfolio is None else rows.filter(scorecard__partner_id__in=portfolio)).count()


# --- Versions of a card -----------------------------------------------------------------------------------------------

_FIGURES = ("total", "coverage", "percentile", "delta")
_PLACES = ("rank", "cohort", "percentile", "delta")
"""What depends on other cards too: not part of what a person decides on."""


@dataclass(frozen=True)
class CardVersion:
    """A card as it was or would be: its figures and its lines. `limited_by` is the code of the gate's KPI."""

    total: Decimal | None
    coverage: Decimal | None
    rated: bool
    unrated_reason: str
    grade: str
    raw_grade: str
    limited_by: str
    rank: int | None
    cohort: int | None
    percentile: Decimal | None
    delta: Decimal | None
    template_version: int
    partner_type: str
    tier: str
    region: str
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, card: Scorecard, lines: Sequence[Line]) -> Self:
        """The card as it stands in the database."""
        return cls(
            total=card.total,
            coverage=card.coverage,
            rated=card.rated,
            unrated_reason=card.unrated_reason,
            grade=card.grade,
            raw_grade=card.raw_grade,
            limited_by=card.limited_by.code if card.limited_by else "",
            rank=card.rank,
            cohort=card.cohort,
            percentile=card.percentile,
            delta=card.delta,
            template_version=card.template.version,
            partner_type=card.partner_type.name,
            tier=card.tier.name if card.tier else "",
            region=card.region.name if card.region else "",
            lines=tuple(lines),
        )

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> "CardVersion | None":
        """A version read back; numbers are stored as texts, so that no digit is lost."""
        if stored is None:
            return None
        values: dict[str, Any] = {entry.name: stored.get(entry.name) for entry in fields(cls)}
        for name in _FIGURES:
            values[name] = None if values[name] is None else Decimal(values[name])
        values["lines"] = tuple(_line(row) for row in stored["lines"])
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """The version for a JSON column."""
        lines = [
            {name: _plain(value) for name, value in asdict(line).items() if name != "card_id"} for line in self.lines
        ]
        values = {entry.name: _plain(getattr(self, entry.name)) for entry in fields(self) if entry.name != "lines"}
        return {**values, "lines": lines}

    @property
    def digest(self) -> str:
        """Equal for equal scores, lines included, wherever the card stands among others."""
        content = {name: value for name, value in self.as_json().items() if name not in _PLACES}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _line(row: Mapping[str, Any]) -> Line:
    values: dict[str, Any] = {"card_id": 0}
    for entry in fields(Line):
        value = row.get(entry.name)
        kind = COLUMNS.get(entry.name)
        if value is not None and kind == "numeric":
            value = Decimal(value)
        elif value is not None and kind == "date":
            value = date.fromisoformat(value)
        if entry.name != "card_id":
            values[entry.name] = value
    return Line(**values)


def versions_of(cards: Iterable[int]) -> dict[int, CardVersion]:
    """The cards with these numbers as they stand now, in two queries."""
    found = Scorecard.objects.select_related("template", "partner_type", "tier", "region", "limited_by").in_bulk(
        list(cards)
    )
    lines = lines_of_cards(found)
    return {pk: CardVersion.of(card, lines[pk]) for pk, card in found.items()}


@dataclass(frozen=True)
class LineChange:
    """One KPI in both versions of a card; None where a version has no such line."""

    before: Line | None
    after: Line | None
    kpi: KPI | None

    @property
    def line(self) -> Line:
        """Whichever version there is, the later first."""
        line = self.after or self.before
        assert line is not None, "A change has at least one side."
        return line

    @property
    def is_changed(self) -> bool:
        """Whether anything that a reader sees of it differs."""
        names = ("actual", "points", "contribution", "weight", "state", "facts")
        return self._differs(names)

    @property
    def rules_changed(self) -> bool:
        """Whether its benchmark or weight is another one than when the period was closed.

        Of a relative benchmark its percent or percentiles are the rule; the thresholds follow from earlier results.
        """
        return self.before is not None and self.after is not None and _rule_of(self.before) != _rule_of(self.after)

    @property
    def base_changed(self) -> bool:
        """Whether only the earlier results that its thresholds follow from are others."""
        if self.before is None or self.after is None or self.rules_changed or self.after.relative is None:
            return False
        return self._differs(THRESHOLDS)

    def _differs(self, names: Iterable[str]) -> bool:
        if self.before is None or self.after is None:
            return True
        return any(getattr(self.before, name) != getattr(self.after, name) for name in names)


THRESHOLDS = ("floor", "target", "stretch", "ceiling")


def _rule_of(line: Line) -> tuple[object, ...]:
    """What somebody set of how a line is judged, by which two versions of it are compared."""
    relative = line.relative
    by = (line, line.benchmark_scope, "") if relative is None else (relative, relative.scope, relative.basis)
    return (line.weight, line.policy, *by[1:], *(getattr(by[0], name) for name in THRESHOLDS))


def line_changes(before: CardVersion | None, after: CardVersion | None) -> list[LineChange]:
    """The lines of both versions side by side, in the order of the scorecard. Lines of other types are left out."""
    sides = [
        {line.kpi_id: line for line in (version.lines if version else ()) if line.state != "not_applicable"}
        for version in (before, after)
    ]
    kpis = KPI.objects.in_bulk(sides[0].keys() | sides[1].keys())
    order = {pk: line.position for side in sides for pk, line in side.items()}
    return [
        LineChange(sides[0].get(pk), sides[1].get(pk), kpis.get(pk)) for pk in sorted(order, key=lambda pk: order[pk])
    ]


# --- The facts behind it ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cause:
    """A fact that arrived, changed or was removed after the card was frozen.

    `kind` is added, changed, removed, moved_in or moved_out (to or from another partner or period). `source` says
    where it came from, `batch_id` with which import; without one it came through the API or was typed
    in. `was_dismissed`: it was there already when somebody last dismissed a proposal for this card.
    """

    kind: str
    code: str
    kpi_name: str
    occurred_on: date
    old_value: Decimal | None
    old_weight: Decimal | None
    new_value: Decimal | None
    new_weight: Decimal | None
    source: str
    external_id: str
    recorded_at: datetime
    batch_id: int | None
    measurement_id: int
    entered_by: str
    note: str
    was_dismissed: bool

    @property
    def is_manual(self) -> bool:
        """Whether a person typed it in."""
        return is_manual(self.source)

    @property
    def label(self) -> str:
        """What happened to it, in words."""
        return {
            "added": _("Arrived"),
            "changed": _("Corrected"),
            "removed": _("Removed"),
            "moved_in": _("Moved here"),
            "moved_out": _("Moved away"),
        }[self.kind]

    def as_json(self) -> dict[str, Any]:
        """The cause for a JSON column."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """A cause read back."""
        values: dict[str, Any] = {entry.name: stored.get(entry.name) for entry in fields(cls)}
        for name in ("old_value", "old_weight", "new_value", "new_weight"):
            values[name] = None if values[name] is None else Decimal(str(values[name]))
        values["occurred_on"] = date.fromisoformat(values["occurred_on"])
        values["recorded_at"] = parse_datetime(values["recorded_at"])
        return cls(**values)


_CAUSES = """
WITH present AS (
  SELECT f.* FROM performance_measurement f
   WHERE f.tenant_id = %(tenant)s AND f.partner_id = %(partner)s AND f.ym >= %(ym_from)s AND f.ym < %(ym_to)s
     AND f.recorded_at > %(since)s),
former AS (
  SELECT DISTINCT ON (h.measurement_id) h.*,
         extract(year FROM h.occurred_on)::int * 12 + extract(month FROM h.occurred_on)::int - 1 AS ym
    FROM performance_measurementhistory h
   WHERE h.tenant_id = %(tenant)s AND h.replaced_at > %(since)s AND h.recorded_at <= %(since)s
     AND (h.measurement_id IN (SELECT id FROM present)
          OR h.partner_id = %(partner)s AND h.occurred_on >= %(start)s AND h.occurred_on < %(until)s)
   ORDER BY h.measurement_id, h.replaced_at DESC),
change AS (
  SELECT CASE WHEN p.id IS NULL AND m.id IS NULL THEN 'removed' WHEN p.id IS NULL THEN 'moved_out'
              WHEN h.id IS NULL THEN 'added'
              WHEN h.partner_id <> p.partner_id OR h.ym < %(ym_from)s OR h.ym >= %(ym_to)s THEN 'moved_in'
              ELSE 'changed' END AS kind,
         coalesce(p.kpi_id, h.kpi_id) AS kpi_id, coalesce(p.occurred_on, h.occurred_on) AS occurred_on,
         h.value AS old_value, h.weight AS old_weight,
         p.value AS new_value, p.weight AS new_weight, coalesce(p.source, h.source) AS source,
         coalesce(p.external_id, h.external_id) AS external_id,
         coalesce(p.recorded_at, m.recorded_at, h.replaced_at) AS recorded_at,
         coalesce(p.batch_id, h.replaced_by_batch_id) AS batch_id, coalesce(p.id, h.measurement_id) AS measurement_id,
         coalesce(p.attributes, '{}'::jsonb) AS attributes
    FROM present p
    FULL JOIN former h ON h.measurement_id = p.id
    LEFT JOIN performance_measurement m ON m.tenant_id = %(tenant)s AND m.id = h.measurement_id
   WHERE (p.partner_id, p.kpi_id, p.occurred_on, p.value, p.weight, p.attributes) IS DISTINCT FROM
         (h.partner_id, h.kpi_id, h.occurred_on, h.value, h.weight, h.attributes))
SELECT c.kind, k.code, k.name, c.occurred_on, c.old_value, c.old_weight, c.new_value, c.new_weight, c.source,
       c.external_id, c.recorded_at, c.batch_id, c.measurement_id, coalesce(c.attributes->>'entered_by', ''),
       coalesce(c.attributes->>'note', ''), coalesce(c.recorded_at <= %(dismissed)s, false)
  FROM change c JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = c.kpi_id
 ORDER BY c.recorded_at DESC, c.measurement_id DESC LIMIT %(limit)s
"""


def frozen_at(card: Scorecard) -> datetime | None:
    """When the card last took facts in: the closing of its period, or its latest restatement. None while open."""
    if card.period.closed_at is None:
        return None
    latest = Restatement.objects.filter(scorecard=card, was_applied=True).aggregate(at=Max("settled_at"))["at"]
    return latest or card.period.closed_at


def causes_of(restatement: Restatement) -> list[Cause]:
    """The facts behind a proposal, newest first: those kept with a settled one, else what differs by now."""
    if restatement.settled_at is not None:
        return [Cause.from_json(row) for row in restatement.cause or ()]
    card = restatement.scorecard
    period = card.period
    carry = TemplateLine.objects.filter(template_id=card.template_id).aggregate(most=Max("carry_periods"))["most"] or 0
    first = period.ym_from - carry * (period.ym_to - period.ym_from)
    dismissed = Restatement.objects.filter(scorecard=card, was_applied=False).aggregate(at=Max("settled_at"))["at"]
    params = {
        "tenant": require_scope().tenant_id,
        "partner": card.partner_id,
        "ym_from": first,
        "ym_to": period.ym_to,
        "start": date(first // 12, first % 12 + 1, 1),
        "until": period.end,
        "since": frozen_at(card),
        "dismissed": dismissed,
        "limit": CAUSES_SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CAUSES, params)
        return [Cause(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Explained:
    """A proposal with all that a person needs to decide: both versions, the lines side by side, the facts."""

    restatement: Restatement
    before: CardVersion | None
    after: CardVersion | None
    lines: list[LineChange]
    causes: list[Cause]

    @property
    def is_worked_out(self) -> bool:
        """Whether the new figures are known."""
        return self.after is not None

    @property
    def rules_changed(self) -> list[LineChange]:
        """Lines whose rules differ as well, so that not all of the change comes from facts."""
        return [line for line in self.lines if line.rules_changed]

    @property
    def base_changed(self) -> list[LineChange]:
        """Lines judged by the same rules, whose benchmark follows from an earlier result that is another now."""
        return [line for line in self.lines if line.base_changed]

    @property
    def card_changed(self) -> list[tuple[str, str, str]]:
        """What the card was scored as, where that is no longer the same: name, before, after."""
        if self.before is None or self.after is None:
            return []
        names = [
            (_("Scorecard version"), "template_version"),
            (_("Partner type"), "partner_type"),
            (_("Tier"), "tier"),
            (_("Region"), "region"),
        ]
        pairs = [(label, getattr(self.before, name), getattr(self.after, name)) for label, name in names]
        return [(str(label), str(old or "–"), str(new or "–")) for label, old, new in pairs if old != new]

    @cached_property
    def unlisted(self) -> int:
        """Facts by which the counts of the lines differ beyond those listed: they were on their way at the closing."""
        if len(self.causes) >= CAUSES_SHOWN:
            return 0
        period: PeriodRow = self.restatement.scorecard.period
        weigh = {"added": 1, "moved_in": 1, "removed": -1, "moved_out": -1}
        listed: Counter[str] = Counter()
        for cause in self.causes:
            if period.start <= cause.occurred_on < period.end:
                listed[cause.code] += weigh.get(cause.kind, 0)
        return sum(
            abs((row.after.facts if row.after else 0) - (row.before.facts if row.before else 0) - listed[row.line.code])
            for row in self.lines
            if self.before and self.after
        )


def explain(restatement: Restatement) -> Explained:
    """All there is to know of one proposal. An open one is compared with the card as it stands."""
    if restatement.settled_at is None:
        before: CardVersion | None = versions_of([restatement.scorecard_id])[restatement.scorecard_id]
    else:
        before = CardVersion.from_json(restatement.before)
    after = CardVersion.from_json(restatement.after)
    return Explained(restatement, before, after, line_changes(before, after), causes_of(restatement))


# --- The history of a card --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """A card's place moved because another card of its cohort was restated. Says nothing of whose."""

    settled_at: datetime
    old_rank: int | None
    old_cohort: int | None
    new_rank: int | None
    new_cohort: int | None


@dataclass(frozen=True)
class Restated:
    """A restatement that was applied to a card: the former version stays readable."""

    restatement: Restatement
    before: CardVersion
    after: CardVersion
    lines: list[LineChange]


def applied_to(card: Scorecard) -> list[Restated]:
    """The restatements of a card, newest first, with both versions."""
    found = []
    for row in Restatement.objects.filter(scorecard=card, was_applied=True).order_by("-settled_at"):
        before, after = CardVersion.from_json(row.before), CardVersion.from_json(row.after)
        if before is not None and after is not None:
            found.append(Restated(row, before, after, line_changes(before, after)))
    return found


def latest_applied(card: Scorecard) -> Restatement | None:
    """The newest restatement of a card, without its versions."""
    rows = Restatement.objects.filter(scorecard=card, was_applied=True).defer(*HEAVY)
    return rows.order_by("-settled_at").first()


def place_key(card_id: int) -> str:
    """What a card is called in `Restatement.ranks_moved`: no number, which PostgreSQL would take for an index."""
    return f"card {card_id}"


def places_moved(card: Scorecard) -> list[Moved]:
    """When and how the card's place moved through restatements of others, newest first."""
    key = place_key(card.pk)
    rows = (
        Restatement.objects.filter(scorecard__period_id=card.period_id, was_applied=True, ranks_moved__has_key=key)
        .order_by("-settled_at")
        .values_list("settled_at", KeyTransform(key, "ranks_moved"))
    )
    return [Moved(at, *place) for at, place in rows]
