"""Badges, awards, and what league tables show."""

from performance.recognition.models.award import Award
from performance.recognition.models.badge import Badge
from performance.recognition.models.league import LeagueSetting, PartnerNaming

__all__ = ["Award", "Badge", "LeagueSetting", "PartnerNaming"]
