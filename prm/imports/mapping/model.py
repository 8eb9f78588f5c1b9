"""A mapping as data: plain texts and constants, as they stand in the file and in the database.

Expressions are kept as written; `program.py` parses them against the types of the columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from prm.errors import DomainError
from prm.imports.expressions import TEXT, ValueType
from prm.imports.reading.formats import FileFormat


class MappingFault(DomainError):
    """A mapping that is refused. `place` is the key at fault, such as emit[1].value."""

    code = "mapping"

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}" if place else message, field=place)
        self.place = place
        self.reason = message


@dataclass(frozen=True)
class ColumnSpec:
    """A column of a file under a short name. `empty` lists texts that stand for nothing, such as N/A."""

    alias: str
    header: str
    type: ValueType = TEXT
    date: str | None = None
    decimal: str | None = None
    empty: tuple[str, ...] = ()


@dataclass(frozen=True)
class LookupSpec:
    """Columns of a small second file, joined by a key. `missing` says what a key without a match is."""

    name: str
    file: str
    key: str
    on: str
    columns: tuple[ColumnSpec, ...]
    missing: str = "error"
    format: FileFormat = field(default_factory=FileFormat)


@dataclass(frozen=True)
class Constant:
    """A fixed text, number or yes/no."""

    value: str | Decimal | bool | None


@dataclass(frozen=True)
class EmitSpec:
    """One record a row: each field as an expression text or a constant, perhaps only `when` a condition holds."""

    fields: dict[str, str | Constant]
    when: str | None = None
    dedupe_on: str | None = None


@dataclass(frozen=True)
class Mapping:
    """A whole mapping. `source` names the system the file comes from and is part of a measurement's key."""

    kind: str
    source: str = "file"
    format: FileFormat = field(default_factory=FileFormat)
    columns: tuple[ColumnSpec, ...] = ()
    lookups: tuple[LookupSpec, ...] = ()
    where: str | None = None
    emit: tuple[EmitSpec, ...] = ()

    def column(self, alias: str) -> ColumnSpec | None:
        """The column of the main file with this alias."""
        return next((column for column in self.columns if column.alias == alias), None)

    def with_columns(self, columns: tuple[ColumnSpec, ...]) -> Mapping:
        """The same mapping with other columns."""
        return replace(self, columns=columns)
