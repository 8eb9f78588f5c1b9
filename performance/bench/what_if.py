"""`bench whatif`: a draft edited and replayed over the last four quarters, against recomputing them.

The results of the periods are written as monthly sums at once: neither a replay nor the recompute it is compared with
reads single measurements.
"""

import statistics
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from performance.bench.data import FIRST_DAY, MONTHS, BenchTenant, make_tenant
from performance.bench.database import owner_cursor, throw_away_database, vacuum
from performance.bench.timing import timed
from performance.choices import RunKind
from performance.engine.recompute import RunRequest, ensure_periods, run_engine
from performance.models import KPI, PeriodRow, Scorecard, ScorecardTemplate, WhatIf
from performance.services.recompute import recompute_scorecards
from performance.services.restatements import undone
from performance.services.scheduling import scoring_paused
from performance.services.what_if_replay import replay_what_if, take_basis
from performance.services.what_ifs import BenchmarkEdit, TemplateEdit, begin_what_if, edit_what_if, publish_what_if
from prm.access.actor import SYSTEM
from prm.periods import FiscalCalendar, PeriodKind, first_of, month_number
from prm.tenancy.scope import tenant_scope

Say = Callable[[str], None]

PARTNERS = {"small": 1_000, "full": 10_000}
ROUNDS = 9
REFERENCE_ROUNDS = 3
TODAY = date(2025, 1, 1)
PERIODS = 4


def measure_what_if(*, scale: str, say: Say) -> dict[str, Any]:
    """All figures of `bench whatif`, on a generated tenant in a database of its own."""
    with throw_away_database() as owner_url, scoring_paused():
        bench = WhatIfBench(owner_url, PARTNERS[scale], say)
        bench.fill()
        return {**bench.replays(), **bench.publishing()}


class WhatIfBench:
    """One tenant with two years of quarters, and a what-if over the last four."""

    def __init__(self, owner_url: str, partners: int, say: Say) -> None:
        self.owner_url = owner_url
        self.partners = partners
        self.say = say
        self.made: BenchTenant
        self.what_if: WhatIf

    def fill(self) -> None:
        """Partners, rules and monthly sums, scored once."""
        self.made = make_tenant(self.owner_url, "bench-what-if", partners=self.partners, weeks=0)
        params = {
            "t": self.made.tenant.pk,
            "first": month_number(FIRST_DAY),
            "last": month_number(FIRST_DAY) + MONTHS - 1,
        }
        with owner_cursor(self.owner_url) as cursor:
            cursor.execute(_SUMS, params)
            sums = cursor.rowcount
            cursor.execute(_QUARTERLY, params)
        vacuum(self.owner_url, "performance_rollup", "performance_benchmark", "partners_partner")
        vacuum(self.owner_url, "partners_tierassignment", "performance_kpi", "performance_templateline")
        with tenant_scope(self.made.tenant):
            span = first_of(params["first"]), first_of(params["last"])
            ensure_periods(FiscalCalendar(1), {PeriodKind.QUARTER}, [], *span)
        seconds = timed(lambda: recompute_scorecards(tenant=self.made.tenant))
        vacuum(self.owner_url, "performance_scorecard")
        self.say(f"{self.partners} partners, {sums} monthly sums, eight quarters scored in {seconds:.1f} s")

    def replays(self) -> dict[str, float]:
        """Saving an edit and replaying it, whole, commit included; beside one recompute of the same quarters."""
        with tenant_scope(self.made.tenant):
            template = ScorecardTemplate.objects.select_related("programme").get()
            self.what_if = begin_what_if(actor=SYSTEM, programme=template.programme, today=TODAY)
        basis = timed(self._take_basis) * 1000
        vacuum(self.owner_url, "performance_whatifbasis")
        samples, reference = [], []
        for number in range(ROUNDS):
            samples.append(timed(lambda n=number: self._edit_and_replay(n)) * 1000)  # type: ignore[misc]
            if number < REFERENCE_ROUNDS:
                reference.append(timed(self._recompute) * 1000)
        self.say("replays: " + ", ".join(f"{sample:.0f}" for sample in samples) + " ms")
        self.say("recomputes of the same quarters: " + ", ".join(f"{sample:.0f}" for sample in reference) + " ms")
        with tenant_scope(self.made.tenant):
            self.what_if.refresh_from_db()
            assert self.what_if.figures is not None
            cards = sum(row["cards_after"] for row in self.what_if.figures["periods"])
        return {
            "what_if_cards": cards,
            "what_if_basis_ms": round(basis),
            "what_if_ms": round(statistics.median(samples)),
            "what_if_worst_ms": round(max(samples)),
            "what_if_vs_recompute": round(statistics.median(samples) / statistics.median(reference), 3),
        }

    def publishing(self) -> dict[str, int]:
        """Cards that come out otherwise than replayed, once the draft is published and recomputed."""
        with tenant_scope(self.made.tenant), connection.cursor() as cursor:
            replay_what_if(what_if=self.what_if, actor=SYSTEM)
            cursor.execute("SELECT period_id, partner_id, total, coverage, grade FROM w_card")
            expected = set(cursor.fetchall())
        with tenant_scope(self.made.tenant):
            first = min(PeriodRow.objects.filter(label__in=self.what_if.periods).values_list("start", flat=True))
            publish_what_if(what_if=self.what_if, actor=SYSTEM, valid_from=first, today=date(2000, 1, 1))
        recompute_scorecards(tenant=self.made.tenant)
        with tenant_scope(self.made.tenant):
            cards = Scorecard.objects.filter(period__label__in=self.what_if.periods)
            found = set(cards.values_list("period_id", "partner_id", "total", "coverage", "grade"))
        return {"different_after_publish": len(expected ^ found)}

    def _take_basis(self) -> None:
        with tenant_scope(self.made.tenant):
            take_basis(self.what_if)

    def _edit_and_replay(self, number: int) -> None:
        with tenant_scope(self.made.tenant):
            kpis = list(KPI.objects.order_by("pk"))
            weights = {kpi.pk: Decimal(8) for kpi in kpis} | {kpis[number].pk: Decimal(12)}
            target = Decimal(1_000 + number * 25)
            edit = BenchmarkEdit(kpis[0], "quarter", target * Decimal("0.6"), target, target * Decimal("1.2"))
            self.what_if = edit_what_if(
                what_if=self.what_if,
                actor=SYSTEM,
                today=TODAY,
                template=TemplateEdit(weights=weights),
                benchmarks=[edit],
            )
            self.what_if = replay_what_if(what_if=self.what_if, actor=SYSTEM)

    def _recompute(self) -> None:
        with tenant_scope(self.made.tenant), undone():
            periods = list(PeriodRow.objects.filter(label__in=self.what_if.periods).values_list("pk", flat=True))
            run_engine(RunRequest(kind=RunKind.MANUAL, mode="replay", period_ids=periods))


