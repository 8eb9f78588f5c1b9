"""From a review to an improvement plan for what it showed."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from partners.models import Partner, Programme
from performance.plans.choices import PlanOrigin
from performance.plans.permissions import PLAN_EDIT
from performance.plans.views.drafting import Origin, PlanCreate
from performance.reviews.views.base import OfReview


class ReviewPlan(OfReview, PlanCreate):
    """Begin a plan for the review's partner; it says which review it came from."""

    permission = PLAN_EDIT

    @property
    def partner(self) -> Partner:
        """The partner that was reviewed."""
        return self.review.partner

    @cached_property
    def programme(self) -> Programme:
        """The programme of the review."""
        return self.review.programme

    @property
    def origin(self) -> Origin:
        """The review."""
        label = _("Review %(period)s") % {"period": self.review.period.label}
        return Origin(PlanOrigin.REVIEW, label, self.back_url)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"back_url": self.back_url, **kwargs})
