"""The registry of what can be imported. Apps register their kinds in `AppConfig.ready()`; this package knows none.

A kind says which fields it takes and what to do with records. Two shapes exist: `RowKind` (see `rows.py`) calls the
app's ordinary service for each row; a kind that handles millions implements `ImportKind.run` set-based itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prm.access.permissions import Permission
from prm.imports.expressions import NUMBER, TEXT, ValueType

if TYPE_CHECKING:
    from prm.imports.mapping import Mapping
    from prm.imports.models import ImportBatch
    from prm.imports.runs import ImportRun, UndoReport


@dataclass(frozen=True)
class KindField:
    """One thing a record can carry.

    `bare_words` lets a mapping name a code such as REVENUE without quotes. `places` and `digits` bound a number:
    decimals stored (more are rounded, half away from zero) and digits before the decimal mark. `choices` answers the
    words that a fixed value may be, as suggestions.
    """

    name: str
    label: Any
    type: ValueType = TEXT
    required: bool = False
    doc: Any = ""
    synonyms: tuple[str, ...] = ()
    bare_words: bool = False
    max_length: int | None = None
    places: int | None = None
    digits: int | None = None
    example: str = ""
    choices: Callable[[], list[str]] | None = None

    @property
    def is_number(self) -> bool:
        return self.type is NUMBER


@dataclass(frozen=True, slots=True)
class Record:
    """What one `emit` made of one row: the fields it set, by name. A field set to None was empty in the file."""

    row: int
    emit: int
    values: dict[str, Any]
    dedupe: str | None = None


@dataclass(frozen=True)
class ImportKind(ABC):
    """A kind of record that files can bring."""

    code: str
    label: Any
    title: Any
    description: Any
    permission: Permission
    fields: tuple[KindField, ...]
    order: int = 50
    takes_source: bool = False
    """Whether the mapping's `source` is part of a record's key."""
    known_sources: Callable[[], list[tuple[str, str]]] | None = None
    """The sources that are known, as (code, name), to choose from."""
    dedupes: bool = False
    """Whether the kind itself keeps only the first record of a `dedupe` key; otherwise the program does, in memory."""
    index: dict[str, KindField] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {item.name: item for item in self.fields})

    def accept(self, mapping: Mapping) -> None:  # noqa: B027  (most kinds take every mapping)
        """Look at a mapping before anything is read.

        Raises:
            MappingFault: something in it can never be imported.
        """

    @abstractmethod
    def run(self, records: Iterator[Record], run: ImportRun) -> None:
        """Bring in the records and report every outcome to `run`; a dry run must leave nothing behind."""

    @abstractmethod
    def undo(self, batch: ImportBatch, actor: Any) -> UndoReport:
        """Take a batch back: restore what is still as the batch left it, list the rest."""

    def result_url(self, batch: ImportBatch) -> str:
        """Where the user sees what changed; empty when there is no such page."""
        return ""

    def preview_effect(self, run: ImportRun) -> list[tuple[Any, str]]:
        """Further figures for the check screen, as (label, text)."""
        return []


_kinds: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    """Add a kind.

    Raises ValueError when its code is taken.
    """
    if kind.code in _kinds:
        raise ValueError(f"The import kind {kind.code} is registered twice.")
    _kinds[kind.code] = kind


def kinds() -> list[ImportKind]:
    """All kinds in the order in which they are offered."""
    return sorted(_kinds.values(), key=lambda kind: (kind.order, kind.code))


def get_kind(code: str) -> ImportKind | None:
    """The kind with this code, or None."""
    return _kinds.get(code)
