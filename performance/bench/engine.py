"""`bench engine`: recompute, growth, changes, row-level security and concurrency, as ratios and milliseconds."""

import random
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from performance.bench import reference
from performance.bench.data import BenchTenant, make_tenants
from performance.bench.database import as_owner, owner_cursor, throw_away_database, vacuum
from performance.bench.timing import Contender, interleaved, timed
from performance.choices import RunKind
from performance.engine.recompute import RunRequest, run_engine
from performance.errors import RecomputeBusy
from performance.models import DirtyPair, Run
from performance.services.ingest import MeasurementRow, record_measurements
from performance.services.recompute import recompute_scorecards, score_changes
from performance.services.scheduling import scoring_paused
from prm.access.actor import SYSTEM
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

Say = Callable[[str], None]

PARTNERS = {"small": 1_000, "full": 10_000}
ROUNDS = 5
"""Of what the recompute is compared with."""

FEWER_ROUNDS = 3
CHANGED_PAIRS = (1, 100, 10_000)
INTAKES = {"small": 100, "full": 1_000}
OPEN_MONTHS = 2
"""How many months stay open in the comparison of a nightly run with a recompute of everything."""


def measure_engine(*, scale: str, say: Say) -> dict[str, Any]:
    """All figures of `bench engine`, on generated tenants in a database of its own."""
    with throw_away_database() as owner_url, scoring_paused():
        bench = EngineBench(owner_url, PARTNERS[scale], say)
        bench.fill()
        figures: dict[str, Any] = {}
        for step in (
            bench.compare_recomputes,
            bench.open_periods,
            bench.growth,
            bench.queries,
            bench.changes,
            bench.row_level_security,
            partial(bench.concurrency, INTAKES[scale]),
        ):
            found = step()
            say(", ".join(f"{name} {value}" for name, value in found.items()))
            figures |= found
        return figures


