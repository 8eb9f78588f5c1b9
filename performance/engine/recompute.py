"""One run of the engine: claim what changed, refresh the sums, resolve the rules, score, rank, write, record.

The nightly run, a recompute on demand, the seconds after an ingest and the closing of a period all come through
`run_engine`. It works inside the open scope's transaction, one tenant at a time, and needs a constant number of
statements however many partners, KPIs and periods there are. Running it twice writes nothing the second time.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from performance.choices import PER_PERIOD, RunKind
from performance.engine import relative, special, statements
from performance.engine.statements import Extent
from performance.errors import RecomputeBusy
from performance.models import PeriodRow, Rollup, Run, Scorecard
from prm.periods import FiscalCalendar, Period, PeriodKind, first_of
from prm.tenancy.models import Tenant
from prm.tenancy.reference import reference_changed
from prm.tenancy.scope import require_scope
from prm.tenancy.statistics import MANY_ROWS, refresh_statistics

LOCK_CLASS = 0x5C0E
"""First half of the advisory lock; the second is the tenant."""

BATCH_PAIRS = 5_000
"""Marks that one quick run takes. Two thousand are on the screen in under two seconds; ranking a cohort costs the same
for few and many of its members, so a long queue is better taken in large bites."""

WIDE_FROM = 20_000
"""With more marks waiting than this, whole periods are scored at once: cheaper than pair by pair."""

FEW_PAIRS = 500
"""Up to so many the rules are resolved by looking up, beyond by hashing."""

WORK_MEMORY = "96MB"

PAGE_COST = "1.1"
"""What the planner is told of a random page: the facts of changed pairs are best fetched one by one through the index.
With the server's usual 4 it read millions of facts from end to end for two thousand pairs."""

