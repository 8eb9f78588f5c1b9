"""Starting and stopping child processes that never outlive their parent."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
NAMESPACE_UID = 65534

# Loaded once here: the code that runs between fork and exec must not import or load anything.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(signum: int, *, user_namespace: bool = False) -> Callable[[], None]:
    """What a child does before it runs its program: ask the kernel for `signum` when its parent ends.

    It must be called in the parent, in the main thread: the signal fires when the starting thread ends.
    With `user_namespace` the child also becomes an ordinary user in a namespace of its own, the way for root
    without the right to change users. Only Linux has either; elsewhere this does nothing.
    """
    parent = os.getpid()

    def before_exec() -> None:
        if _libc is None:
            return
        if user_namespace:
            if _libc.unshare(CLONE_NEWUSER) != 0:
                os._exit(126)
            for name, line in (
                ("setgroups", b"deny"),
                ("uid_map", b"%d 0 1" % NAMESPACE_UID),
                ("gid_map", b"%d 0 1" % NAMESPACE_UID),
            ):
                descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
                os.write(descriptor, line)
                os.close(descriptor)
        # After any change of user, which would clear the setting.
        _libc.prctl(PR_SET_PDEATHSIG, signum)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


def stop(process: "subprocess.Popen[bytes]", *, signum: int = signal.SIGTERM, grace: float = 10) -> None:
    """Ask a process to end, wait `grace` seconds, then kill it and whatever is left of its group.

    Processes started in a session of their own are meant: a worker's children outlive a worker that was killed.
    """
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(signum)
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)


def clean_environment() -> dict[str, str]:
    """The caller's environment without what would change how PostgreSQL and its clients behave."""
    dropped = {name for name in os.environ if name.startswith("PG")} | {"LD_LIBRARY_PATH"}
    return {name: value for name, value in os.environ.items() if name not in dropped}
