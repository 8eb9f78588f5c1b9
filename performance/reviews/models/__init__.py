"""Records of review cycles."""

from performance.reviews.models.action import ActionItem, CarriedAction
from performance.reviews.models.opinion import Answer, Contest, Rater, Signature
from performance.reviews.models.review import Review, Snapshot
from performance.reviews.models.template import (
    RaterRole,
    RaterRoleMember,
    ReviewCadence,
    ReviewQuestion,
    ReviewSection,
    ReviewSectionKPI,
    ReviewTemplate,
)

__all__ = [
    "ActionItem",
    "Answer",
    "CarriedAction",
    "Contest",
    "Rater",
    "RaterRole",
    "RaterRoleMember",
    "Review",
    "ReviewCadence",
    "ReviewQuestion",
    "ReviewSection",
    "ReviewSectionKPI",
    "ReviewTemplate",
    "Signature",
    "Snapshot",
]
