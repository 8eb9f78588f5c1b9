"""The kinds of consequence that a grade can have. Apps register theirs in `AppConfig.ready()`.

Only what really happens is offered: a kind comes with the code that does it. Ours are in `performance/outcome_kinds`;
blocking funds comes with the app that has funds.

    consequence_kinds.register(ConsequenceKind(key="notify_owner", label=_("Tell the owner"), …))

`carry_out(outcomes, at)` gets up to `BATCH` outcomes of its kind, whose cards, periods, programmes and partners are
loaded, inside the tenant's scope and a savepoint, and answers how many people each has reached. It is called after the
closing has committed, never twice for what was done, and may raise: then it is asked again for each outcome alone.
`tidy(at)` is called at the end of each pass and brings what the kind made in line with the cards as they are now.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from performance.models import Outcome

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsequenceKind:
    """Something that can follow from a grade.

    `label` says what is done, `help` what that means. `would(count)` and `happened(outcome)` are the sentences of the
    preview and of the history. A kind that `tells_partner` stands on the partner's side as well.
    """

    key: str
    label: Any
    help: Any
    would: Callable[[int], str]
    happened: Callable[["Outcome"], str]
    carry_out: Callable[[Sequence["Outcome"], datetime], Mapping[int, int]]
    tidy: Callable[[datetime], None] | None = None
    tells_partner: bool = False
    order: int = 50


class Kinds:
    """The kinds there are, in order."""

    def __init__(self) -> None:
        self._kinds: dict[str, ConsequenceKind] = {}

    def register(self, kind: ConsequenceKind) -> None:
        """Add a kind.

        Raises:
            ValueError: when the key is taken.
        """
        if kind.key in self._kinds:
            raise ValueError(f"There is a consequence {kind.key} already.")
        self._kinds[kind.key] = kind

    def __iter__(self) -> Iterator[ConsequenceKind]:
        return iter(sorted(self._kinds.values(), key=lambda kind: (kind.order, kind.key)))

    def __contains__(self, key: object) -> bool:
        return key in self._kinds

    def get(self, key: str) -> ConsequenceKind | None:
        """The kind of this key; None where the app that brought it is gone."""
        return self._kinds.get(key)

    @property
    def keys(self) -> list[str]:
        """Every key, in order."""
        return [kind.key for kind in self]


consequence_kinds = Kinds()


def kind_label(key: str) -> str:
    """What a consequence is called; its key where the app that brought it is gone."""
    kind = consequence_kinds.get(key)
    return str(kind.label) if kind else key
