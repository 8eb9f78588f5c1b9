"""What packages above this one add to the benchmarks; they say where in `AppConfig.ready()`, the command asks here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from partners.models import Partner, Programme
    from prm.access.actor import Actor

Measure = Callable[..., dict[str, Any]]

_benches: dict[str, str] = {}
_web_sources: list[str] = []


def register_bench(name: str, path: str) -> None:
    """Add `manage.py bench <name>`: `path` leads to `measure(scale=, say=)`, which is imported when it is asked for.

    Raises:
        ValueError: the name is taken.
    """
    if _benches.setdefault(name, path) != path:
        raise ValueError(f"There is a bench {name} already.")


def names() -> list[str]:
    """What was registered."""
    return sorted(_benches)


def measure_of(name: str) -> Measure:
    """What measures it."""
    found: Measure = import_string(_benches[name])
    return found


# --- Pages of `bench web` -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page to be measured: its name in the figures, its address, and on which side of the house it is."""

    name: str
    address: str
    is_portal: bool = False


class WebSource(Protocol):
    """A package with pages of its own. Both functions are called inside the scope of the largest tenant."""

    def prepare(self, programme: "Programme", actor: "Actor") -> None:
        """Set up the rules that the closing of two months is to meet."""

    def pages(self, partner: "Partner", actor: "Actor") -> Sequence[WebPage]:
        """Add what no closing makes and name the pages; those of the portal are this partner's."""


def register_web_pages(path: str) -> None:
    """Add pages to `manage.py bench web`: `path` leads to a `WebSource`, which is imported when it is asked for."""
    if path not in _web_sources:
        _web_sources.append(path)


def web_sources() -> Iterator[WebSource]:
    """Who has pages of its own, in the order of the apps."""
    for path in _web_sources:
        yield cast(WebSource, import_string(path))
