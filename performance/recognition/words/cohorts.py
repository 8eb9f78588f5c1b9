"""The group that a card is ranked in, in words."""

from typing import Any

from partners.reference import partner_types_by_id, regions_by_id, tiers_by_id
from performance.models import Scorecard
from performance.recognition.choices import Cohort


def group_name(card: Scorecard, cohort: str) -> str:
    """The group of a card in words: Gold, or Workshop, Gold; empty for the whole programme."""
    tier = tiers_by_id().get(card.tier_id or 0)
    region = regions_by_id().get(card.region_id or 0)
    kind = partner_types_by_id().get(card.partner_type_id)
    parts: dict[str, list[Any]] = {
        Cohort.TIER: [tier],
        Cohort.REGION: [region],
        Cohort.TYPE: [kind],
        Cohort.PEERS: [kind, tier],
    }
    return ", ".join(str(part) for part in parts.get(cohort, ()) if part)
