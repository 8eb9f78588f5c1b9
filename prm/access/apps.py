from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Permissions, roles, and the mixins that ask for them."""

    name = "prm.access"
    label = "access"

    def ready(self) -> None:
        from prm.access import checks  # noqa: F401  (registers the check)
