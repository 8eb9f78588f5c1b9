"""A mapping at work: rows of a table become records, one row at a time.

Columns are read only when something needs them: a column that only `emit` uses is not read in rows that `where`
leaves out, so a text in a date column of such a row is no error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from prm.imports.expressions import BOOL, DATE, DATETIME, NUMBER, TEXT, Expression, ExpressionError, ValueType, parse
from prm.imports.expressions.evaluate import as_text
from prm.imports.kinds import ImportKind, KindField, Record
from prm.imports.mapping import ColumnSpec, Constant, EmitSpec, LookupSpec, Mapping, MappingFault
from prm.imports.reading.delimited import CELL_LIMIT
from prm.imports.reading.faults import FileFault, RowFault, shown
from prm.imports.reading.table import Table, open_table
from prm.imports.reading.values import (
    FORMULA_STARTS,
    Cell,
    ValueFault,
    date_parser,
    datetime_parser,
    number_parser,
    parse_bool,
    parse_text,
    refuse_formula,
)

MAX_LOOKUP_ROWS = 200_000
Row = list[Any]


class Sink(Protocol):
    """Who hears what became of each row."""

    def row_read(self, number: int) -> None:
        """A row was read."""

    def faults(self, faults: Sequence[RowFault]) -> None:
        """The row last read is wrong."""


@dataclass(frozen=True)
class _Column:
    spec: ColumnSpec
    cell: int
    slot: int
    parse: Callable[[Cell], Any]
    empty: frozenset[str]

    def read(self, cells: Sequence[Cell]) -> Any:
        cell = cells[self.cell]
        if self.empty and isinstance(cell, str) and cell.strip() in self.empty:
            return None
        return self.parse(cell)


@dataclass(frozen=True)
class _Lookup:
    spec: LookupSpec
    on: int
    slots: range
    table: Mapping_[str, tuple[Any, ...]]


@dataclass(frozen=True)
class _Field:
    field: KindField
    value: Callable[[Row], Any]
    convert: Callable[[Any], Any]
    column: str
    cell: int | None
    takes_cell: bool = False
    """Whether the field reads the cell itself: a workbook's number or day must not go through its text."""


@dataclass(frozen=True)
class _Emit:
    index: int
    when: Callable[[Row], Any] | None
    dedupe: Callable[[Row], Any] | None
    fields: tuple[_Field, ...]


