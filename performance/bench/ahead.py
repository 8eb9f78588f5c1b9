"""`bench ahead`: what is foreseen for a running quarter, and the look for alerts, at the size of a large workspace."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F

from performance.bench.data import BenchTenant
from performance.bench.database import throw_away_database, vacuum
from performance.bench.quarters import make_scored_quarters
from performance.bench.timing import timed
from performance.models import Alert, CardOutlook, Run, Scorecard
from performance.services.alert_rules import save_rule
from performance.services.alerts import look_for_alerts
from performance.services.outlooks import refresh_outlooks
from performance.services.recompute import recompute_scorecards
from performance.services.scheduling import scoring_paused
from prm.access.actor import SYSTEM
from prm.tenancy.scope import tenant_scope

Say = Callable[[str], None]

PARTNERS = {"small": 1_000, "full": 10_000}
CHANGED = 100
NOON = datetime(2024, 11, 20, 12, tzinfo=UTC)
"""In the last of the eight quarters, after 50 of its 92 days."""

RULES: list[dict[str, Any]] = [
    {"name": "Low score", "kind": "total", "figure": Decimal(40)},
    {"name": "Large drop", "kind": "drop", "figure": Decimal(10)},
    {"name": "Worse grade", "kind": "grade", "grade_move": "down"},
]


def measure_ahead(*, scale: str, say: Say) -> dict[str, Any]:
    """All figures of `bench ahead`, on a generated tenant in a database of its own."""
    with throw_away_database() as owner_url, scoring_paused():
        made = make_scored_quarters(owner_url, "bench-ahead", partners=PARTNERS[scale], say=say)
        return {**_outlooks(made, owner_url, say), **_alerts(made, owner_url, say)}


def _outlooks(made: BenchTenant, owner_url: str, say: Say) -> dict[str, Any]:
    """All cards of the running quarter, as every morning; then none, and those of a hundred changed cards."""

    def refresh(at: datetime = NOON) -> int:
        return refresh_outlooks(tenant=made.tenant, at=at)

    first = timed(refresh)
    vacuum(owner_url, "performance_cardoutlook")
    nothing = timed(refresh)
    with tenant_scope(made.tenant):
        cards = list(CardOutlook.objects.order_by("pk").values_list("scorecard_id", flat=True))
        Scorecard.objects.filter(pk__in=cards[:CHANGED]).update(total_e4=F("total_e4") + 1)
    few = timed(refresh)
    tomorrow = timed(lambda: refresh(NOON + timedelta(days=1)))
    say(f"{len(cards)} outlooks: first {first:.1f} s, next morning {tomorrow:.1f} s")
    with tenant_scope(made.tenant):
        at_risk = CardOutlook.objects.filter(reasons__len__gt=0).count()
    return {
        "outlook_cards": len(cards),
        "outlook_at_risk": at_risk,
        "outlook_first_ms": round(first * 1000),
        "outlook_daily_ms": round(tomorrow * 1000),
        "outlook_100_ms": round(few * 1000),
        "outlook_nothing_ms": round(nothing * 1000),
    }


def _alerts(made: BenchTenant, owner_url: str, say: Say) -> dict[str, Any]:
    """Three rules: the first look ever, one with nothing new, one after a hundred cards, one of the next day."""

    def look(at: datetime = NOON) -> tuple[int, int]:
        return look_for_alerts(tenant=made.tenant, at=at)

    with tenant_scope(made.tenant):
        for rule in RULES:
            save_rule(actor=SYSTEM, period_kind="quarter", **rule)
    first = timed(look)
    vacuum(owner_url, "performance_alert")
    nothing = timed(look)
    recompute_scorecards(tenant=made.tenant)
    with tenant_scope(made.tenant):
        newest = Run.objects.latest("pk").pk
        running = CardOutlook.objects.order_by("pk").values_list("scorecard_id", flat=True)
        Scorecard.objects.filter(pk__in=list(running[:CHANGED])).update(run_id=newest)
    few = timed(look)
    tomorrow = timed(lambda: look(NOON + timedelta(days=1)))
    with tenant_scope(made.tenant):
        alerts = Alert.objects.count()
    say(f"{alerts} alerts: first look {first:.1f} s, next morning {tomorrow:.1f} s")
    return {
        "alerts": alerts,
        "alerts_first_ms": round(first * 1000),
        "alerts_daily_ms": round(tomorrow * 1000),
        "alerts_100_ms": round(few * 1000),
        "alerts_nothing_ms": round(nothing * 1000),
    }