class EngineBench:
    """The measurements over one large and one small tenant."""

    def __init__(self, owner_url: str, partners: int, say: Say) -> None:
        self.owner_url = owner_url
        self.partners = partners
        self.say = say
        self.large: BenchTenant
        self.small: BenchTenant

    def fill(self) -> None:
        """Make both tenants and score them once from their facts."""
        sizes = {"bench-small": self.partners // 10, "bench-large": self.partners}
        self.small, self.large = make_tenants(self.owner_url, sizes)
        vacuum(self.owner_url, "performance_measurement")
        for tenant in (self.small, self.large):
            seconds = timed(partial(_recompute, tenant.tenant, from_facts=True))
            self.say(f"{tenant.partners} partners, {tenant.facts} facts, first recompute from facts {seconds:.1f} s")
        self._vacuum()
        with owner_cursor(self.owner_url) as cursor:
            cursor.execute(reference.MAKE_TABLES, {"t": self.large.tenant.pk})
            reference.recompute(cursor, self.large.tenant.pk)
            cursor.execute(reference.DIFFERENCES, {"t": self.large.tenant.pk})
            different = cursor.fetchone()[0]
        if different:
            raise SystemExit(f"The reference disagrees with the engine on {different} cards; the bench is wrong.")
        vacuum(self.owner_url, "reference.rollup", "reference.scorecard")

    def compare_recomputes(self) -> dict[str, float]:
        """All cards rewritten: ours, the hand-written statement's; beside DuckDB and a bare scan of the facts."""
        tenant = self.large.tenant
        duck = reference.DuckDb(self.owner_url, tenant.pk)
        seconds = interleaved(
            [
                Contender("ours", lambda: _recompute(tenant), lambda: self._spoil("public.performance_scorecard")),
                Contender("reference", self._reference, lambda: self._spoil("reference.scorecard")),
                Contender("unchanged", lambda: _recompute(tenant)),
                Contender("duckdb", duck.recompute),
                Contender("scan", self._scan),
            ],
            rounds=ROUNDS,
        )
        duck.connection.close()
        self.say("seconds: " + ", ".join(f"{name} {value:.2f}" for name, value in seconds.items()))
        return {
            "recompute_vs_reference": _ratio(seconds["ours"], seconds["reference"]),
            "recompute_vs_duckdb": _ratio(seconds["ours"], seconds["duckdb"]),
            "recompute_vs_scan": _ratio(seconds["ours"], seconds["scan"]),
        }

    def open_periods(self) -> dict[str, float]:
        """The nightly run with all months but the last two closed, against all of them open."""
        tenant = self.large.tenant
        seconds = interleaved(
            [
                Contender("full", lambda: _recompute(tenant), lambda: self._close(0)),
                Contender("open", lambda: _recompute(tenant), lambda: self._close(24 - OPEN_MONTHS)),
            ],
            rounds=FEWER_ROUNDS,
        )
        self._close(0)
        return {"open_periods_vs_full": _ratio(seconds["open"], seconds["full"])}

    def growth(self) -> dict[str, float]:
        """Ten times the partners."""
        seconds = interleaved(
            [
                Contender("small", lambda: _recompute(self.small.tenant)),
                Contender("large", lambda: _recompute(self.large.tenant)),
            ],
            rounds=FEWER_ROUNDS,
        )
        return {"growth_x10": _ratio(seconds["large"], seconds["small"])}

    def queries(self) -> dict[str, int]:
        """Statements of one recompute."""
        with tenant_scope(self.small.tenant), CaptureQueriesContext(connection) as captured:
            run_engine(RunRequest(kind=RunKind.MANUAL, mode="open"))
        return {"queries": len(captured)}

    def changes(self) -> dict[str, float]:
        """From marked pairs to written cards, commit included; then what a full recompute still finds to change."""
        figures: dict[str, float] = {}
        for count in CHANGED_PAIRS:
            marked = min(count, self.large.partners * 2)
            samples = []
            for round_number in range(ROUNDS if count < 10_000 else FEWER_ROUNDS):
                self._change(marked, seed=count + round_number)
                samples.append(timed(lambda: score_changes(tenant=self.large.tenant)) * 1000)
                self._vacuum()
            figures[f"dirty_{count}_ms"] = round(statistics.median(samples), 1)
            self.say(f"{marked} pairs: {', '.join(f'{sample:.0f}' for sample in samples)} ms")
        run = _recompute(self.large.tenant)
        figures["rows_changed_after_dirty"] = _rows_written(run)
        return figures

    def row_level_security(self) -> dict[str, float]:
        """The same recompute as the application's role and as the owner, whom the policies do not bind."""
        tenant = self.large.tenant
        bound, free = [], []
        for _ in range(FEWER_ROUNDS):
            bound.append(timed(lambda: _recompute(tenant)))
            with as_owner(self.owner_url):
                _recompute(self.small.tenant)
                free.append(timed(lambda: _recompute(tenant)))
            _recompute(self.small.tenant)
        return {"rls_ratio": _ratio(statistics.median(bound), statistics.median(free))}

    def concurrency(self, intakes: int) -> dict[str, int]:
        """Two writers and two workers at once, at random; marks lost are pairs whose sums no longer match the facts."""
        tenant = self.small.tenant
        done = threading.Event()
        failures: list[Exception] = []

        def guarded(work: Callable[[], None]) -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001  (raised again by the main thread)
                failures.append(error)
            finally:
                connection.close()

        writers = [
            threading.Thread(target=guarded, args=(partial(_write_at_random, tenant, intakes // 2, seed),))
            for seed in range(2)
        ]
        workers = [threading.Thread(target=guarded, args=(lambda: _work_until(tenant, done),)) for _ in range(2)]
        for thread in [*writers, *workers]:
            thread.start()
        for thread in writers:
            thread.join()
        done.set()
        for thread in workers:
            thread.join()
        if failures:
            raise failures[0]
        score_changes(tenant=tenant)
        with tenant_scope(tenant), connection.cursor() as cursor:
            cursor.execute(_DRIFT, {"tenant": tenant.pk})
            lost = cursor.fetchone()[0] + DirtyPair.objects.count()
        return {"lost_marks": lost}

    def _reference(self) -> None:
        with owner_cursor(self.owner_url) as cursor:
            reference.recompute(cursor, self.large.tenant.pk)

    def _scan(self) -> None:
        with owner_cursor(self.owner_url) as cursor:
            cursor.execute(reference.SCAN, {"t": self.large.tenant.pk})

    def _spoil(self, table: str) -> None:
        with owner_cursor(self.owner_url) as cursor:
            cursor.execute(reference.SPOIL.format(table=table), {"t": self.large.tenant.pk})
        vacuum(self.owner_url, table)

    def _close(self, months: int) -> None:
        with owner_cursor(self.owner_url) as cursor:
            cursor.execute(
                "UPDATE performance_periodrow p SET closed_at = CASE WHEN nth <= %s THEN now() END "
                "FROM (SELECT id, row_number() OVER (ORDER BY seq) AS nth FROM performance_periodrow "
                "WHERE tenant_id = %s) o WHERE o.id = p.id",
                [months, self.large.tenant.pk],
            )

    def _change(self, pairs: int, *, seed: int) -> None:
        """Change one fact in each of so many pairs of the last two months, and mark them as an intake does."""
        with owner_cursor(self.owner_url) as cursor:
            cursor.execute(
                """
WITH months AS (SELECT DISTINCT ym FROM performance_rollup WHERE tenant_id = %(t)s ORDER BY ym DESC LIMIT 2),
chosen AS (
  SELECT p.id AS partner_id, m.ym FROM partners_partner p CROSS JOIN months m
   WHERE p.tenant_id = %(t)s ORDER BY hashint8(p.id * 31 + m.ym + %(seed)s) LIMIT %(pairs)s),
facts AS (
  SELECT DISTINCT ON (c.partner_id, c.ym) f.id
    FROM chosen c JOIN performance_measurement f ON f.tenant_id = %(t)s AND f.partner_id = c.partner_id AND f.ym = c.ym
   ORDER BY c.partner_id, c.ym, f.id),
changed AS (UPDATE performance_measurement f SET value = value + 5 FROM facts WHERE f.id = facts.id)
INSERT INTO performance_dirtypair (tenant_id, partner_id, ym) SELECT %(t)s, partner_id, ym FROM chosen""",
                {"t": self.large.tenant.pk, "pairs": pairs, "seed": seed},
            )
        vacuum(self.owner_url, "performance_dirtypair")

    def _vacuum(self) -> None:
        vacuum(self.owner_url, "performance_rollup", "performance_scorecard", "performance_dirtypair")


_DRIFT = """
SELECT count(*) FROM (
  SELECT partner_id, ym, kpi_id, count(*)::int AS n, coalesce(sum(value), 0) AS v FROM performance_measurement
   WHERE tenant_id = %(tenant)s GROUP BY 1, 2, 3) f
  FULL JOIN (SELECT partner_id, ym, kpi_id, n, sum_v AS v FROM performance_rollup WHERE tenant_id = %(tenant)s) r
  USING (partner_id, ym, kpi_id)
 WHERE (f.n, f.v) IS DISTINCT FROM (r.n, r.v)
"""


def _recompute(tenant: Tenant, *, from_facts: bool = False) -> Run:
    return recompute_scorecards(tenant=tenant, from_facts=from_facts)


def _rows_written(run: Run) -> int:
    return run.counts["created"] + run.counts["updated"] + run.counts["removed"]


def _ratio(numerator: float, denominator: float) -> float:
    return round(numerator / denominator, 3)


def _write_at_random(tenant: Tenant, intakes: int, seed: int) -> None:
    """Intakes of a few facts each, new and changed ones, for few partners so that they collide."""
    rng = random.Random(seed)  # noqa: S311  (repeatable on purpose)
    for _ in range(intakes):
        rows: Sequence[MeasurementRow] = [
            MeasurementRow(
                row=number,
                partner=f"P{rng.randint(0, 9)}",
                kpi=f"KPI_{rng.randint(0, 5)}",
                occurred_on=f"2024-{rng.randint(1, 12):02d}-15",
                value=str(rng.randint(1, 500)),
                weight=None,
                external_id=key,
                source="race",
            )
            for number, key in enumerate(dict.fromkeys(f"{rng.randint(0, 60)}" for _ in range(rng.randint(1, 5))))
        ]
        with scoring_paused(), tenant_scope(tenant):
            record_measurements(rows, actor=SYSTEM)
        time.sleep(rng.random() * 0.004)


def _work_until(tenant: Tenant, done: threading.Event) -> None:
    """A worker that scores whatever is marked until the writers are finished."""
    while not done.is_set():
        try:
            score_changes(tenant=tenant)
        except RecomputeBusy:
            time.sleep(0.001)