PAGE_COST_OF_ALL = "4"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run is for.

    `mode` is open (all open periods), periods (only `period_ids`), changes (marked pairs), restate (`partner_ids` in
    one closed period of one programme) or replay (`period_ids`, closed ones too, to be undone by the caller).
    """

    kind: RunKind
    mode: str
    period_ids: Sequence[int] = ()
    from_facts: bool = False
    """Rebuild the monthly sums of every month from the facts first."""
    in_batches: bool = False
    """Take no more marks than are soon on the screen, unless so many wait that whole periods are cheaper."""
    wait: bool = False
    """Wait for another run of the tenant instead of refusing."""
    actor_label: str = ""
    programme_id: int | None = None
    partner_ids: Sequence[int] = ()


def run_engine(request: RunRequest, *, at: datetime | None = None) -> Run | None:
    """Do one run and return its manifest; None when it was for changes and nothing was marked.

    Raises:
        RecomputeBusy: another run of this tenant is at work and the request does not wait.
    """
    return _Engine(require_scope().tenant, request, at or timezone.now()).run()


class _Engine:
    """The steps of one run, which share a cursor and the names of the work tables."""

    def __init__(self, tenant: Tenant, request: RunRequest, at: datetime) -> None:
        self.tenant = tenant
        self.request = request
        self.at = at
        self.params: dict[str, Any] = {
            "tenant": tenant.pk,
            "periods": list(request.period_ids),
            "special": list(PER_PERIOD),
            "programme": request.programme_id,
            "partners": list(request.partner_ids),
        }
        self.plan = special.Plan({}, [])

    def run(self) -> Run | None:
        """All steps in order."""
        began = time.monotonic()
        with connection.cursor() as self.cursor:
            self._begin()
            pairs, waiting = self._claim()
            if self.request.mode == "changes" and not pairs:
                return None
            self._refresh_sums(pairs)
            written, removed, scored, rated, labels, output_hash = self._score(self._extent(pairs))
            if pairs and self.request.mode != "restate":
                self._execute(statements.notice_late_facts(has_special=bool(self.plan)))
                self._execute(statements.REMOVE_MARKS)
            watermark, rules_hash = self._execute(statements.FACTS_AND_RULES).fetchone()
        if written[0] or removed:
            reference_changed()  # which periods have cards
        return Run.objects.create(
            pk=self.params["run"],
            kind=self.request.kind,
            as_of=self.tenant.local_date(self.at),
            started_at=self.at,
            duration_ms=round((time.monotonic() - began) * 1000),
            periods=labels,
            rules_hash=rules_hash,
            watermark=watermark,
            counts={
                "cards": scored,
                "rated": rated,
                "created": written[0],
                "updated": written[1],
                "removed": removed,
                "pairs": pairs,
                "waiting": waiting - pairs,
            },
            output_hash=output_hash,
            code_version=settings.PRODUCT_VERSION,
            actor_label=self.request.actor_label[:160],
        )

    def _extent(self, pairs: int) -> Extent:
        if self.request.mode not in ("changes", "restate"):
            return Extent.EVERYBODY
        if self.request.mode == "changes" and pairs >= WIDE_FROM:
            return Extent.EVERYBODY  # of a closed period only the cards that somebody chose are ever written
        return Extent.FEW if pairs <= FEW_PAIRS else Extent.MANY

    def _begin(self) -> None:
        lock = "pg_advisory_xact_lock" if self.request.wait else "pg_try_advisory_xact_lock"
        row = self._execute(
            statements.BEGIN.format(lock=lock),
            work_mem=WORK_MEMORY,
            page_cost=PAGE_COST_OF_ALL if self.request.from_facts else PAGE_COST,
            lock_class=LOCK_CLASS,
        ).fetchone()
        if row[-1] is False:
            raise RecomputeBusy("Another recompute of this workspace is at work. Try again in a moment.")
        self.params["run"] = row[-2]

    def _claim(self) -> tuple[int, int]:
        """The number of pairs taken and of all that waited."""
        if self.request.mode == "restate":
            return self._execute(statements.CLAIM_PARTNERS).fetchone()
        if self.request.from_facts:
            return self._execute(statements.CLAIM_EVERYTHING).fetchone()
        # A run over chosen periods follows one over the changes. A mark made in between may be of other periods, which
        # it does not score, so it leaves all marks to the next run.
        return self._execute(
            statements.CLAIM_MARKS,
            takes_none=self.request.mode == "periods",
            in_batches=self.request.in_batches,
            batch=BATCH_PAIRS,
            wide=WIDE_FROM,
        ).fetchone()

    def _refresh_sums(self, pairs: int) -> None:
        """Bring the monthly sums of the claimed pairs up to date, and have a row for every period they fall into."""
        first, last = self._refresh(pairs)
        scored, lines, figures, bases = self._execute(special.DEFINITIONS).fetchone()
        kinds = {PeriodKind(kind) for kind in scored or ()}
        self.plan = special.plan_from_rows(lines, figures, bases)
        self.params.update(self.plan.params)
        rows = list(PeriodRow.objects.all())
        calendar = FiscalCalendar(self.tenant.fiscal_year_start)
        if kinds - {row.kind for row in rows if _belongs(row, calendar)}:
            first, last = self._execute(statements.SPAN_OF_ROLLUP).fetchone()
        if first is not None and last is not None:
            ensure_periods(calendar, kinds, rows, first_of(first), first_of(last))

    def _refresh(self, pairs: int) -> tuple[int | None, int | None]:
        """First and last month with facts among the claimed pairs, their sums brought up to date."""
        if not pairs:
            return None, None
        first, last = self._execute(statements.refresh_rollup(from_facts=self.request.from_facts)).fetchone()
        if pairs >= MANY_ROWS:
            refresh_statistics(Rollup)
        return first, last

    def _score(self, extent: Extent) -> tuple[tuple[int, int], int, int, int, list[str], str]:
        mode, has_special = self.request.mode, bool(self.plan)
        kinds, targets, first_ym, end_ym, labels = self._execute(
            statements.targets(mode, extent, has_special=has_special)
        ).fetchone()
        if not targets:
            removed = self._remove_all() if mode == "open" else 0
            return (0, 0), removed, 0, 0, [], ""
        has_policies, _members = self._execute(statements.members(extent, has_special=has_special)).fetchone()
        cells, literals = special.cells(self.plan) if has_special else ("", {})
        if self.plan.has_relative:
            cells += relative.RESOLVE
        cards = statements.cards(extent, kinds=kinds, has_policies=has_policies, has_special=has_special, before=cells)
        scored, rated = self._execute(cards, first_ym=first_ym, end_ym=end_ym, **literals).fetchone()
        removed = 0 if mode in statements.CLOSED_TOO else self._remove_stale(extent)
        created, updated, output_hash = self._execute(statements.write(extent)).fetchone()
        if created + removed >= MANY_ROWS:
            refresh_statistics(Scorecard)
        self._execute(statements.NEXT_DELTAS, only_changed=extent.is_partial)
        return (created, updated), removed, scored, rated, labels or [], output_hash

    def _remove_stale(self, extent: Extent) -> int:
        mode, has_special = self._stale_mode(extent), bool(self.plan)
        return self._execute(statements.remove_stale(mode, has_special=has_special)).rowcount

    def _stale_mode(self, extent: Extent) -> str:
        """A wide run after changes scores everybody, but only the periods that changed."""
        if self.request.mode == "changes" and not extent.is_partial:
            return "wide"
        return self.request.mode

    def _remove_all(self) -> int:
        """No programme scores anything any more: the open cards go."""
        self.cursor.execute(
            "DELETE FROM performance_scorecard s USING performance_periodrow p WHERE s.tenant_id = %(tenant)s "
            "AND p.tenant_id = %(tenant)s AND p.id = s.period_id AND p.closed_at IS NULL",
            self.params,
        )
        return self.cursor.rowcount

    def _execute(self, statement: str, **more: Any) -> Any:
        self.cursor.execute(statement, {**self.params, **more})
        return self.cursor


def _belongs(row: PeriodRow, calendar: FiscalCalendar) -> bool:
    return row.value == calendar.containing(PeriodKind(row.kind), row.start)


def ensure_periods(
    calendar: FiscalCalendar, kinds: set[PeriodKind], rows: Sequence[PeriodRow], first: date, last: date
) -> None:
    """Have a row for every period of the kinds between the days and all that are known, without gaps.

    After a change of the fiscal year the open periods that no longer exist make room for the new ones.
    """
    gone = [row for row in rows if not row.is_closed and not _belongs(row, calendar)]
    if gone:
        Scorecard.objects.filter(period__in=gone).delete()
        PeriodRow.objects.filter(pk__in=[row.pk for row in gone]).delete()
    rows = [row for row in rows if row not in gone]
    known = {(row.kind, row.seq) for row in rows} | {row.label for row in rows}
    missing: list[Period] = []
    for kind in sorted(kinds):
        starts = [row.start for row in rows if row.kind == kind]
        ends = [row.value.last_day for row in rows if row.kind == kind]
        missing += [
            period
            for period in calendar.between(kind, min([first, *starts]), max([last, *ends]))
            if (period.kind, period.seq) not in known and period.label not in known
        ]
    PeriodRow.objects.bulk_create(
        PeriodRow(
            kind=period.kind,
            label=period.label,
            start=period.start,
            end=period.end,
            seq=period.seq,
            ym_from=period.ym_from,
            ym_to=period.ym_to,
        )
        for period in missing
    )
