"""What the columns step of the wizard shows, and the mapping that its answers make.

The step covers mappings with one record a row; anything beyond (several KPIs, lookups) is written as text on the page
next to it. Both end in the same mapping.
"""

from __future__ import annotations

import itertools
import keyword
import re
import unicodedata
from collections.abc import Mapping as Mapping_
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from prm.imports.expressions import BOOL, DATE, DATETIME, NUMBER, TEXT, ValueType
from prm.imports.guess import CERTAIN, LIKELY, guess_fields, words_of
from prm.imports.kinds import ImportKind, KindField
from prm.imports.mapping import ColumnSpec, Constant, EmitSpec, Mapping
from prm.imports.program import Program
from prm.imports.reading.formats import FileFormat
from prm.imports.reading.profile import ColumnProfile, TableProfile
from prm.imports.reading.table import Table
from prm.imports.reading.values import example_of
from prm.imports.runs import ImportRun
from prm.imports.settle import settle
from prm.tenancy.scope import require_scope
from prm.ui import formats

PREVIEW_ROWS = 5
TEXT_FORMAT, BOOL_FORMAT = "text", "bool"
NUMBER_FORMATS = {"number:.": ".", "number:,": ","}


@dataclass
class ColumnChoice:
    """One column of the file on the columns step. `sureness` is in percent, 0 when the user or a mapping chose."""

    index: int
    header: str
    alias: str
    examples: str
    goes_to: str = ""
    sureness: int = 0
    format: str = ""
    formats: list[tuple[str, str]] = field(default_factory=list)
    question: str = ""

    @property
    def match(self) -> str:
        """exact, likely, doubtful or nothing."""
        if not self.goes_to or not self.sureness:
            return ""
        return "exact" if self.sureness >= CERTAIN else "likely" if self.sureness >= LIKELY else "doubtful"


@dataclass
class FixedValue:
    """A field that no column has to fill: a constant, or a formula that begins with an equals sign."""

    field: KindField
    value: str = ""


@dataclass
class Answers:
    """Everything on the columns step."""

    columns: list[ColumnChoice]
    fixed: list[FixedValue]
    where: str = ""
    source: str = "file"

    @property
    def matched(self) -> int:
        return sum(1 for column in self.columns if column.goes_to)

    @property
    def needed(self) -> list[FixedValue]:
        """Fields that a record must have and no column fills."""
        filled = {column.goes_to for column in self.columns}
        return [item for item in self.fixed if item.field.required and item.field.name not in filled]

    @property
    def optional(self) -> list[FixedValue]:
        """The others, those in use first."""
        filled = {column.goes_to for column in self.columns}
        rest = [item for item in self.fixed if not item.field.required and item.field.name not in filled]
        return sorted(rest, key=lambda item: not item.value)


def propose(kind: ImportKind, table: Table, profile: TableProfile, saved: Mapping | None = None) -> Answers:
    """The step as it is first shown: from a mapping if there is one, else guessed from headers and cells."""
    guesses = {} if saved else guess_fields(kind, profile.columns)
    choices = _choices(kind, profile)
    for choice in choices:
        guess = guesses.get(choice.index)
        if guess:
            choice.goes_to, choice.sureness = guess.field, guess.sureness
    answers = Answers(choices, [FixedValue(item) for item in kind.fields])
    if saved:
        _apply(saved, answers, table)
    for choice in choices:
        _settle_format(choice, kind, profile.of(choice.index))
    return answers


def answered(kind: ImportKind, profile: TableProfile, data: Mapping_[str, Any]) -> Answers:
    """The step as it was sent."""
    choices = _choices(kind, profile)
    guesses = guess_fields(kind, profile.columns)
    for choice in choices:
        goes_to = data.get(f"to_{choice.index}", "")
        choice.goes_to = goes_to if goes_to in kind.index else ""
        guess = guesses.get(choice.index)
        choice.sureness = guess.sureness if guess and guess.field == choice.goes_to else 0
        wanted = data.get(f"format_{choice.index}", "")
        choice.format = wanted if wanted in dict(choice.formats) else ""
        if not choice.format:
            _settle_format(choice, kind, profile.of(choice.index))
    fixed = [FixedValue(item, data.get(f"fixed_{item.name}", "").strip()) for item in kind.fields]
    return Answers(choices, fixed, data.get("where", "").strip(), data.get("source", "").strip() or "file")


