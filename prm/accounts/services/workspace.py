"""The workspace's own settings."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.accounts.errors import SettingsLocked
from prm.audit.services import changes_between, record
from prm.tenancy import changes as tenant_changes
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope

FIELDS = (
    "name",
    "currency",
    "timezone",
    "fiscal_year_start",
    "night_hour",
    "language",
    "accent",
    "vendor_term",
    "partner_term",
)


def update_workspace(*, actor: Actor, confirmed: bool = False, **values: Any) -> Tenant:
    """Change the open scope's workspace. `confirmed` says that a recompute of all results is understood.

    Raises:
        SettingsLocked: another currency while amounts exist; another fiscal year while results exist, unconfirmed.
        ValidationError: a value that cannot be.
    """
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"Not settings of a workspace: {sorted(unknown)}.")
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=require_scope().tenant_id)
        before = {field: getattr(tenant, field) for field in values}
        changed = changes_between(before, values)
        if not changed:
            return tenant
        if "currency" in changed and tenant_changes.has_amounts():
            raise SettingsLocked(
                _("Amounts are recorded in %(currency)s, so the currency can no longer change. Make a new workspace.")
                % {"currency": tenant.currency},
                field="currency",
            )
        if "fiscal_year_start" in changed and not confirmed and tenant_changes.has_periods():
            raise SettingsLocked(
                _("Quarters and years would start in other months and every score is computed again. Confirm this."),
                code="needs_confirmation",
                field="fiscal_year_start",
            )
        for field, (_old, new) in changed.items():
            setattr(tenant, field, new)
        tenant.full_clean()
        tenant.save(update_fields=list(changed))
        record(actor=actor, action="workspace.updated", target=tenant, changes=changed)
        tenant_changes.tenant_changed(tenant, changed)
    return tenant
