"""Mappings as plain data and as YAML, in the form that `load` reads."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml

from prm.imports.expressions import TEXT
from prm.imports.mapping.model import ColumnSpec, Constant, Mapping


def dump(mapping: Mapping) -> dict[str, Any]:
    """Plain data without the keys that say nothing."""
    data: dict[str, Any] = {"kind": mapping.kind, "source": mapping.source}
    if mapping.format.as_dict():
        data["format"] = mapping.format.as_dict()
    data["columns"] = _columns(mapping.columns)
    if mapping.lookups:
        data["lookups"] = {
            lookup.name: {
                "file": lookup.file,
                "key": lookup.key,
                "on": lookup.on,
                "columns": _columns(lookup.columns),
                **({"missing": lookup.missing} if lookup.missing != "error" else {}),
                **({"format": lookup.format.as_dict()} if lookup.format.as_dict() else {}),
            }
            for lookup in mapping.lookups
        }
    if mapping.where is not None:
        data["where"] = mapping.where
    data["emit"] = [
        {
            **{name: _value(value) for name, value in emit.fields.items()},
            **({"when": emit.when} if emit.when is not None else {}),
            **({"dedupe_on": emit.dedupe_on} if emit.dedupe_on is not None else {}),
        }
        for emit in mapping.emit
    ]
    return data


def dump_yaml(mapping: Mapping) -> str:
    """The mapping as a file that `import_data --mapping` takes."""
    return yaml.safe_dump(dump(mapping), sort_keys=False, allow_unicode=True, width=120)


def _columns(columns: tuple[ColumnSpec, ...]) -> dict[str, Any]:
    return {column.alias: _column(column) for column in columns}


def _column(column: ColumnSpec) -> Any:
    extra: dict[str, Any] = {}
    if column.type is not TEXT:
        extra["type"] = column.type.value
    if column.date:
        extra["date"] = column.date
    if column.decimal:
        extra["decimal"] = column.decimal
    if column.empty:
        extra["empty"] = list(column.empty)
    return {"header": column.header, **extra} if extra else column.header


def _value(value: str | Constant) -> Any:
    if isinstance(value, str):
        return value
    constant = value.value
    if isinstance(constant, str):
        return {"constant": constant}
    if isinstance(constant, Decimal):
        return int(constant) if constant == int(constant) else float(constant)
    return constant