def problems(answers: Answers) -> list[str]:
    """What keeps the step from being finished, in sentences."""
    found = []
    seen: dict[str, str] = {}
    for choice in answers.columns:
        if choice.goes_to and choice.goes_to in seen:
            found.append(
                _("“%(one)s” and “%(other)s” go to the same field. Choose one of them.")
                % {"one": seen[choice.goes_to], "other": choice.header}
            )
        seen[choice.goes_to] = choice.header
        if choice.goes_to and not choice.format:
            found.append(choice.question or _("Say how “%(header)s” is written.") % {"header": choice.header})
    found += [
        _("%(field)s is needed. Choose its column, or give a fixed value.") % {"field": item.field.label}
        for item in answers.needed
        if not item.value
    ]
    return found


def mapping_of(kind: ImportKind, answers: Answers, format_: FileFormat) -> Mapping:
    """The mapping that the answers make. Columns without a field are kept for formulas and the filter."""
    texts = " ".join([answers.where, *(item.value for item in answers.fixed if item.value.startswith("="))])
    words = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", texts))
    columns = tuple(_spec(choice) for choice in answers.columns if choice.goes_to or choice.alias in words)
    fields: dict[str, str | Constant] = {choice.goes_to: choice.alias for choice in answers.columns if choice.goes_to}
    for item in answers.fixed:
        if item.value and item.field.name not in fields:
            fields[item.field.name] = item.value[1:].strip() if item.value.startswith("=") else Constant(item.value)
    ordered = {item.name: fields[item.name] for item in kind.fields if item.name in fields}
    return Mapping(
        kind=kind.code,
        source=answers.source if kind.takes_source else "file",
        format=format_,
        columns=columns,
        where=answers.where or None,
        emit=(EmitSpec(ordered),),
    )


def fits_the_step(mapping: Mapping) -> bool:
    """Whether the columns step can show a mapping: one record a row, nothing looked up."""
    return (
        not mapping.lookups
        and len(mapping.emit) == 1
        and mapping.emit[0].when is None
        and mapping.emit[0].dedupe_on is None
    )


@dataclass(frozen=True)
class Preview:
    """The first records as they would be read. `faults` are sentences about the rows that would not."""

    headings: list[Any]
    rows: list[list[str]]
    faults: list[str]


def preview(
    mapping: Mapping, kind: ImportKind, table: Table, profile: TableProfile, lookup_files: Mapping_[str, Path]
) -> Preview:
    """Read the first rows. Raises MappingFault and FileFault as an import would."""
    kind.accept(mapping)
    settled = settle(mapping, kind, table, profile)
    tenant = require_scope().tenant
    program = Program(settled.mapping, kind, _Beginning(table), tenant.zone, lookup_files)  # type: ignore[arg-type]
    run = ImportRun(tenant, None, settled.mapping, dry=True)  # type: ignore[arg-type]
    names = list(dict.fromkeys(name for emit in mapping.emit for name in emit.fields))[:6]
    rows = [[_shown(record.values.get(name)) for name in names] for record in program.records(run)]
    faults = [_("Row %(row)s: %(message)s") % {"row": fault.row, "message": fault.message} for fault in run.kept_faults]
    return Preview([kind.index[name].label for name in names], rows[: PREVIEW_ROWS * 2], faults)


