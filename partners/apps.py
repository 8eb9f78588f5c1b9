from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    """Partner records: profiles, contacts, sites, owners, status, programmes and tiers."""

    name = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        from partners import timeline
        from partners.queries import owner_ids_of
        from prm.accounts.watchers import register_watchers

        register_watchers(owner_ids_of)
        timeline.register()
