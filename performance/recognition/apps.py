from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecognitionConfig(AppConfig):
    """Badges, awards and league tables."""

    name = "performance.recognition"
    label = "recognition"
    verbose_name = _("recognition")

    def ready(self) -> None:
        from performance.bench.registry import register_web_pages
        from performance.recognition import extensions, partner_list
        from performance.recognition.menu import register_menu

        register_menu()
        extensions.register()
        partner_list.register()
        register_web_pages("performance.recognition.bench.PAGES")
