"""What a change of the workspace's settings means for figures."""

from performance.models import Measurement, Scorecard
from performance.services.scheduling import schedule_recompute
from prm.tenancy import changes
from prm.tenancy.models import Tenant

MOVES_PERIODS = frozenset({"fiscal_year_start", "timezone"})


def register() -> None:
    """Called once when the apps are ready."""
    changes.on_tenant_changed(recompute_when_periods_move)
    changes.holds_periods(has_scorecards)
    changes.holds_amounts(has_measurements)


def recompute_when_periods_move(tenant: Tenant, fields: frozenset[str]) -> None:
    """Score everything open again under the new calendar."""
    if fields & MOVES_PERIODS:
        schedule_recompute(tenant)


def has_scorecards() -> bool:
    """Whether results by fiscal period exist in the open scope."""
    return Scorecard.objects.exists()


def has_measurements() -> bool:
    """Whether figures are recorded, among them amounts in the tenant's currency."""
    return Measurement.objects.exists()
