"""What a cell may name: an entry of one of the workspace's lists, a partner, several words."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from partners.models import Partner
from prm.errors import InvalidInput
from prm.tenancy.models import TenantModel
from prm.tenancy.scope import require_scope


def by_word(model: type[TenantModel], **filters: Any) -> dict[str, Any]:
    """Entries of a list by key and by name, without regard to case. Keys win."""
    rows = list(model._default_manager.filter(**filters))
    found = {row.name.casefold(): row for row in rows}
    return found | {row.key.casefold(): row for row in rows}


def chosen(choices: dict[str, Any], text: str | None, name: str, what: Any) -> Any:
    """The entry that a text names; None for an empty cell."""
    if not text:
        return None
    found = choices.get(text.casefold())
    if found is None:
        known = ", ".join(list(dict.fromkeys(str(getattr(row, "key", row)) for row in choices.values()))[:12])
        raise InvalidInput(
            _("There is no %(what)s “%(value)s”. There are: %(known)s.")
            % {"what": what, "value": text[:60], "known": known or "–"},
            code=f"unknown_{name}",
            field=name,
        )
    return found


def words_of(text: str | None) -> list[str]:
    """The words of a cell that holds several, separated by a semicolon or a bar."""
    return [word.strip() for word in re.split("[;|]", text or "") if word.strip()]


def partner_by_number(number: str, name: str) -> Partner:
    """The partner with this number; `name` is the field that an error names."""
    partner = Partner.objects.filter(external_id=number).first()
    if partner is None:
        raise InvalidInput(
            _("There is no partner %(number)s. Import the partner first, or correct the number.") % {"number": number},
            code="unknown_partner",
            field=name,
        )
    return partner


def today() -> date:
    """Today in the workspace's time zone."""
    return require_scope().tenant.local_date(timezone.now())
