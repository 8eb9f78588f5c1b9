"""Ends the processes of a launcher that was killed: a worker may ignore its signal while it waits for a dead broker.

A program of its own that reads process numbers from a pipe, `+123` for one that was started and `-123` for one that
was seen to end. The pipe closes when the launcher dies, however it dies; then whatever is left gets a signal, and a
little later is killed with its whole group.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

GRACE_SECONDS = 2.0


def guard(lines: Iterable[str]) -> None:
    """Read to the end of the pipe, then end what is left."""
    groups: set[int] = set()
    for line in lines:
        sign, number = line[0], int(line[1:])
        if sign == "+":
            groups.add(number)
        else:
            groups.discard(number)
    for group in groups:
        with suppress(OSError):
            os.killpg(group, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(_alive(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        with suppress(OSError):
            os.killpg(group, signal.SIGKILL)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    guard(sys.stdin)
