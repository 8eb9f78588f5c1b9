from django.apps import AppConfig


class UiConfig(AppConfig):
    """The kit: shell, components, charts, lists, content security policy."""

    name = "prm.ui"
    label = "ui"

    def ready(self) -> None:
        from prm.ui import checks  # noqa: F401  (registers the check)
