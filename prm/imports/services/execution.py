"""A file through a mapping into a kind: the one way that screens, jobs and commands share."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.imports.kinds import ImportKind, get_kind
from prm.imports.mapping import Mapping, MappingFault
from prm.imports.program import Program
from prm.imports.reading.faults import FileFault
from prm.imports.reading.table import open_table
from prm.imports.runs import ImportRun
from prm.imports.settle import settle
from prm.tenancy.scope import require_scope


@dataclass(frozen=True)
class Source:
    """A file to import, the small files its mapping looks things up in, and cells put right by hand."""

    path: Path
    lookup_files: Mapping_[str, Path]
    corrections: Mapping_[str, Mapping_[str, str]] = field(default_factory=dict)


def kind_of(mapping: Mapping) -> ImportKind:
    """The kind a mapping is for."""
    kind = get_kind(mapping.kind)
    if kind is None:
        raise MappingFault("kind", _("“%(kind)s” cannot be imported.") % {"kind": mapping.kind})
    return kind


def execute(
    *,
    actor: Actor,
    mapping: Mapping,
    source: Source,
    dry: bool,
    skip_bad: bool = False,
    batch_id: int | None = None,
    on_progress: Callable[[int, str], None] | None = None,
    permissions: frozenset[str] | None = None,
) -> ImportRun:
    """Read the file and bring its records in, or with `dry` only find out what would happen.

    Runs in the open scope's transaction. With bad rows and without `skip_bad` nothing is written.

    Raises FileFault when the file cannot be read as a table or leaves something open, MappingFault when the mapping
    does not fit. Faults of rows are in the returned run.
    """
    kind = kind_of(mapping)
    kind.accept(mapping)
    table = open_table(source.path, mapping.format).corrected(source.corrections)
    settled = settle(mapping, kind, table)
    if settled.questions:
        raise FileFault(
            " ".join(_answerable(question.message, question.setting) for question in settled.questions),
            code="ambiguous_file",
        )
    run = ImportRun(
        require_scope().tenant,
        actor,
        settled.mapping,
        dry=dry,
        skip_bad=skip_bad,
        batch_id=batch_id,
        on_progress=on_progress,
        permissions=permissions,
    )
    program = Program(settled.mapping, kind, table, run.tenant.zone, source.lookup_files)
    kind.run(program.records(run), run)
    if not run.rows:
        raise FileFault(
            _("The file has a header row and no rows below it. There is nothing to import."), code="no_rows"
        )
    return run


def _answerable(message: str, setting: str) -> str:
    """A question with the place in the mapping that answers it."""
    name, _colon, header = setting.partition(":")
    if header:
        place = _("Set %(setting)s on that column of the mapping, or under format.") % {"setting": name}
    else:
        place = _("Set format.%(setting)s in the mapping.") % {"setting": name}
    return f"{message} {place}"
