"""Builds the front-end files beside other work of a start."""

import signal
import subprocess
import sys
from pathlib import Path

from prm.dev.paths import ROOT
from prm.dev.process import die_with_parent, stop


class AssetsError(RuntimeError):
    """The front-end files could not be built; the message is the builder's."""


class AssetsBuild:
    """A build in progress. Takes a tenth of a second when nothing changed, ten seconds for a new font."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    def start(cls, logs: Path) -> "AssetsBuild":
        """Begin, in a process of its own."""
        logs.mkdir(parents=True, exist_ok=True)
        log = logs / "assets.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "prm.ui.assets"],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        return cls(process, log)

    def wait(self) -> None:
        """Until it is done.

        Raises:
            AssetsError: when it failed.
        """
        if self._process.wait():
            output = self._log.read_text(errors="replace").strip()
            raise AssetsError(f"The front-end files could not be built:\n{output}")

    def cancel(self) -> None:
        """End it if it still runs."""
        if self._process.poll() is None:
            stop(self._process)
