"""Making and changing workspaces."""

from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from prm.errors import Conflict, InvalidInput
from prm.tenancy.models import Tenant

logger = structlog.get_logger(__name__)


@transaction.atomic
def create_tenant(*, slug: str, name: str, **settings: Any) -> Tenant:
    """A new, empty workspace.

    Raises:
        Conflict: the short name is taken.
        InvalidInput: a value breaks a rule; `field` names it.
    """
    if Tenant.objects.filter(slug=slug).exists():
        raise Conflict(
            _("A workspace “%(slug)s” exists already. Choose another short name.") % {"slug": slug},
            code="slug_taken",
            field="slug",
        )
    tenant = Tenant(slug=slug, name=name, **settings)
    try:
        tenant.full_clean()
    except ValidationError as errors:
        field, messages = next(iter(errors.message_dict.items()))
        raise InvalidInput(messages[0], field=field) from errors
    tenant.save()
    logger.info("tenant.created", tenant_id=tenant.pk)
    return tenant
