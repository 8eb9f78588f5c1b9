from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PerformanceConfig(AppConfig):
    """KPIs, measurements, benchmarks, scorecards: the main job."""

    name = "performance"
    verbose_name = _("performance")

    def ready(self) -> None:
        from performance import (
            alert_digest,
            closing_digest,
            grade_timeline,
            outcome_digest,
            outcome_kinds,
            partner_changes,
            source_digest,
            workspace_changes,
        )
        from performance.imports import register_kinds
        from performance.menu import register_menu
        from performance.partner_page import register_partner_pages
        from performance.screens.alerts import register_panel
        from performance.services.asking import JOB_KIND, send_job
        from prm.jobs.retrying import can_be_retried

        register_kinds()
        can_be_retried(JOB_KIND, send_job)
        register_menu()
        register_partner_pages()
        register_panel()
        alert_digest.register()
        closing_digest.register()
        outcome_kinds.register()
        outcome_digest.register()
        grade_timeline.register()
        source_digest.register()
        workspace_changes.register()
        partner_changes.register()
