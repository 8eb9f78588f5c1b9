"""Turns Django's field errors into refusals with a sentence and a field."""

from django.core.exceptions import ValidationError
from django.db.models import Model

from prm.errors import InvalidInput


def check_fields(row: Model) -> None:
    """Check a row's own fields. Uniqueness and ranges are checked by the services, with better sentences.

    Raises:
        InvalidInput: the first field that is wrong, and why.
    """
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidInput(messages[0], field=None if field == "__all__" else field) from error
