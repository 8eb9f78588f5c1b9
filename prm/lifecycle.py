"""Lifecycles as tables of moves: one place to read, to test and to draw from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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
    """The allowed moves of one status field. Services ask it before they write; nothing else assigns the status."""

    def __init__(self, name: str, moves: Iterable[Move]) -> None:
        self.name = name
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
            Conflict: when the table has no such move.
        """
        move = self._by_pair.get((source, target))
        if move is None:
            raise Conflict(
                _("A %(name)s cannot go from “%(source)s” to “%(target)s”.")
                % {"name": self.name, "source": source, "target": target},
                code="illegal_move",
                field="status",
            )
        return move
