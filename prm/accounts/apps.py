from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People, their places, and how they sign in."""

    name = "prm.accounts"
    label = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from prm.accounts import notices
        from prm.accounts.permissions import AUDIT_VIEW, JOB_VIEW, MEMBER_VIEW, TEAM_VIEW
        from prm.ui.navigation import NavItem, register

        notices.register()
        register(
            NavItem(
                "setup",
                _("People"),
                "users",
                "accounts:people",
                MEMBER_VIEW,
                order=950,
                also=("accounts:member", "accounts:invite_member"),
            )
        )
        register(NavItem("setup", _("Audit trail"), "history", "audit:trail", AUDIT_VIEW, order=960))
        register(NavItem("setup", _("Background work"), "activity", "jobs:job_list", JOB_VIEW, order=970))
        register(
            NavItem(
                "setup",
                _("Settings"),
                "settings",
                "accounts:settings",
                MEMBER_VIEW,
                order=990,
                also=("accounts:roles", "accounts:api_key", "accounts:create_api_key"),
            )
        )
        register(
            NavItem(
                "company",
                _("Team"),
                "users",
                "accounts:team",
                TEAM_VIEW,
                order=900,
                also=("accounts:colleague", "accounts:invite_colleague"),
            ),
            area="portal",
        )
