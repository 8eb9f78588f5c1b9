"""Parameters of addresses: known ones only, and numbers that are numbers."""

from collections.abc import Collection

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

OFFSET_DIGITS = 9


def refuse_unknown(request: Request, known: Collection[str]) -> None:
    """Refuse parameters that nobody reads: a misspelt one would answer another question than was asked.

    Raises:
        ValidationError: naming each of them.
    """
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        problem = ErrorDetail(_("There is no such parameter."), "unknown_parameter")
        raise ValidationError({name: [problem] for name in unknown})


def offset_of(request: Request) -> int:
    """How many rows to skip, from 0.

    Raises:
        ValidationError: it is not a whole number.
    """
    text = request.query_params.get("offset", "0")
    if not text.isascii() or not text.isdigit() or len(text) > OFFSET_DIGITS:
        raise ValidationError({"offset": [_("Give a whole number from 0.")]})
    return int(text)
