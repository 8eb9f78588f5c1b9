"""The consequences that figures alone can have: telling the partner, telling its owner, raising an alert."""

from performance.consequences import consequence_kinds
from performance.outcome_kinds import alerts, owner, partner


def register() -> None:
    """Called once the app is ready."""
    for kind in (owner.KIND, partner.KIND, alerts.KIND):
        consequence_kinds.register(kind)
