from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """The partner's side, and what composes all the other apps: industry packs and demo tenants."""

    name = "portal"
    verbose_name = _("portal")

    def ready(self) -> None:
        from portal.menu import register_menu

        register_menu()
