from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """The import framework: files into records of every kind."""

    name = "prm.imports"
    label = "imports"
    verbose_name = _("Imports")

    def ready(self) -> None:
        from prm.imports.permissions import IMPORT_VIEW
        from prm.notifications.kinds import Area, NoticeKind, register_kind
        from prm.ui.navigation import NavItem, register

        done = _("Imports of mine that are done")
        register_kind(NoticeKind("import", done, Area.WORKSPACE, IMPORT_VIEW, may_mail=False, order=90))
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
