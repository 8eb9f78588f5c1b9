from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PerformanceConfig(AppConfig):
    """KPIs, measurements, benchmarks, scorecards: the main job."""

    name = "performance"
    verbose_name = _("performance")

    def ready(self) -> None:
        from performance import digests, extensions, notices, outcome_kinds
        from performance.imports import register_kinds
        from performance.menu import register_menu
        from performance.screens import alerts, vendor
        from performance.services.asking import JOB_KIND, send_job
        from prm.jobs.retrying import can_be_retried

        register_kinds()
        can_be_retried(JOB_KIND, send_job)
        register_menu()
        alerts.register_panel()
        vendor.register_panel()
        outcome_kinds.register()
        digests.register()
        notices.register()
        extensions.register()
