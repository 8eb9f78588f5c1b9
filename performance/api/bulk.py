"""Many measurements in one call: the body becomes staged rows at once, PostgreSQL judges them set-based.

Nothing here looks at a row twice. Only what SQL could not see is checked: the shape of the JSON.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from performance.choices import SourceType
from performance.services.deliveries import Origin
from performance.services.ingest import Ingest, IngestCounts, RowError
from prm.errors import InvalidInput

LARGEST_BATCH = 50_000
ERRORS_SHOWN = 1_000
TEXTS = ("partner", "kpi", "occurred_on", "external_id", "occurred_at")
FIELDS = frozenset((*TEXTS, "value", "weight", "attributes", "source"))
SOME_SYSTEM = Origin(SourceType.API)
SETTINGS = frozenset({"source", "rows", "skip_bad_rows"})


@dataclass(frozen=True, slots=True)
class Batch:
    """A body taken apart: rows in staging order, and the rows whose shape is wrong."""

    source: str
    skip_bad_rows: bool
    rows: Iterable[tuple[Any, ...]]
    misshapen: "Misshapen"


class Misshapen:
    """The rows whose shape is wrong: all counted, the first of them kept. `refusal` ends the reading."""

    def __init__(self) -> None:
        self.count = 0
        self.errors: list[RowError] = []
        self.refusal: InvalidInput | None = None

    def add(self, number: int, column: str, value: str, code: str, message: str) -> None:
        """Note one."""
        self.count += 1
        if len(self.errors) < ERRORS_SHOWN:
            self.errors.append(RowError(number, column, value, code, message))


def read_batch(body: Any, *, default_source: str) -> Batch:
    """The batch that a body holds.

    Raises:
        InvalidInput: the body as a whole is not a batch.
    """
    if not isinstance(body, dict):
        raise InvalidInput(_("Send an object with “rows”."), field="")
    unknown = sorted(body.keys() - SETTINGS)
    if unknown:
        raise InvalidInput(_("There is no such field."), field=str(unknown[0]), code="unknown_field")
    rows, source, skip = body.get("rows"), body.get("source", default_source), body.get("skip_bad_rows", False)
    if not isinstance(source, str) or not source.strip():
        raise InvalidInput(_("Name the system that the measurements come from."), field="source")
    if not isinstance(skip, bool):
        raise InvalidInput(_("This is true or false."), field="skip_bad_rows")
    if not isinstance(rows, list) or not rows:
        raise InvalidInput(_("Send a list with at least one measurement."), field="rows")
    if len(rows) > LARGEST_BATCH:
        raise InvalidInput(
            _("A call takes up to %(limit)s measurements. Send the rest in further calls.") % {"limit": LARGEST_BATCH},
            field="rows",
            code="too_many",
        )
    misshapen = Misshapen()
    return Batch(source, skip, list(staged(enumerate(rows, start=1), source, misshapen)), misshapen)


def staged(rows: Iterable[tuple[int, Any]], source: str, misshapen: Misshapen) -> Iterator[tuple[Any, ...]]:
    """Numbered rows in the order of `ingest.STAGED`. Numbers keep their digits: floats never come into it."""
    for number, row in rows:
        if type(row) is not dict:
            misshapen.add(number, "", "", "not_an_object", _("Each measurement is an object."))
            continue
        if not row.keys() <= FIELDS:
            field = min(str(name) for name in row.keys() - FIELDS)
            misshapen.add(number, field[:60], "", "unknown_field", _("There is no such field."))
            continue
        get = row.get
        value, weight, attributes = get("value"), get("weight"), get("attributes")
        wrong = next((name for name in TEXTS if type(get(name)) not in _TEXT), None)
        wrong = wrong or ("source" if type(get("source")) not in _TEXT else None)
        wrong = wrong or ("value" if type(value) not in _NUMBER else None)
        wrong = wrong or ("weight" if type(weight) not in _NUMBER else None)
        wrong = wrong or ("attributes" if type(attributes) not in _OBJECT else None)
        if wrong:
            message = _("This has the wrong type: texts for texts, numbers or texts of digits for numbers.")
            misshapen.add(number, wrong, str(get(wrong))[:200], "wrong_type", message)
            continue
        yield (
            number,
            get("partner"),
            get("kpi"),
            get("occurred_on"),
            value,
            weight,
            get("external_id"),
            get("source") or source,
            get("occurred_at"),
            None if attributes is None else json.dumps(attributes, default=_exactly),
            None,
        )


_TEXT = frozenset({str, type(None)})
_NUMBER = frozenset({str, int, Decimal, type(None)})
_OBJECT = frozenset({dict, type(None)})


def _exactly(value: Any) -> Any:
    """Decimals inside attributes, which are for people, as JSON numbers."""
    return float(value) if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch came to, and the first errors in row order."""

    counts: IngestCounts
    errors: list[RowError]
    is_written: bool

    def as_dict(self) -> dict[str, Any]:
        """The body of the answer."""
        counts = asdict(self.counts)
        return {**counts, "bad_rows": counts.pop("errors"), "errors": [asdict(error) for error in self.errors]}


def _until_refused(batch: Batch) -> Iterator[tuple[Any, ...]]:
    """The rows, which are read while PostgreSQL copies them: a refusal must not be raised in the middle of that."""
    try:
        yield from batch.rows
    except InvalidInput as refusal:
        batch.misshapen.refusal = refusal


def take_in(batch: Batch, origin: Origin = SOME_SYSTEM) -> Outcome:
    """Stage, judge, and write all of it, or with `skip_bad_rows` all that is right, or nothing.

    What was refused is put down for its source, so the caller answers without rolling back.
    """
    with Ingest(origin) as ingest:
        ingest.stage(_until_refused(batch))
        if batch.misshapen.refusal is not None:
            raise batch.misshapen.refusal
        bad_shapes = batch.misshapen.count
        counts = ingest.check()
        errors = list(batch.misshapen.errors)
        if not counts.rows and not bad_shapes:
            raise InvalidInput(_("Send a list with at least one measurement."), field="rows")
        if counts.errors:
            errors += ingest.errors(limit=ERRORS_SHOWN)
        writes = batch.skip_bad_rows or not errors
        if writes:
            counts = ingest.commit(bad_rows=counts.errors + bad_shapes)
        else:
            ingest.refuse(
                sorted(errors, key=lambda error: error.row), also={batch.source: bad_shapes} if bad_shapes else {}
            )
        totals = IngestCounts(
            rows=counts.rows + bad_shapes,
            created=counts.created,
            updated=counts.updated,
            unchanged=counts.unchanged if writes else 0,
            skipped=counts.skipped,
            errors=counts.errors + bad_shapes,
        )
    return Outcome(totals, sorted(errors, key=lambda error: error.row)[:ERRORS_SHOWN], writes)
