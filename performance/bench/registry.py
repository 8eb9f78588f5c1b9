"""Benchmarks of packages above this one: they say where theirs is in `AppConfig.ready()`, the command asks here."""

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string

Measure = Callable[..., dict[str, Any]]

_benches: dict[str, str] = {}


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
