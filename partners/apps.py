from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    """Partner records: profiles, contacts, sites, owners, status, programmes and tiers."""

    name = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        from partners import timeline
        from partners.imports import register_kinds
        from partners.menu import register_menu
        from partners.permissions import PARTNER_VIEW
        from partners.queries import owned_partner_ids, owner_ids_of
        from partners.services.bulk import JOB_KIND, send_job
        from partners.views.partner import register_tabs
        from prm.access.portfolio import register_portfolio
        from prm.accounts.watchers import register_watchers
        from prm.jobs.retrying import can_be_retried
        from prm.notifications.kinds import Area, NoticeKind, register_kind

        mine = _("Partners that I am given")
        register_kind(
            NoticeKind("partner.owner_assigned", mine, Area.WORKSPACE, PARTNER_VIEW, may_mail=False, order=80)
        )
        register_watchers(owner_ids_of)
        register_portfolio(owned_partner_ids)
        timeline.register()
        register_tabs()
        register_menu()
        register_kinds()
        can_be_retried(JOB_KIND, send_job)
