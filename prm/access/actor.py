"""Who does something: a person, an API key, the system itself."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """Stands in the audit trail beside every change. `kind` is user, api_key, operator or system."""

    kind: str
    user_id: int | None = None
    label: str = ""

    @classmethod
    def of_user(cls, user: Any, *, kind: str = "user") -> "Actor":
        """The actor for a signed-in user, or an anonymous one."""
        if user is None or not user.is_authenticated:
            return cls(kind="anonymous")
        return cls(kind=kind, user_id=user.pk, label=str(user))


SYSTEM = Actor(kind="system", label="System")
