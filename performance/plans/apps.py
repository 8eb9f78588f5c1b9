from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    """Improvement plans: what both sides do about a KPI, judged on measured results."""

    name = "performance.plans"
    label = "plans"
    verbose_name = _("improvement plans")

    def ready(self) -> None:
        from performance.plans import digest, notices, timeline, waiting

        notices.register()
        waiting.register()
        digest.register()
        timeline.register()
