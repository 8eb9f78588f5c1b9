"""From Django's validation to the product's named refusals."""

from collections.abc import Collection

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model, UniqueConstraint
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from prm.errors import Conflict, InvalidInput
from prm.tenancy.managers import claim_row

TAKEN = "taken:"  # constraints of the models name the input they are about: violation_error_code="taken:external_id"


def refuse_invalid(obj: Model, *, exclude: Collection[str] = (), changed: Collection[str] | None = None) -> None:
    """Check a row's fields and constraints before it is saved.

    With `changed` only these fields and the constraints they are part of are checked; a change to many rows would
    otherwise ask the database for what has not changed.

    Raises:
        InvalidInput: a field's value is not acceptable; `field` names it.
        Conflict: another row already has what must be unique; `field` names the input.
    """
    claim_row(obj)
    if changed is not None:
        exclude = {*exclude, *_untouched(obj, set(changed))}
    try:
        obj.full_clean(exclude=exclude)
    except ValidationError as error:
        field, problems = next(iter(error.error_dict.items()))
        problem = problems[0]
        message = problem.messages[0]
        code = problem.code or ""
        if code.startswith(TAKEN):
            raise Conflict(message, code="taken", field=code.removeprefix(TAKEN)) from error
        if field == NON_FIELD_ERRORS:
            raise Conflict(message) from error
        label = capfirst(str(getattr(obj._meta.get_field(field), "verbose_name", field)))
        raise InvalidInput(
            _("%(label)s: %(problem)s") % {"label": label, "problem": message}, code=code or "invalid", field=field
        ) from error


def _untouched(obj: Model, changed: set[str]) -> set[str]:
    together = [set(one.fields) for one in obj._meta.constraints if isinstance(one, UniqueConstraint)]
    needed = changed.union(*(fields for fields in together if fields & changed))
    return {field.name for field in obj._meta.fields} - needed
