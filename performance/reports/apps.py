from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """The report catalogue, saved reports, schedules and what was produced."""

    name = "performance.reports"
    label = "reports"
    verbose_name = _("reports")

    def ready(self) -> None:
        from performance.bench.registry import register_bench, register_web_pages
        from performance.reports import kinds, menu, notices
        from performance.reports.services.producing import JOB_KIND, send_job
        from prm.jobs.retrying import can_be_retried

        register_bench("reports", "performance.reports.bench.measure_reports")
        register_web_pages("performance.reports.bench_pages.PAGES")
        kinds.register()
        menu.register_menu()
        notices.register()
        can_be_retried(JOB_KIND, send_job)
