"""What a running `make up` tells the rest of the checkout: where it is and how to reach its parts."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from prm.dev.locks import is_held_alone


@dataclass(frozen=True)
class RunningStack:
    """Address, process and environment of a `make up`. The environment is what its web process runs with."""

    url: str
    pid: int
    environment: dict[str, str] = field(default_factory=dict)


def stack_lock(state: Path) -> Path:
    """Held by `make up` as long as it lives; the kernel frees it whatever happens."""
    return state / "run" / "up.lock"


def announce(state: Path, stack: RunningStack) -> None:
    """Write the file that others read. Called while the lock is held."""
    file = _file(state)
    scratch = file.with_suffix(".new")
    scratch.write_text(json.dumps(asdict(stack), indent=2))
    scratch.chmod(0o600)
    os.replace(scratch, file)


def withdraw(state: Path) -> None:
    """Remove the file again."""
    _file(state).unlink(missing_ok=True)


def running_stack(state: Path) -> RunningStack | None:
    """The `make up` of this checkout that runs now, or None. A file left by one that was killed does not count."""
    if not is_held_alone(stack_lock(state)):
        return None
    try:
        return RunningStack(**json.loads(_file(state).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _file(state: Path) -> Path:
    return state / "run" / "up.json"
