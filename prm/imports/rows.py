"""Kinds that go through the ordinary service, one row at a time.

Each row has a savepoint of its own, so a refused row leaves nothing and the next one is tried. A check does all of it
and then rolls everything back: it finds exactly what the import would find.
"""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from prm.audit.services import plain
from prm.errors import DomainError, InvalidInput
from prm.imports.kinds import ImportKind, Record
from prm.imports.models import ImportBatch, ImportChange
from prm.imports.reading.faults import RowFault, shown
from prm.imports.runs import CREATED, UNCHANGED, ImportRun, UndoReport

MAX_RECORDS = 500_000
CHANGES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RowResult:
    """What a service did with one record: outcome, the row it concerns, and its values before and after."""

    outcome: str
    object_id: int
    label: str
    before: dict[str, Any] | None
    after: dict[str, Any]


@dataclass(frozen=True)
class RowKind(ImportKind):
    """A kind whose records are brought in by `apply`, one call a record."""

    @abstractmethod
    def begin(self, run: ImportRun) -> Any:
        """What `apply` needs for all rows, such as lists to look names up in."""

    @abstractmethod
    def apply(self, values: dict[str, Any], run: ImportRun, state: Any) -> RowResult:
        """Bring in one record through the app's services. Refusals are DomainErrors with the field they concern."""

    @abstractmethod
    def key(self, values: dict[str, Any], state: Any) -> tuple[str, ...]:
        """What identifies the record within the file."""

    @abstractmethod
    def snapshot(self, object_id: int) -> dict[str, Any] | None:
        """The record's present values under the names of `RowResult.after`; None when it is gone."""

    @abstractmethod
    def restore(self, object_id: int, before: dict[str, Any] | None, after: dict[str, Any], actor: Any) -> None:
        """Give the record its former values, or remove it when `before` is None. Refusals are DomainErrors."""

    def columns_of(self, run: ImportRun) -> dict[tuple[int, str], str]:
        """The file's column behind each (emit, field), for error messages."""
        headers = {column.alias: column.header for column in run.mapping.columns}
        return {
            (index, name): headers.get(str(value).strip(), name) if isinstance(value, str) else name
            for index, emit in enumerate(run.mapping.emit)
            for name, value in emit.fields.items()
        }

    def run(self, records: Iterator[Record], run: ImportRun) -> None:
        """Every record in its own savepoint; all of it rolled back when nothing may stay."""
        try:
            with transaction.atomic():
                self._bring_in(records, run)
                if not run.writes:
                    raise _NothingStays
        except _NothingStays:
            return

    def _bring_in(self, records: Iterator[Record], run: ImportRun) -> None:
        columns = self.columns_of(run)
        state = self.begin(run)
        seen: dict[tuple[str, ...], int] = {}
        changes: list[ImportChange] = []
        count = 0
        for number, group in itertools.groupby(records, key=lambda record: record.row):
            results: list[RowResult] = []
            try:
                with transaction.atomic():
                    for record in group:
                        count += 1
                        self._refuse_double(record, seen, columns, state)
                        results.append(self._apply(record, run, state, columns))
            except _Refused as refusal:
                run.faults([refusal.fault])
                continue
            if count > MAX_RECORDS:
                raise InvalidInput(
                    _("At most %(limit)s records of this kind can be imported at once. Split the file.")
                    % {"limit": MAX_RECORDS}
                )
            for result in results:
                run.outcome(result.outcome, number, result.label, _difference(result))
            changes += [
                self._change(number, result, run) for result in results if not run.dry and result.outcome != UNCHANGED
            ]
            if len(changes) >= CHANGES_AT_ONCE:
                ImportChange.objects.bulk_create(changes)
                changes.clear()
        ImportChange.objects.bulk_create(changes)

    @staticmethod
    def _change(number: int, result: RowResult, run: ImportRun) -> ImportChange:
        return ImportChange(
            batch_id=run.batch_id or 0,
            row=number,
            object_id=result.object_id,
            label=result.label[:240],
            before=None if result.outcome == CREATED else plain(result.before or {}),
            after=plain(result.after),
        )

    def _refuse_double(
        self, record: Record, seen: dict[tuple[str, ...], int], columns: dict[tuple[int, str], str], state: Any
    ) -> None:
        key = self.key(record.values, state)
        if not any(key):
            return
        first = seen.setdefault(key, record.row)
        if first != record.row:
            name = next(iter(record.values))
            raise _Refused(
                RowFault(
                    record.row,
                    columns.get((record.emit, name), name),
                    shown(" ".join(part for part in key if part)),
                    "duplicate",
                    _("Row %(row)s already has this record. Keep one of them.") % {"row": first},
                )
            )

    def _apply(self, record: Record, run: ImportRun, state: Any, columns: dict[tuple[int, str], str]) -> RowResult:
        try:
            return self.apply(record.values, run, state)
        except DomainError as error:
            field = self.field_of(error.field)
            raise _Refused(
                RowFault(
                    record.row,
                    columns.get((record.emit, field), field),
                    shown(record.values.get(field)),
                    error.code,
                    str(error.message),
                )
            ) from error
        except ValidationError as error:
            field, messages = (
                next(iter(error.message_dict.items())) if hasattr(error, "error_dict") else ("", error.messages)
            )
            field = self.field_of(field)
            raise _Refused(
                RowFault(
                    record.row,
                    columns.get((record.emit, field), field),
                    shown(record.values.get(field)),
                    "invalid",
                    messages[0],
                )
            ) from error
        except DatabaseError as error:
            raise _Refused(
                RowFault(
                    record.row,
                    "",
                    "",
                    "refused",
                    _("The database refused the row: %(reason)s") % {"reason": _first_line(error)},
                )
            ) from error

    def field_of(self, name: str | None) -> str:
        """The import field that stands for a service's field."""
        return name if name in self.index else ""

    def undo(self, batch: ImportBatch, actor: Any) -> UndoReport:
        """Newest first, each record in its own savepoint; what was changed since is kept and listed."""
        report = UndoReport()
        for change in ImportChange.objects.filter(batch=batch).order_by("-id").iterator(chunk_size=500):
            present = self.snapshot(change.object_id)
            if present is None:
                report.keep(change.label, _("It no longer exists."))
                continue
            if any(plain(present.get(name)) != value for name, value in change.after.items()):
                report.keep(change.label, _("It was changed since."))
                continue
            try:
                with transaction.atomic():
                    self.restore(change.object_id, change.before, change.after, actor)
            except DomainError as error:
                report.keep(change.label, str(error.message))
                continue
            if change.before is None:
                report.removed += 1
            else:
                report.restored += 1
        return report


class _NothingStays(Exception):
    pass


class _Refused(Exception):
    def __init__(self, fault: RowFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def _difference(result: RowResult) -> str:
    """What changes, in words: `name: Alpha → Beta`."""
    if result.before is None or result.outcome == UNCHANGED:
        return ""
    parts = [
        f"{name}: {_word(result.before.get(name))} → {_word(value)}"
        for name, value in result.after.items()
        if plain(result.before.get(name)) != plain(value)
    ]
    return "; ".join(parts)


def _word(value: Any) -> str:
    if value in (None, "", []):
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200]
