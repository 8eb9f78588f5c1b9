from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """The import framework: files into records of every kind."""

    name = "prm.imports"
    label = "imports"
    verbose_name = _("Imports")

    def ready(self) -> None:
        from prm.imports.permissions import IMPORT_VIEW
        from prm.ui.navigation import NavItem, register

        register(
            NavItem(
                "setup",
                _("Data & imports"),
                "database",
                "imports:import_list",
                IMPORT_VIEW,
                order=20,
                also=("imports:",),
            )
        )