class Program:
    """A mapping bound to a table. Making one checks everything that can be checked without reading the rows.

    Raises MappingFault for expressions that do not fit, FileFault for columns or lookup files that are not there.
    """

    def __init__(
        self, mapping: Mapping, kind: ImportKind, table: Table, zone: ZoneInfo, lookup_files: Mapping_[str, Path]
    ) -> None:
        self.mapping, self.kind, self.table, self.zone = mapping, kind, table, zone
        self._slots: dict[str, int] = {}
        self._types: dict[str, ValueType] = {}
        columns = [self._bind(spec, table) for spec in mapping.columns]
        self._lookups = [self._load(lookup, lookup_files) for lookup in mapping.lookups]
        self._headers = {spec.alias: spec.header for spec in mapping.columns}
        self._cells = {column.spec.alias: column.cell for column in columns}
        where = None if mapping.where is None else self._condition(mapping.where, "where")
        self._where = where.compile(self._slots) if where else None
        self._emits = tuple(self._emit(index, emit) for index, emit in enumerate(mapping.emit))
        first, rest = self._order_of_reading(where)
        self._first = [column for column in columns if column.spec.alias in first]
        self._rest = [column for column in columns if column.spec.alias in rest]
        self._first_lookups = [lookup for lookup in self._lookups if lookup.spec.name in first]
        self._rest_lookups = [lookup for lookup in self._lookups if lookup.spec.name in rest]
        self._seen: set[tuple[int, str]] = set()

    def records(self, sink: Sink) -> Iterator[Record]:
        """The records of all rows. Faults go to `sink`; a row with a fault gives no record at all."""
        keep_first = not self.kind.dedupes
        for number, cells, fault in self.table.rows():
            sink.row_read(number)
            if fault is not None:
                sink.faults([fault])
                continue
            faults: list[RowFault] = []
            row: Row = [None] * len(self._slots)
            self._read(number, cells, row, self._first, self._first_lookups, faults)
            if not faults and self._where is not None and self._where(row) is not True:
                continue
            self._read(number, cells, row, self._rest, self._rest_lookups, faults)
            if faults:
                sink.faults(faults)
                continue
            records = [record for emit in self._emits for record in self._records(number, cells, row, emit, faults)]
            if faults:
                sink.faults(faults)
                continue
            for record in records:
                if keep_first and record.dedupe is not None:
                    key = (record.emit, record.dedupe)
                    if key in self._seen:
                        continue
                    self._seen.add(key)
                yield record

    def _read(
        self,
        number: int,
        cells: Sequence[Cell],
        row: Row,
        columns: list[_Column],
        lookups: list[_Lookup],
        faults: list[RowFault],
    ) -> None:
        for column in columns:
            try:
                row[column.slot] = column.read(cells)
            except ValueFault as fault:
                faults.append(
                    RowFault(number, column.spec.header, shown(cells[column.cell]), fault.code, fault.message)
                )
        if faults:
            return
        for lookup in lookups:
            key = as_text(row[lookup.on])
            if key is None:
                continue
            found = lookup.table.get(key)
            if found is not None:
                row[lookup.slots.start : lookup.slots.stop] = found
            elif lookup.spec.missing == "error":
                faults.append(
                    RowFault(
                        number,
                        self._headers.get(lookup.spec.on, lookup.spec.on),
                        shown(key),
                        "lookup_missing",
                        _("%(file)s has no row where %(column)s is “%(value)s”. Add it there, or correct the cell.")
                        % {"file": lookup.spec.file, "column": lookup.spec.key, "value": shown(key)},
                    )
                )

    def _records(
        self, number: int, cells: Sequence[Cell], row: Row, emit: _Emit, faults: list[RowFault]
    ) -> Iterator[Record]:
        if emit.when is not None and emit.when(row) is not True:
            return
        values: dict[str, Any] = {}
        for item in emit.fields:
            value = item.value(row)
            if item.takes_cell and item.cell is not None and value is not None:
                value = cells[item.cell]
            try:
                converted = item.convert(value)
                if converted is None and item.field.required:
                    raise ValueFault(
                        "missing_value", _("%(field)s is missing. Fill in the cell.") % {"field": item.field.label}
                    )
            except ValueFault as fault:
                raw = value if item.cell is None else cells[item.cell]
                faults.append(RowFault(number, item.column, shown(raw), fault.code, fault.message))
                continue
            values[item.field.name] = converted
        dedupe = None if emit.dedupe is None else as_text(emit.dedupe(row))
        yield Record(number, emit.index, values, dedupe)

    def _bind(self, spec: ColumnSpec, table: Table) -> _Column:
        cell = table.column(spec.header)
        slot = self._slot(spec)
        return _Column(spec, cell, slot, self._parser(spec), frozenset(spec.empty))

    def _slot(self, spec: ColumnSpec) -> int:
        self._types[spec.alias] = spec.type
        self._slots[spec.alias] = len(self._slots)
        return self._slots[spec.alias]

    def _parser(self, spec: ColumnSpec) -> Callable[[Cell], Any]:
        match spec.type:
            case ValueType.NUMBER:
                return number_parser(spec.decimal)
            case ValueType.DATE:
                return date_parser(spec.date, self.zone)
            case ValueType.DATETIME:
                return datetime_parser(spec.date, self.zone)
            case ValueType.BOOL:
                return parse_bool
        return parse_text

    def _load(self, lookup: LookupSpec, files: Mapping_[str, Path]) -> _Lookup:
        """A lookup's file in memory. It is small by definition; a large one is refused."""
        path = files.get(lookup.file)
        if path is None:
            raise FileFault(
                _(
                    "The mapping looks up %(name)s in the file %(file)s, which is not there. Put it beside the "
                    "main file."
                )
                % {"name": lookup.name, "file": lookup.file},
                code="missing_lookup_file",
                field=lookup.file,
            )
        try:
            return self._read_lookup(lookup, path)
        except FileFault as fault:
            raise FileFault(f"{lookup.file}: {fault.message}", code=fault.code, field=lookup.file) from None

    def _read_lookup(self, lookup: LookupSpec, path: Path) -> _Lookup:
        from prm.imports.settle import settle

        given = Mapping(self.mapping.kind, format=lookup.format, columns=lookup.columns)
        table = open_table(path, lookup.format)
        settled = settle(given, self.kind, table)
        if settled.questions:
            raise FileFault(settled.questions[0].message, code="ambiguous_file")
        key = table.column(lookup.key)
        columns = [(table.column(spec.header), self._parser(spec), spec) for spec in settled.mapping.columns]
        found: dict[str, tuple[Any, ...]] = {}
        for number, cells, fault in table.rows():
            if fault is not None:
                raise FileFault(
                    _("Row %(row)s: %(message)s") % {"row": number, "message": fault.message}, code=fault.code
                )
            name = parse_text(cells[key])
            if name is None:
                continue
            if name in found:
                raise FileFault(
                    _("Row %(row)s: the key “%(key)s” is there twice.") % {"row": number, "key": shown(name)},
                    code="double_key",
                )
            if len(found) >= MAX_LOOKUP_ROWS:
                raise FileFault(
                    _("A lookup has at most %(limit)s rows.") % {"limit": MAX_LOOKUP_ROWS}, code="file_too_large"
                )
            try:
                found[name] = tuple(
                    None if spec.empty and parse_text(cells[index]) in spec.empty else parse_(cells[index])
                    for index, parse_, spec in columns
                )
            except ValueFault as fault_:
                raise FileFault(
                    _("Row %(row)s: %(message)s") % {"row": number, "message": fault_.message}, code=fault_.code
                ) from None
        start = len(self._slots)
        on = self._slots[lookup.on]
        for spec in settled.mapping.columns:
            self._slot(spec)
        return _Lookup(lookup, on, range(start, len(self._slots)), found)

    def _expression(self, text: str, place: str) -> Expression:
        try:
            return parse(text, self._types)
        except ExpressionError as error:
            raise MappingFault(place, str(error)) from None

    def _condition(self, text: str, place: str) -> Expression:
        expression = self._expression(text, place)
        if expression.type is not BOOL:
            raise MappingFault(
                place,
                _("Here must be a condition such as amount != 0; “%(text)s” is %(type)s.")
                % {"text": text, "type": expression.type},
            )
        return expression

    def _emit(self, index: int, emit: EmitSpec) -> _Emit:
        place = f"emit[{index + 1}]"
        when = None if emit.when is None else self._condition(emit.when, f"{place}.when").compile(self._slots)
        dedupe = (
            None
            if emit.dedupe_on is None
            else self._expression(emit.dedupe_on, f"{place}.dedupe_on").compile(self._slots)
        )
        fields = tuple(
            self._field(self.kind.index[name], value, f"{place}.{name}") for name, value in emit.fields.items()
        )
        return _Emit(index, when, dedupe, fields)

    def _field(self, field: KindField, value: str | Constant, place: str) -> _Field:
        if isinstance(value, str) and field.bare_words and value.isidentifier() and value not in self._types:
            value = Constant(value)
        if isinstance(value, Constant):
            return self._constant(field, value, place)
        expression = self._expression(value, place)
        names = expression.names
        alias = expression.bare_name or (next(iter(names)) if len(names) == 1 else "")
        column = self._headers.get(alias, field.name)
        cell = self._cells.get(alias) if expression.bare_name else None
        spec = self.mapping.column(expression.bare_name or "")
        convert = self._converter(field, expression.type, spec, place)
        takes_cell = cell is not None and expression.type is TEXT and field.type is not TEXT
        return _Field(field, expression.compile(self._slots), convert, column, cell, takes_cell)

    def _constant(self, field: KindField, constant: Constant, place: str) -> _Field:
        value = constant.value
        type_ = BOOL if isinstance(value, bool) else NUMBER if isinstance(value, Decimal) else TEXT
        spec = ColumnSpec("", "", date="%Y-%m-%d", decimal=".")
        try:
            converted = self._converter(field, type_, spec, place)(value)
        except ValueFault as fault:
            raise MappingFault(place, fault.message) from None
        return _Field(field, lambda row: converted, lambda item: item, field.name, None)

    def _converter(
        self, field: KindField, given: ValueType, spec: ColumnSpec | None, place: str
    ) -> Callable[[Any], Any]:
        """From the type of an expression to that of a field."""
        convert = self._change_type(field, given, spec)
        if convert is None:
            raise MappingFault(
                place,
                _("The field “%(field)s” takes %(wanted)s, but this is %(given)s.")
                % {"field": field.name, "wanted": field.type, "given": given},
            )
        if field.type is NUMBER and (field.places is not None or field.digits is not None):
            return _bounded_number(convert, field)
        if field.type is TEXT:
            return _bounded_text(convert, field)
        return convert

    def _change_type(self, field: KindField, given: ValueType, spec: ColumnSpec | None) -> Callable[[Any], Any] | None:
        decimal = spec.decimal if spec else self.mapping.format.decimal or "."
        pattern = spec.date if spec else self.mapping.format.date or "%Y-%m-%d"
        if given is field.type or given.value == "null":
            return lambda value: value
        if field.type is TEXT and given is not DATETIME:
            return as_text
        if given is TEXT:
            return {
                NUMBER: number_parser(decimal),
                DATE: date_parser(pattern, self.zone),
                DATETIME: datetime_parser(pattern, self.zone),
                BOOL: parse_bool,
            }.get(field.type)
        if (given, field.type) == (DATETIME, DATE):
            return lambda value: None if value is None else value.astimezone(self.zone).date()
        if (given, field.type) == (DATE, DATETIME):
            return lambda value: None if value is None else _midnight(value, self.zone)
        return None

    def _order_of_reading(self, where: Expression | None) -> tuple[set[str], set[str]]:
        """Aliases and lookups that `where` needs, and what the emits need beyond them."""
        first = self._needed(where.names if where else frozenset())
        used: set[str] = set()
        for emit in self.mapping.emit:
            for text in [
                emit.when,
                emit.dedupe_on,
                *(value for value in emit.fields.values() if isinstance(value, str)),
            ]:
                if text is not None:
                    try:
                        used |= parse(text, self._types).names
                    except ExpressionError:  # a bare word that stands for itself
                        continue
        return first, self._needed(frozenset(used)) - first

    def _needed(self, names: frozenset[str]) -> set[str]:
        """Aliases, with the lookups they come from and the columns those are joined on."""
        needed = set(names)
        for lookup in reversed(self.mapping.lookups):
            if needed & {column.alias for column in lookup.columns}:
                needed |= {lookup.name, lookup.on}
        return needed


