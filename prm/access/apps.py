from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Permissions, roles, and the mixins that ask for them."""

    name = "prm.access"
    label = "access"

    def ready(self) -> None:
        from django.utils.module_loading import autodiscover_modules

        from prm.access import checks  # noqa: F401  (registers the check)

        autodiscover_modules("permissions")  # commands and workers ask the registry too, before any URL is loaded
