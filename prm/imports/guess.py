"""Which field a column probably goes to, from its header and what its cells look like."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from prm.imports.expressions import DATE, DATETIME, NUMBER
from prm.imports.kinds import ImportKind, KindField
from prm.imports.reading.profile import ColumnProfile

CERTAIN = 100
LIKELY = 80
FLOOR = 66


@dataclass(frozen=True)
class Guess:
    """A field for a column and how sure it is, in percent. 100 means that the name is the same."""

    field: str
    sureness: int


def words_of(header: str) -> str:
    """A header as plain words: ResellerKey and reseller_key are both `reseller key`."""
    spaced = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", header)
    return " ".join(re.sub(r"[\W_]+", " ", spaced).casefold().split())


def guess_fields(kind: ImportKind, columns: Sequence[ColumnProfile]) -> dict[int, Guess]:
    """The best field for each column, each field at most once; columns without a likely field are left out."""
    ranked = sorted(
        (
            (_sureness(item, column), -position, column.index, item.name)
            for column in columns
            if column.header
            for position, item in enumerate(kind.fields)
        ),
        reverse=True,
    )
    guesses: dict[int, Guess] = {}
    taken: set[str] = set()
    for sureness, _position, index, name in ranked:
        if sureness < FLOOR or index in guesses or name in taken:
            continue
        guesses[index] = Guess(name, sureness)
        taken.add(name)
    return guesses


def _sureness(item: KindField, column: ColumnProfile) -> int:
    header = words_of(column.header)
    names = [words_of(item.name), *(words_of(synonym) for synonym in item.synonyms)]
    if header == names[0]:
        best = float(CERTAIN)
    elif header in names:
        # The first synonyms are the closest ones.
        best = 99 - min(names.index(header), 30) / 3
    else:
        best = max(_likeness(header, name) for name in names)
    if column.filled and not _looks_right(item, column):
        best -= 25
    return round(best)


def _likeness(header: str, name: str) -> float:
    ratio = difflib.SequenceMatcher(None, header, name).ratio() * 95
    header_words, name_words = set(header.split()), set(name.split())
    if len(name_words) > 1 and name_words < header_words:
        ratio = max(ratio, 88.0)
    return ratio


def _looks_right(item: KindField, column: ColumnProfile) -> bool:
    if item.type in (DATE, DATETIME):
        return column.looks_like == "date"
    if item.type is NUMBER:
        return column.looks_like == "number"
    return True
