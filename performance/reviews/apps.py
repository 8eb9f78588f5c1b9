from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    """Review cycles: a frozen scorecard, both sides' views, a meeting, a signature."""

    name = "performance.reviews"
    label = "reviews"
    verbose_name = _("reviews")
