"""From Django's validation to the product's named refusals."""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from prm.errors import Conflict, InvalidInput
from prm.tenancy.managers import claim_row

# Which input a violated constraint is about, and the sentence for it.
CONSTRAINTS: dict[str, tuple[str, Any]] = {}


def refuse_invalid(obj: Model, *, exclude: Collection[str] = ()) -> None:
    """Check a row's fields and constraints before it is saved.

    Raises:
        InvalidInput: a field's value is not acceptable; `field` names it.
        Conflict: another row already has what must be unique.
    """
    claim_row(obj)
    try:
        obj.full_clean(exclude=exclude)
    except ValidationError as error:
        field, problems = next(iter(error.error_dict.items()))
        problem = problems[0]
        message = problem.messages[0]
        if field == NON_FIELD_ERRORS:
            raise Conflict(message, code=problem.code or "conflict") from error
        label = obj._meta.get_field(field).verbose_name
        raise InvalidInput(
            _("%(label)s: %(problem)s") % {"label": str(label)[:1].upper() + str(label)[1:], "problem": message},
            field=field,
        ) from error
