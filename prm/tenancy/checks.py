"""Checks that refuse to start where the walls would not hold."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from prm.tenancy.registry import TENANT_TABLES


def unsafe_role_reasons() -> list[str]:
    """Why the connection's role would pass through row-level security; empty when it does not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        role, is_super, bypasses = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE tableowner = current_user AND tablename = ANY(%s)",
            [sorted(TENANT_TABLES)],
        )
        owned = cursor.fetchone()[0]
    reasons = []
    if is_super:
        reasons.append(f"The database role {role} is a superuser.")
    if bypasses:
        reasons.append(f"The database role {role} bypasses row-level security.")
    if owned:
        reasons.append(f"The database role {role} owns {owned} tenant tables.")
    return reasons


def refuse_unsafe_role() -> None:
    """Stop a web or worker process that runs as a role the policies do not bind.

    Raises:
        ImproperlyConfigured: with the reasons and what to do.
    """
    if settings.DB_AS_OWNER:
        return
    reasons = unsafe_role_reasons()
    connection.close()
    if reasons:
        raise ImproperlyConfigured(
            " ".join(reasons) + " Point DATABASE_URL at the application role, see docs/tenancy.md."
        )


@checks.register(checks.Tags.database)
def check_runtime_role(databases: Any = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """The same as a system check, for `manage.py check --database default`."""
    if not databases or settings.DB_AS_OWNER:
        return []
    return [checks.Error(reason, id="tenancy.E001") for reason in unsafe_role_reasons()]
