from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PerformanceConfig(AppConfig):
    """KPIs, measurements, benchmarks, scorecards: the main job."""

    name = "performance"
    verbose_name = _("performance")

    def ready(self) -> None:
        from performance import workspace_changes
        from performance.imports import register_kinds

        register_kinds()
        workspace_changes.register()
