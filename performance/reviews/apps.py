from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    """Review cycles: a frozen scorecard, both sides' views, a meeting, a signature."""

    name = "performance.reviews"
    label = "reviews"
    verbose_name = _("reviews")

    def ready(self) -> None:
        from performance.bench.registry import register_web_pages
        from performance.reviews import extensions, timeline, vendor_measures, waiting
        from performance.reviews.menu import register_menu
        from performance.reviews.services.bulk import JOB_KIND, send_job
        from performance.reviews.services.news import register_kinds
        from prm.jobs.retrying import can_be_retried

        register_kinds()
        register_menu()
        extensions.register()
        waiting.register()
        timeline.register()
        vendor_measures.register()
        can_be_retried(JOB_KIND, send_job)
        register_web_pages("performance.reviews.bench.PAGES")
