"""The long-running processes of a stack, watched together: when one dies or a signal comes, all are stopped."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from prm.dev.paths import ROOT
from prm.dev.process import die_with_parent, stop

GUARDIAN = Path(__file__).with_name("guardian.py")
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Child:
    """One process and where it writes."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    stop_signal: int = signal.SIGTERM
    grace: float = 10

    def last_lines(self, count: int = 20) -> str:
        """The end of its log."""
        with suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
        return ""


class Watch:
    """Sleeps until a signal, the death of a child, or a call of `wake` from a thread. No polling."""

    def __init__(self) -> None:
        self.stop_asked = False
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        # Also where they were ignored: a shell does that to what a script starts in the background.
        for signum in STOP_SIGNALS:
            signal.signal(signum, self._on_stop)
        # A closed terminal stops the stack, except under nohup.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda _signum, _frame: None)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)

    def _on_stop(self, _signum: int, _frame: FrameType | None) -> None:
        self.stop_asked = True

    def wake(self) -> None:
        """End a sleep from another thread."""
        with suppress(OSError):
            os.write(self._writer, b"\0")

    def sleep(self, seconds: float | None = None) -> None:
        """Until something happens, or for so long at most."""
        select.select([self._reader], [], [], seconds)
        with suppress(BlockingIOError):
            while os.read(self._reader, 512):
                pass


class Children:
    """Children in the order they were started."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self.logs = logs
        self.environment = dict(environment)
        self.all: dict[str, Child] = {}
        self.guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", GUARDIAN],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def spawn(
        self, name: str, command: Sequence[str | Path], *, on_parent_death: int = signal.SIGTERM, grace: float = 10
    ) -> Child:
        """Start a process in a session of its own, so that Ctrl-C reaches the launcher alone."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(on_parent_death),
            )
        child = self.all[name] = Child(name, process, log, grace=grace)
        self.tell_guardian("+", process.pid)
        return child

    def tell_guardian(self, sign: str, pid: int) -> None:
        """Let the guardian know of a process that was started (+) or has been seen to end (-)."""
        assert self.guardian.stdin is not None
        with suppress(OSError):
            self.guardian.stdin.write(f"{sign}{pid}\n".encode())
            self.guardian.stdin.flush()

    def forget(self, name: str) -> None:
        """Stop watching a process that has ended."""
        self.tell_guardian("-", self.all.pop(name).process.pid)

    def dismiss_guardian(self) -> None:
        """Let the guardian end; nothing may be left to guard."""
        assert self.guardian.stdin is not None
        self.guardian.stdin.close()
        self.guardian.wait()

    def dead(self) -> Child | None:
        """The first child that has ended by itself."""
        return next((child for child in self.all.values() if child.process.poll() is not None), None)

    def stop(self, *names: str) -> None:
        """Ask the named ones to end, together, then see each of them gone."""
        chosen = [self.all[name] for name in names if name in self.all]
        for child in chosen:
            with suppress(ProcessLookupError):
                child.process.send_signal(child.stop_signal)
        deadline = time.monotonic() + max((child.grace for child in chosen), default=0)
        for child in chosen:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            stop(child.process, grace=0.1)
            self.forget(child.name)
