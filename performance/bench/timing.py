"""Timing: several rounds, interleaved, so that a noisy minute hits what is compared alike; the median counts."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contender:
    """One thing that is timed. `prepare` runs before every round and is not."""

    name: str
    work: Callable[[], object]
    prepare: Callable[[], object] = lambda: None


def interleaved(contenders: list[Contender], *, rounds: int) -> dict[str, float]:
    """Median seconds of each, round by round in turn."""
    seconds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            contender.prepare()
            seconds[contender.name].append(timed(contender.work))
    return {name: statistics.median(values) for name, values in seconds.items()}


def timed(work: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
