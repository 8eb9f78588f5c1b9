"""Mappings from YAML, strictly: every key is known, every mistake is named with its place.

The same reader takes the mapping files of commands and the mappings the wizard keeps as JSON, so both obey one rule.
"""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import Any

import yaml
from django.utils.translation import gettext as _

from prm.imports.expressions import BOOL, DATE, DATETIME, NUMBER, TEXT, ValueType
from prm.imports.kinds import get_kind, kinds
from prm.imports.mapping.model import ColumnSpec, Constant, EmitSpec, LookupSpec, Mapping, MappingFault
from prm.imports.mapping.yaml_text import protect_expressions
from prm.imports.reading.encoding import canonical
from prm.imports.reading.formats import FileFormat
from prm.imports.reading.values import date_pattern

MAX_BYTES = 200_000
MAX_COLUMNS = 200
MAX_EMITS = 30
MAX_LOOKUPS = 10
SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
ALIAS = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
TYPES: dict[str, ValueType] = {type_.value: type_ for type_ in (TEXT, NUMBER, DATE, DATETIME, BOOL)}
NAMED_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML without anchors (which can blow up in memory) and without keys that are there twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise MappingFault(_("line %(line)s") % {"line": mark.line + 1}, _("References (*name) are not allowed."))
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise MappingFault(
                    _("line %(line)s") % {"line": key_node.start_mark.line + 1},
                    _("The key “%(key)s” is there twice.") % {"key": key},
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def _resolvers() -> dict[Any, Any]:
    """YAML's guesses at bare words, without days and without yes, no, on, off: `No` is a fine name of a column."""
    return {
        first: [
            (tag, expression)
            for tag, expression in resolvers
            if tag != "tag:yaml.org,2002:timestamp" and (tag != "tag:yaml.org,2002:bool" or first in "tTfF")
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_StrictLoader.yaml_implicit_resolvers = _resolvers()


def load_yaml(text: str) -> Mapping:
    """The mapping in a YAML text.

    Raises MappingFault naming the key at fault.
    """
    if len(text) > MAX_BYTES:
        raise MappingFault("", _("The mapping is larger than %(limit)s kB.") % {"limit": MAX_BYTES // 1000})
    try:
        data = yaml.load(protect_expressions(text), Loader=_StrictLoader)  # noqa: S506  a SafeLoader with less
    except MappingFault:
        raise
    except (yaml.YAMLError, RecursionError, TypeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = _("line %(line)s") % {"line": mark.line + 1} if mark else ""
        problem = getattr(error, "problem", None) or _("cannot be read")
        raise MappingFault(place, _("This is not valid YAML: %(problem)s.") % {"problem": problem}) from None
    return load(data)


def load(data: Any) -> Mapping:
    """The mapping in plain data, as YAML or JSON gives it."""
    keys = _keys(data, "", ("kind", "source", "format", "columns", "lookups", "where", "emit"))
    kind = _text(keys.get("kind"), "kind")
    if get_kind(kind) is None:
        raise MappingFault(
            "kind",
            _("“%(kind)s” cannot be imported. There are %(kinds)s.")
            % {"kind": kind, "kinds": ", ".join(item.code for item in kinds())},
        )
    columns = _columns(keys.get("columns"), "columns", required=True)
    lookups = _lookups(keys.get("lookups"), columns)
    return Mapping(
        kind=kind,
        source=_source(keys.get("source", "file")),
        format=_format(keys.get("format"), "format"),
        columns=columns,
        lookups=lookups,
        where=None if keys.get("where") is None else _expression(keys["where"], "where"),
        emit=_emits(keys.get("emit"), kind, columns, lookups),
    )


def _keys(data: Any, place: str, known: Iterable[str]) -> dict[str, Any]:
    """The data as a mapping with known keys only."""
    if not isinstance(data, dict):
        raise MappingFault(place, _("Here must be keys with values, not %(found)s.") % {"found": _described(data)})
    known = tuple(known)
    for key in data:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, n=1)
            hint = " " + _("Did you mean “%(key)s”?") % {"key": close[0]} if close else ""
            raise MappingFault(
                place,
                _("The key “%(key)s” is not known. There are %(keys)s.") % {"key": key, "keys": ", ".join(known)}
                + hint,
            )
    return data


def _text(value: Any, place: str, limit: int = 300) -> str:
    if not isinstance(value, str) or not value.strip():
        raise MappingFault(place, _("Here must be a text, not %(found)s.") % {"found": _described(value)})
    if len(value) > limit:
        raise MappingFault(place, _("The text is longer than %(limit)s characters.") % {"limit": limit})
    return value


def _described(value: Any) -> str:
    if value is None:
        return _("nothing")
    if isinstance(value, dict):
        return _("keys with values")
    if isinstance(value, list):
        return _("a list")
    return f"“{str(value)[:40]}”"


def _source(value: Any) -> str:
    source = _text(value, "source")
    if not SOURCE.fullmatch(source):
        raise MappingFault(
            "source",
            _("A source is named with up to 40 lower case letters, digits, dots, dashes or underlines, such as erp."),
        )
    return source


def _format(value: Any, place: str) -> FileFormat:
    if value is None:
        return FileFormat()
    keys = _keys(value, place, ("encoding", "delimiter", "decimal", "date", "sheet"))
    texts = {
        key: None if item is None else _text(item, f"{place}.{key}") if item != "\t" else item
        for key, item in keys.items()
    }
    delimiter = texts.get("delimiter")
    if delimiter is not None:
        delimiter = NAMED_DELIMITERS.get(delimiter, delimiter)
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise MappingFault(f"{place}.delimiter", _("A delimiter is one character, or the word tab."))
        texts["delimiter"] = delimiter
    encoding = texts.get("encoding")
    if encoding is not None and canonical(encoding) is None:
        raise MappingFault(
            f"{place}.encoding",
            _("“%(encoding)s” is not a known encoding. Common ones are utf-8, windows-1252 and iso-8859-1.")
            % {"encoding": encoding},
        )
    _check_decimal(texts.get("decimal"), f"{place}.decimal")
    _check_date(texts.get("date"), f"{place}.date")
    return FileFormat(**texts)


def _check_decimal(value: str | None, place: str) -> None:
    if value not in (None, ".", ","):
        raise MappingFault(place, _('The decimal mark is "." or ",".'))


def _check_date(value: str | None, place: str) -> None:
    if value is not None:
        try:
            date_pattern(value)
        except ValueError as error:
            raise MappingFault(place, str(error)) from None


def _columns(value: Any, place: str, *, required: bool = False) -> tuple[ColumnSpec, ...]:
    if value is None and not required:
        return ()
    if not isinstance(value, dict) or not value:
        raise MappingFault(place, _("Name at least one column, as alias: header."))
    if len(value) > MAX_COLUMNS:
        raise MappingFault(place, _("At most %(limit)s columns can be mapped.") % {"limit": MAX_COLUMNS})
    return tuple(_column(alias, spec, f"{place}.{alias}") for alias, spec in value.items())


def _column(alias: Any, spec: Any, place: str) -> ColumnSpec:
    if not isinstance(alias, str) or not ALIAS.fullmatch(alias) or keyword.iskeyword(alias):
        raise MappingFault(
            place,
            _(
                "An alias is a word of letters, digits and underlines that does not begin with a digit, "
                "such as order_no."
            ),
        )
    if isinstance(spec, int | float) and not isinstance(spec, bool):
        spec = str(spec)
    if isinstance(spec, str):
        return ColumnSpec(alias, _text(spec, place).strip())
    keys = _keys(spec, place, ("header", "type", "date", "decimal", "empty"))
    type_ = keys.get("type", "text")
    if type_ not in TYPES:
        raise MappingFault(
            f"{place}.type",
            _("“%(type)s” is not a type. There are %(types)s.") % {"type": type_, "types": ", ".join(TYPES)},
        )
    date_format = None if keys.get("date") is None else _text(keys["date"], f"{place}.date")
    decimal = None if keys.get("decimal") is None else _text(keys["decimal"], f"{place}.decimal")
    _check_date(date_format, f"{place}.date")
    _check_decimal(decimal, f"{place}.decimal")
    empty = keys.get("empty") or []
    if isinstance(empty, str):
        empty = [empty]
    if not isinstance(empty, list) or not all(isinstance(item, str) for item in empty):
        raise MappingFault(f"{place}.empty", _('Here must be a list of texts that stand for nothing, such as ["N/A"].'))
    return ColumnSpec(
        alias,
        _text(keys.get("header"), f"{place}.header").strip(),
        TYPES[type_],
        date_format,
        decimal,
        tuple(item.strip() for item in empty),
    )


def _lookups(value: Any, columns: tuple[ColumnSpec, ...]) -> tuple[LookupSpec, ...]:
    if value is None:
        return ()
    if not isinstance(value, dict):
        raise MappingFault("lookups", _("Here must be keys with values, not %(found)s.") % {"found": _described(value)})
    if len(value) > MAX_LOOKUPS:
        raise MappingFault("lookups", _("At most %(limit)s lookups are possible.") % {"limit": MAX_LOOKUPS})
    known = [column.alias for column in columns]
    lookups = []
    for name, spec in value.items():
        place = f"lookups.{name}"
        keys = _keys(spec, place, ("file", "key", "on", "columns", "missing", "format"))
        file = _text(keys.get("file"), f"{place}.file")
        if "/" in file or "\\" in file or file in (".", ".."):
            raise MappingFault(f"{place}.file", _("Give the plain name of a file that lies beside the main one."))
        on = _text(keys.get("on"), f"{place}.on")
        if on not in known:
            raise MappingFault(
                f"{place}.on",
                _("“%(alias)s” is no alias. There are %(known)s.") % {"alias": on, "known": ", ".join(known)},
            )
        missing = keys.get("missing", "error")
        if missing not in ("error", "empty"):
            raise MappingFault(f"{place}.missing", _("What a missing match is: error or empty."))
        found = _columns(keys.get("columns"), f"{place}.columns", required=True)
        for column in found:
            if column.alias in known:
                raise MappingFault(
                    f"{place}.columns.{column.alias}", _("The alias “%(alias)s” is taken.") % {"alias": column.alias}
                )
            known.append(column.alias)
        lookups.append(
            LookupSpec(
                str(name),
                file,
                _text(keys.get("key"), f"{place}.key"),
                on,
                found,
                missing,
                _format(keys.get("format"), f"{place}.format"),
            )
        )
    return tuple(lookups)


def _expression(value: Any, place: str) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return str(value)
    return _text(value, place, limit=501)


def _emits(
    value: Any, kind_code: str, columns: tuple[ColumnSpec, ...], lookups: tuple[LookupSpec, ...]
) -> tuple[EmitSpec, ...]:
    kind = get_kind(kind_code)
    assert kind is not None
    if value is None:
        aliases = [column.alias for column in columns] + [
            column.alias for lookup in lookups for column in lookup.columns
        ]
        fields: dict[str, str | Constant] = {alias: alias for alias in aliases if alias in kind.index}
        if not fields:
            raise MappingFault(
                "emit",
                _("Without emit, the aliases must be fields of %(kind)s: %(fields)s.")
                % {"kind": kind_code, "fields": ", ".join(kind.index)},
            )
        emits = [EmitSpec(fields)]
    else:
        items = value if isinstance(value, list) else [value]
        if not items or len(items) > MAX_EMITS:
            raise MappingFault("emit", _("A row gives 1 to %(limit)s records.") % {"limit": MAX_EMITS})
        emits = [
            _emit(item, f"emit[{index}]" if isinstance(value, list) else "emit", kind)
            for index, item in enumerate(items, 1)
        ]
    for index, emit in enumerate(emits, 1):
        for item in kind.fields:
            if item.required and item.name not in emit.fields:
                place = f"emit[{index}]" if value is not None else "columns"
                raise MappingFault(place, _("The field “%(field)s” is missing; it is needed.") % {"field": item.name})
    return tuple(emits)


def _emit(value: Any, place: str, kind: Any) -> EmitSpec:
    keys = _keys(value, place, (*kind.index, "when", "dedupe_on"))
    fields: dict[str, str | Constant] = {}
    for name, item in keys.items():
        if name in kind.index:
            fields[name] = _emit_value(item, f"{place}.{name}")
    return EmitSpec(
        fields,
        when=None if keys.get("when") is None else _expression(keys["when"], f"{place}.when"),
        dedupe_on=None if keys.get("dedupe_on") is None else _expression(keys["dedupe_on"], f"{place}.dedupe_on"),
    )


def _emit_value(value: Any, place: str) -> str | Constant:
    """An expression as written, or a constant: numbers and yes/no by themselves, texts as {constant: …}."""
    if value is None or isinstance(value, bool):
        return Constant(value)
    if isinstance(value, int | float):
        return Constant(Decimal(str(value)))
    if isinstance(value, dict):
        keys = _keys(value, place, ("constant",))
        constant = keys.get("constant")
        if isinstance(constant, int | float) and not isinstance(constant, bool):
            return Constant(Decimal(str(constant)))
        if constant is None or isinstance(constant, str | bool):
            return Constant(constant)
        raise MappingFault(place, _("A constant is a text, a number or yes/no."))
    return _expression(value, place)
