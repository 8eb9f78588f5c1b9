"""What the kinds of this app share: columns that hold numbers or partners, words, and values to compare."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from performance.models import KPI
from prm.errors import Conflict, InvalidInput
from prm.imports.expressions import NUMBER
from prm.imports.kinds import KindField

PARTNER_NUMBER_SYNONYMS = (
    "partner number",
    "partner no",
    "partner id",
    "partner",
    "customer number",
    "customer id",
    "kundennr",
    "kundennummer",
    "reseller key",
    "reseller id",
    "reseller",
    "vendor id",
    "vendor",
    "supplier id",
    "supplier",
    "account number",
    "account id",
    "external partner id",
)


def number_field(name: str, label: Any, **options: Any) -> KindField:
    return KindField(name, label, NUMBER, places=6, digits=14, **options)


def word_in(name: str, text: str, choices: Any) -> str:
    """The stored value for a word: the value itself or its label, whatever its case."""
    wanted = text.casefold()
    for value, label in choices:
        if wanted in (value.casefold(), str(label).casefold()):
            return value
    raise InvalidInput(
        _("“%(value)s” is not known here. There are: %(known)s.")
        % {"value": text[:60], "known": ", ".join(value for value, _label in choices)},
        code=f"unknown_{name}",
        field=name,
    )


def delete_row(row: Any) -> None:
    try:
        row.delete()
    except ProtectedError:
        raise Conflict(_("It is in use.")) from None


def values_of(row: Any, names: Any) -> dict[str, Any]:
    """The values that are compared and kept; decimals in one form, whatever their trailing zeros."""
    values = {}
    for name in names:
        value = getattr(row, name)
        values[name] = str(value.normalize()) if isinstance(value, Decimal) else value
    return values


def typed(model: Any, name: str, value: Any) -> Any:
    return model._meta.get_field(name).to_python(value)


def kpi_codes() -> list[str]:
    """Codes of the KPIs in use."""
    return list(KPI.objects.filter(is_active=True).order_by("code").values_list("code", flat=True))
