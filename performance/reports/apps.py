from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """The report catalogue, saved reports, schedules and what was produced."""

    name = "performance.reports"
    label = "reports"
    verbose_name = _("reports")

    def ready(self) -> None:
        from performance.reports import kinds, menu, notices

        kinds.register()
        menu.register_menu()
        notices.register()
