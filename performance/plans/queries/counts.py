"""How many plans wait for somebody: for the menu of every page."""

from prm.ui.counts import KeptCount

PLAN_COUNTS = KeptCount("plans", seconds=60)
"""Days that pass show a minute late."""
