"""Locks between processes that the kernel frees whatever happens to their holder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileLock:
    """A lock on a file, shared or exclusive. It is not inherited by programs that the holder starts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def _open(self) -> int:
        if self._descriptor is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        return self._descriptor

    def share(self) -> None:
        """Hold the lock beside other sharers; waits while someone holds it alone."""
        fcntl.flock(self._open(), fcntl.LOCK_SH)

    def take(self) -> None:
        """Hold the lock alone; waits until nobody else holds it."""
        fcntl.flock(self._open(), fcntl.LOCK_EX)

    def try_take(self) -> bool:
        """Hold the lock alone if nobody else holds it now; says whether it worked. A share held before is lost."""
        return self._try(fcntl.LOCK_EX)

    def try_share(self) -> bool:
        """Hold the lock beside other sharers if nobody holds it alone now; says whether it worked."""
        return self._try(fcntl.LOCK_SH)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._open(), kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let go. Harmless when nothing is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file's lock alone for the length of a block."""
    lock = FileLock(path)
    lock.take()
    try:
        yield
    finally:
        lock.release()


def is_held_alone(path: Path) -> bool:
    """Whether a process holds the file's lock alone at this moment. Asking disturbs nobody who asks the same."""
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        return not lock.try_share()
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """Whether any process holds the file's lock at this moment, alone or shared."""
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        return not lock.try_take()
    finally:
        lock.release()
