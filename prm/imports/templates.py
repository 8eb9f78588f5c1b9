"""The empty file of a kind: its columns, an example row, and what each column means."""

from __future__ import annotations

import csv
import io

from prm.imports.kinds import ImportKind
from prm.imports.mapping import ColumnSpec, EmitSpec, Mapping, MappingFault
from prm.imports.reading.formats import FileFormat
from prm.imports.reading.table import Table, folded


def template_csv(kind: ImportKind) -> str:
    """Header and one example row."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow([item.name for item in kind.fields])
    writer.writerow([item.example for item in kind.fields])
    return output.getvalue()


def template_mapping(kind: ImportKind, table: Table, format_: FileFormat) -> Mapping:
    """The mapping of a file whose columns carry the template's own names.

    Raises MappingFault when a column that is needed is missing, or none is known.
    """
    names = {folded(header) for header in table.headers if header}
    known = [item for item in kind.fields if folded(item.name) in names]
    missing = [item.name for item in kind.fields if item.required and folded(item.name) not in names]
    if missing:
        from django.utils.translation import gettext as _

        raise MappingFault(
            "",
            _(
                "The file has no column %(missing)s. Without a mapping the columns are named as in the "
                "template; it has %(columns)s."
            )
            % {"missing": ", ".join(missing), "columns": ", ".join(item.name for item in kind.fields)},
        )
    return Mapping(
        kind=kind.code,
        format=format_,
        columns=tuple(ColumnSpec(item.name, item.name) for item in known),
        emit=(EmitSpec({item.name: item.name for item in known}),),
    )


def kind_by_headers(kinds: list[ImportKind], table: Table) -> list[ImportKind]:
    """The kinds whose template a file's headers fit: all headers known, all needed columns there."""
    names = {folded(header) for header in table.headers if header}
    return [
        kind
        for kind in kinds
        if names <= {folded(item.name) for item in kind.fields}
        and {folded(item.name) for item in kind.fields if item.required} <= names
    ]
