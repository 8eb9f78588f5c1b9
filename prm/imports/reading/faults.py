"""What can be wrong with a file as a whole, and with one row of it."""

from __future__ import annotations

from dataclasses import dataclass

from prm.errors import DomainError


class FileFault(DomainError):
    """The file cannot be read as a table, or cannot be read without asking; nothing of it was imported."""

    code = "file"


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing wrong with one row.

    `row` counts as a spreadsheet shows it: the header is row 1. `message` says what is wrong and what to do.
    """

    row: int
    column: str
    value: str
    code: str
    message: str


SHOWN_VALUE = 200


def shown(value: object) -> str:
    """A cell as an error shows it: short, and without characters that cannot be printed."""
    text = "" if value is None else str(value)
    text = "".join(character if character.isprintable() else "�" for character in text[: SHOWN_VALUE + 1])
    return text if len(text) <= SHOWN_VALUE else text[: SHOWN_VALUE - 1] + "…"
