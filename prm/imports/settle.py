"""Decimal marks and date orders of the columns a mapping uses: as given, else proven by the file, else a question."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from prm.imports.expressions import DATE, DATETIME, NUMBER, ValueType
from prm.imports.kinds import ImportKind
from prm.imports.mapping import ColumnSpec, Mapping
from prm.imports.reading.formats import Question
from prm.imports.reading.profile import ColumnProfile, TableProfile, profile_table
from prm.imports.reading.table import Table


@dataclass(frozen=True)
class Settled:
    """A mapping whose columns say how they are written, and what the file leaves open."""

    mapping: Mapping
    questions: tuple[Question, ...]


def settle(mapping: Mapping, kind: ImportKind, table: Table, profile: TableProfile | None = None) -> Settled:
    """Fill in the formats of all columns read as numbers or dates.

    A question about one column is answered by the other columns when they all prove the same mark: a file is written
    by one program. Dates are settled per column, because one file often has two kinds.
    """
    profile = profile or profile_table(table)
    questions = list(table.questions)
    wanted = wanted_types(mapping, kind)
    shared_mark = mapping.format.decimal or _shared_mark(profile)
    columns = []
    for column in mapping.columns:
        seen = profile.of(table.column(column.header))
        type_ = wanted.get(column.alias)
        if type_ is NUMBER:
            column, question = _settle_number(column, seen, shared_mark, table, profile)
        elif type_ in (DATE, DATETIME):
            column, question = _settle_date(column, seen, mapping.format.date, table, profile)
        else:
            question = None
        columns.append(column)
        if question is not None:
            questions.append(question)
    return Settled(mapping.with_columns(tuple(columns)), tuple(questions))


def wanted_types(mapping: Mapping, kind: ImportKind) -> dict[str, ValueType]:
    """What each alias is read as: its declared type, or that of the field it goes to as it is."""
    wanted = {column.alias: column.type for column in mapping.columns}
    for emit in mapping.emit:
        for name, value in emit.fields.items():
            column = mapping.column(value.strip()) if isinstance(value, str) else None
            if column is not None and column.type.value == "text":
                wanted[column.alias] = kind.index[name].type
    return wanted


def _shared_mark(profile: TableProfile) -> str | None:
    marks = {column.decimal_mark()[0] for column in profile.columns} - {None}
    return marks.pop() if len(marks) == 1 else None


def _settle_number(
    column: ColumnSpec, seen: ColumnProfile, shared: str | None, table: Table, profile: TableProfile
) -> tuple[ColumnSpec, Question | None]:
    if column.decimal:
        return column, None
    mark, question = seen.decimal_mark()
    if mark is None and shared:
        return replace(column, decimal=shared), None
    if question is not None and not profile.complete:
        mark, question = _whole_column(table, seen).decimal_mark()
    return replace(column, decimal=mark), question


def _settle_date(
    column: ColumnSpec, seen: ColumnProfile, given: str | None, table: Table, profile: TableProfile
) -> tuple[ColumnSpec, Question | None]:
    if column.date or given:
        return replace(column, date=column.date or given), None
    pattern, question = seen.date_pattern()
    if question is not None and not profile.complete:
        pattern, question = _whole_column(table, seen).date_pattern()
    if pattern is None and question is None and not seen.dates:
        # Nothing that looks like a date: every cell will say so.
        pattern = "%Y-%m-%d"
    return replace(column, date=pattern), question


def _whole_column(table: Table, seen: ColumnProfile) -> ColumnProfile:
    """The first rows left it open; perhaps a later one decides."""
    whole = ColumnProfile(seen.header, seen.index)
    for _number, cells, fault in itertools.islice(table.rows(), None):
        if fault is None:
            whole.see(cells[seen.index])
    return whole
