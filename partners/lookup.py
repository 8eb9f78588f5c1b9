"""Finding partners by what people type: the external number, or the name where only one is called so."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from partners.models import Partner
from prm.errors import InvalidInput

SUGGESTED = 500
"""So many names a field suggests while one types; the others are found all the same."""


def named_partner(text: str, among: QuerySet[Partner], *, field: str = "partner") -> Partner:
    """The partner that a text means, number before name, without regard to case.

    Raises:
        InvalidInput: nobody is meant, or several are; at `field`.
    """
    text = text.strip()
    found = among.filter(external_id=text).first() or among.filter(external_id__iexact=text).first()
    if found is not None:
        return found
    named = list(among.filter(name__iexact=text)[:2])
    if len(named) == 1:
        return named[0]
    refusal = (
        _("Several partners are called “%(text)s”. Give the external number.")
        if named
        else _("No partner has the external number or name “%(text)s”.")
    )
    raise InvalidInput(refusal % {"text": text}, field=field)


def named_partners(texts: Iterable[str], among: QuerySet[Partner], *, field: str = "partner") -> list[Partner]:
    """The partners that texts mean, each once, in order. A text may name several, parted by commas or semicolons.

    Raises:
        InvalidInput: one of them means nobody, or several.
    """
    found: dict[int, Partner] = {}
    for text in texts:
        for partner in _meant(text, among, field):
            found[partner.pk] = partner
    return list(found.values())


def _meant(text: str, among: QuerySet[Partner], field: str) -> list[Partner]:
    parts = [part for part in text.replace(";", ",").split(",") if part.strip()]
    if len(parts) > 1:
        try:
            return [named_partner(text, among, field=field)]  # a name with a comma in it
        except InvalidInput:
            return [named_partner(part, among, field=field) for part in parts]
    return [named_partner(part, among, field=field) for part in parts]


def suggested(among: QuerySet[Partner]) -> list[tuple[str, str]]:
    """Numbers and names for a field's suggestions, by name."""
    rows: Any = among.order_by("name").values_list("external_id", "name")
    return list(rows[:SUGGESTED])
