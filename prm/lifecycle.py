"""Lifecycles as tables of moves: one place to read, to test and to draw from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from prm.access.permissions import Permission
from prm.errors import Conflict


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed step of a status, who may take it, and whether it needs a reason."""

    source: str
    target: str
    permission: Permission
    label: Any
    needs_reason: bool = False


class Lifecycle:
    """The allowed moves of one status field. Services ask it before they write; nothing else assigns the status.

    `name` is what moves, in a sentence ("partner"); `statuses` are the choices of the field.
    """

    def __init__(self, name: Any, statuses: type[TextChoices], moves: Iterable[Move]) -> None:
        self.name = name
        self.statuses = statuses
        self.moves = tuple(moves)
        self._by_pair = {(move.source, move.target): move for move in self.moves}
        if len(self._by_pair) != len(self.moves):
            raise ValueError(f"{name}: a move is listed twice.")

    def from_status(self, status: str) -> list[Move]:
        """The moves that leave this status."""
        return [move for move in self.moves if move.source == status]

    def check(self, source: str, target: str) -> Move:
        """The move between two statuses.

        Raises:
            Conflict: when the table has no such move; the sentence names both statuses and what is possible.
        """
        move = self._by_pair.get((source, target))
        if move is None:
            possible = ", ".join(dict.fromkeys(self._label(one.target) for one in self.from_status(source)))
            raise Conflict(
                _("This %(name)s is at “%(source)s” and cannot go to “%(target)s”. Possible: %(possible)s.")
                % {
                    "name": self.name,
                    "source": self._label(source),
                    "target": self._label(target),
                    "possible": possible or _("nothing"),
                },
                code="illegal_move",
                field="status",
            )
        return move

    def _label(self, status: str) -> str:
        return str(self.statuses(status).label)
