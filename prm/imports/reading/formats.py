"""How a file is written: the part of a mapping that is detected, shown and confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


@dataclass(frozen=True)
class FileFormat:
    """Encoding, delimiter, decimal mark, order of dates, sheet. None means: detect, and ask where it stays open.

    `decimal` is "." or ","; `date` a pattern such as %d.%m.%Y that holds for all date columns without their own.
    """

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    date: str | None = None
    sheet: str | None = None

    def filled_from(self, detected: FileFormat) -> FileFormat:
        """This format with its gaps filled by what was detected."""
        gaps = {name: value for name, value in asdict(detected).items() if getattr(self, name) is None}
        return replace(self, **gaps)

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Question:
    """Something the file leaves open. `choices` maps each possible answer to what it would mean, best guess first.

    `setting` is the key of the format (or `date:<header>`, `decimal:<header>` for one column) that answers it.
    """

    setting: str
    message: str
    choices: Mapping[str, str]
