"""What other parts of the product do once a period is closed. Apps register theirs in `AppConfig.ready()`.

    closing_listeners.register(ClosingListener(key="plans", call=propose_plans))

`call(period, at)` runs after the closing has committed, inside the tenant's scope and a transaction of its own, with
its note locked: two workers never do it at once. A worker that dies leaves the note waiting and the next sweep calls
again; what raises is tried again some times. So `call` must change nothing when it finds its work done.

A listener that also `hears_restatements` is called again for a period whose closed cards were restated.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from performance.models import PeriodRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingListener:
    """Somebody who has something to do behind a closing, in `order` (10, 20, 30 …)."""

    key: str
    call: Callable[["PeriodRow", datetime], None]
    hears_restatements: bool = False
    order: int = 50


class Listeners:
    """Listeners by key, in order."""

    def __init__(self) -> None:
        self._listeners: dict[str, ClosingListener] = {}

    def register(self, listener: ClosingListener) -> None:
        """Add a listener.

        Raises:
            ValueError: when the key is taken.
        """
        if listener.key in self._listeners:
            raise ValueError(f"{listener.key} hears of closings already.")
        self._listeners[listener.key] = listener

    def get(self, key: str) -> ClosingListener | None:
        """The listener with this key; None where the app that brought it is gone."""
        return self._listeners.get(key)

    def __iter__(self) -> Iterator[ClosingListener]:
        return iter(sorted(self._listeners.values(), key=lambda one: (one.order, one.key)))


closing_listeners = Listeners()