_SUMS = """
INSERT INTO performance_rollup (tenant_id, partner_id, ym, kpi_id, n, sum_v, sum_w, sum_vw, sum_w1, last_v)
SELECT %(t)s, p.id, ym, k.id, 4, v, w, v * 3, 12, CASE WHEN k.aggregation = 'last' THEN round(v / 4, 6) END
  FROM partners_partner p
 CROSS JOIN (SELECT id, aggregation, row_number() OVER (ORDER BY id) AS nth
               FROM performance_kpi WHERE tenant_id = %(t)s) k
 CROSS JOIN generate_series(%(first)s, %(last)s) ym
 CROSS JOIN LATERAL (SELECT abs(hashint8(p.id * 100003 + k.nth * 1009 + ym)::bigint) AS h) x
 CROSS JOIN LATERAL (
   SELECT round((CASE k.aggregation WHEN 'ratio' THEN 2 + h %% 17 ELSE 60 + h %% 81 END)::numeric * 4
                * (70 + (p.id * 31 + k.nth) %% 61) / 100, 4) AS v, (4 * (60 + h %% 81))::numeric AS w) y
 WHERE p.tenant_id = %(t)s AND h %% 100 >= 6
"""

_QUARTERLY = """
UPDATE performance_scorecardtemplate SET period_kinds = '{quarter}' WHERE tenant_id = %(t)s;
INSERT INTO performance_benchmark (tenant_id, kpi_id, period_kind, scope, tier_id, region_id, partner_type_id,
                                   partner_id, valid_from, direction, floor, target, stretch, ceiling, note, created_at,
                                   actor_label)
SELECT b.tenant_id, kpi_id, 'quarter', scope, tier_id, region_id, partner_type_id, partner_id, valid_from, b.direction,
       floor * f, target * f, stretch * f, ceiling * f, '', now(), ''
  FROM performance_benchmark b
  JOIN (SELECT id, CASE aggregation WHEN 'sum' THEN 3 ELSE 1 END AS f FROM performance_kpi) k ON k.id = b.kpi_id
 WHERE b.tenant_id = %(t)s
"""
