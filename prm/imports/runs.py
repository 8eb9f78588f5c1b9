"""One pass of a file through a kind: who hears every outcome, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from prm.access.actor import Actor
from prm.imports.mapping import Mapping
from prm.imports.reading.faults import RowFault
from prm.tenancy.models import Tenant

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
OUTCOMES = (CREATED, UPDATED, UNCHANGED)
KEPT_FAULTS = 20_000
KEPT_SAMPLES = 200
PROGRESS_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One record of the check screen: its row, what it is and what would change."""

    row: int
    label: str
    detail: str = ""


@dataclass
class UndoReport:
    """What taking a batch back did. `kept` lists (label, reason) of records that were changed since."""

    restored: int = 0
    removed: int = 0
    kept_count: int = 0
    kept: list[tuple[str, str]] = field(default_factory=list)

    def keep(self, label: str, reason: str) -> None:
        """A record that stays as it is."""
        self.kept_count += 1
        if len(self.kept) < KEPT_SAMPLES:
            self.kept.append((label, reason))


@dataclass
class ImportRun:
    """What a kind knows of the pass it works in, and where it reports to.

    `dry` means: find out, leave nothing behind. `batch_id` is set when something will be written. `skip_bad` imports
    the good rows although there are bad ones; without it one bad row means that nothing is written. `permissions` are
    those of the person at work, None for commands, which may do everything.
    """

    tenant: Tenant
    actor: Actor
    mapping: Mapping
    dry: bool
    skip_bad: bool = False
    batch_id: int | None = None
    on_progress: Callable[[int, str], None] | None = None
    permissions: frozenset[str] | None = None
    rows: int = 0
    fault_count: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    kept_faults: list[RowFault] = field(default_factory=list)
    samples: dict[str, list[Sample]] = field(default_factory=lambda: {name: [] for name in OUTCOMES})
    effect: list[tuple[str, str]] = field(default_factory=list)
    bad_rows: int = 0
    used_rows: int = 0
    _last_used_row: int = 0

    def row_read(self, number: int) -> None:
        """A row was read."""
        self.rows += 1
        if self.rows % PROGRESS_EVERY == 0:
            self.progress("read")

    def progress(self, phase: str) -> None:
        """Say how far the pass is."""
        if self.on_progress is not None:
            self.on_progress(self.rows, phase)

    def faults(self, faults: Sequence[RowFault]) -> None:
        """Something is wrong with one row; all its faults at once."""
        self.bad_rows += 1
        self.fault_count += len(faults)
        room = KEPT_FAULTS - len(self.kept_faults)
        if room > 0:
            self.kept_faults.extend(faults[:room])

    def outcome(self, outcome: str, row: int, label: str, detail: str = "") -> None:
        """A record was, or would be, created, updated or left alone. Rows come in order."""
        self.outcomes[outcome] += 1
        if row != self._last_used_row:
            self._last_used_row = row
            self.used_rows += 1
        kept = self.samples[outcome]
        if len(kept) < KEPT_SAMPLES:
            kept.append(Sample(row, label[:200], detail[:300]))

    def may(self, permission: object) -> bool:
        """Whether the person at work holds a permission."""
        return self.permissions is None or str(permission) in self.permissions

    @property
    def writes(self) -> bool:
        """Whether this pass may write, as far as is known by now."""
        return not self.dry and (self.skip_bad or not self.fault_count)

    def summary(self) -> dict[str, Any]:
        """The counts. `skipped` are rows that gave no record: left out by the mapping, or bad."""
        self.kept_faults.sort(key=lambda fault: fault.row)
        return {
            "rows": self.rows,
            **{name: self.outcomes[name] for name in OUTCOMES},
            "skipped": max(0, self.rows - self.used_rows - self.bad_rows),
            "bad_rows": self.bad_rows,
            "errors": self.fault_count,
        }