def _bounded_number(convert: Callable[[Any], Any], field: KindField) -> Callable[[Any], Any]:
    step = None if field.places is None else Decimal(1).scaleb(-field.places)
    places = field.places or 0

    def bounded(value: Any) -> Any:
        number = convert(value)
        if number is None:
            return None
        if field.digits is not None and number and number.adjusted() >= field.digits:
            raise ValueFault(
                "number_too_large",
                _("“%(value)s” is too large; at most %(digits)s digits before the decimal mark are stored.")
                % {"value": shown(number)[:40], "digits": field.digits},
            )
        if step is not None and -number.as_tuple().exponent > places:
            number = number.quantize(step, rounding=ROUND_HALF_UP)
        return number

    return bounded


def _bounded_text(convert: Callable[[Any], Any], field: KindField) -> Callable[[Any], Any]:
    limit = field.max_length or CELL_LIMIT

    def bounded(value: Any) -> Any:
        text = convert(value)
        if text is None:
            return None
        if text[:1] in FORMULA_STARTS:
            refuse_formula(text)
        if len(text) > limit:
            raise ValueFault(
                "too_long",
                _("%(field)s has %(length)s characters; at most %(limit)s are stored. Shorten it.")
                % {"field": field.label, "length": len(text), "limit": limit},
            )
        return text

    return bounded


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), tzinfo=zone)