class _Beginning:
    """A table that ends after a few rows."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.column = table.column

    def rows(self) -> Any:
        return itertools.islice(self._table.rows(), PREVIEW_ROWS)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return formats.number(value.normalize() if value else value)
    return formats.day(value) if isinstance(value, date) else str(value)


def aliases(headers: Sequence[str]) -> list[str]:
    """A short name for each column, usable in formulas: `Sales Amount` becomes sales_amount."""
    found: list[str] = []
    for index, header in enumerate(headers):
        plain = unicodedata.normalize("NFKD", words_of(header).replace("ß", "ss")).encode("ascii", "ignore").decode()
        alias = re.sub(r"\W+", "_", plain).strip("_")[:50] or f"column_{index + 1}"
        if alias[0].isdigit() or keyword.iskeyword(alias):
            alias = f"column_{alias}"
        while alias in found:
            alias = f"{alias}_{index + 1}"
        found.append(alias)
    return found


def _choices(kind: ImportKind, profile: TableProfile) -> list[ColumnChoice]:
    names = aliases([column.header for column in profile.columns])
    return [
        ColumnChoice(
            column.index, column.header, names[column.index], ", ".join(column.examples), formats=_formats(column)
        )
        for column in profile.columns
        if column.header
    ]


def _formats(column: ColumnProfile) -> list[tuple[str, str]]:
    """How the cells of a column may be read; only what its cells allow."""
    formats = [(TEXT_FORMAT, _("Text"))]
    if column.numbers:
        formats += [("number:.", _("Number, 1,234.56")), ("number:,", _("Number, 1.234,56"))]
    formats += [
        (f"date:{pattern}", _("Date, %(example)s") % {"example": example_of(pattern)}) for pattern in column.dates
    ]
    if column.filled:
        formats.append((BOOL_FORMAT, _("Yes or no")))
    return formats


def _settle_format(choice: ColumnChoice, kind: ImportKind, column: ColumnProfile) -> None:
    """The format a column has by itself; nothing with a question when its cells leave it open."""
    item = kind.index.get(choice.goes_to)
    type_: ValueType = item.type if item else {"number": NUMBER, "date": DATE}.get(column.looks_like, TEXT)
    if choice.format:
        return
    if type_ is NUMBER:
        mark, question = column.decimal_mark()
        choice.question = question.message if question else ""
        choice.format = "" if question else f"number:{mark or '.'}"
        if f"number:{mark or '.'}" not in dict(choice.formats):
            choice.formats.append(("number:.", _("Number, 1,234.56")))
    elif type_ in (DATE, DATETIME):
        pattern, question = column.date_pattern()
        choice.question = question.message if question else ""
        choice.format = "" if question else f"date:{pattern or '%Y-%m-%d'}"
        if not question and choice.format not in dict(choice.formats):
            choice.formats.append(
                (choice.format, _("Date, %(example)s") % {"example": example_of(pattern or "%Y-%m-%d")})
            )
    elif type_ is BOOL:
        choice.format = BOOL_FORMAT
    else:
        choice.format = TEXT_FORMAT


def _spec(choice: ColumnChoice) -> ColumnSpec:
    if choice.format in NUMBER_FORMATS:
        return ColumnSpec(choice.alias, choice.header, NUMBER, decimal=NUMBER_FORMATS[choice.format])
    if choice.format.startswith("date:"):
        return ColumnSpec(choice.alias, choice.header, DATE, date=choice.format.removeprefix("date:"))
    return ColumnSpec(choice.alias, choice.header, BOOL if choice.format == BOOL_FORMAT else TEXT)


def _apply(saved: Mapping, answers: Answers, table: Table) -> None:
    """Show a mapping on the step. Its formulas speak of its own aliases, so those are taken over."""
    by_header = {column.header: column for column in saved.columns}
    for choice in answers.columns:
        spec = by_header.get(choice.header)
        if spec is None:
            continue
        choice.alias = spec.alias
        if spec.type is NUMBER:
            choice.format = f"number:{spec.decimal}" if spec.decimal else ""
        elif spec.type in (DATE, DATETIME):
            choice.format = f"date:{spec.date}" if spec.date else ""
        if choice.format and choice.format not in dict(choice.formats):
            choice.formats.append((choice.format, choice.format.partition(":")[2]))
    known = {choice.alias: choice for choice in answers.columns}
    fixed = {item.field.name: item for item in answers.fixed}
    for name, value in saved.emit[0].fields.items():
        if isinstance(value, Constant):
            fixed[name].value = "" if value.value is None else str(value.value)
        elif value.strip() in known:
            known[value.strip()].goes_to = name
        else:
            item = fixed[name].field
            fixed[name].value = value if item.bare_words and value.isidentifier() else f"= {value}"
    answers.where, answers.source = saved.where or "", saved.source
