"""A person's own settings. They belong to the person, not to a workspace, so no trail of a workspace records them."""

from typing import Any

from prm.accounts.models import User

FIELDS = ("full_name", "language", "theme", "density", "single_key_shortcuts")


def update_profile(*, user: User, **values: Any) -> User:
    """Change name, language, look and keyboard.

    Raises:
        ValidationError: a value that cannot be.
    """
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"Not settings of a person: {sorted(unknown)}.")
    for field, value in values.items():
        setattr(user, field, value)
    user.full_clean(exclude=["password"], validate_unique=False, validate_constraints=False)
    user.save(update_fields=list(values))
    return user
