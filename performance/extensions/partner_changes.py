"""What a change of a partner means for its scores: type, region and tier decide benchmarks and cohorts."""

from partners.registries import FactChange, FactListener, fact_listeners
from performance.services.scheduling import schedule_recompute
from prm.tenancy.scope import require_scope

SCORED = frozenset({"type", "region", "tier", "status"})


def register() -> None:
    """Called once when the apps are ready."""
    fact_listeners.register(FactListener(key="performance", call=recompute_when_facts_change))


def recompute_when_facts_change(change: FactChange) -> None:
    """Score everything open again: a partner that changes cohort changes the ranks of both. New ones have no facts."""
    if change.facts & SCORED:
        schedule_recompute(require_scope().tenant)
