"""Named refusals of services. Views show the sentence, the API returns it with its code, nothing is half-written."""

from typing import Any


class DomainError(Exception):
    """A rule of the product refused what was asked.

    `message` is a whole sentence for a user: what happened and what to do. `code` is stable for programs,
    `field` names the input that caused it, `status` is the API's answer (409 conflict, 422 invalid input).
    """

    code = "refused"
    status = 422

    def __init__(self, message: str | Any, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.field = field
        if code is not None:
            self.code = code


class InvalidInput(DomainError):
    """The input breaks a rule about its own values."""

    code = "invalid"


class Conflict(DomainError):
    """The input is fine, but the present state does not allow it."""

    code = "conflict"
    status = 409
