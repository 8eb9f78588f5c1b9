from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class OperatorsConfig(AppConfig):
    """What platform operators have beside Django's admin: its base classes, their stay in a tenant, the colours."""

    default = True
    name = "prm.operators"
    label = "operators"


class OperatorAdminConfig(AdminConfig):
    """The Django admin with our site in place of the default one."""

    default = False
    default_site = "prm.operators.site.OperatorSite"
