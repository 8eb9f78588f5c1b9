"""`bench whatif`: a draft edited and replayed over the last four quarters, against recomputing them."""

import statistics
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from performance.bench.data import BenchTenant
from performance.bench.database import throw_away_database, vacuum
from performance.bench.quarters import make_scored_quarters
from performance.bench.timing import timed
from performance.choices import RunKind
from performance.engine.recompute import RunRequest, run_engine
from performance.models import KPI, PeriodRow, Scorecard, ScorecardTemplate, WhatIf
from performance.services.recompute import recompute_scorecards
from performance.services.restatements import undone
from performance.services.scheduling import scoring_paused
from performance.services.what_if_replay import replay_what_if, take_basis
from performance.services.what_ifs import BenchmarkEdit, TemplateEdit, begin_what_if, edit_what_if, publish_what_if
from prm.access.actor import SYSTEM
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
        self.made = make_scored_quarters(self.owner_url, "bench-what-if", partners=self.partners, say=self.say)

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
