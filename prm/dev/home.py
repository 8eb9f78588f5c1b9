"""Which directory a cluster of this checkout lives in, and which one its socket."""

import hashlib
import os
import secrets
import shutil
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from prm.dev.identity import ROOT_STATE, EmbeddedUnavailableError, Identity
from prm.dev.locks import is_held_alone, locked

SOCKET_PATH_LIMIT = 103 if sys.platform == "darwin" else 107
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432.lock"
"""The longest path PostgreSQL makes in its socket directory, the lock file beside the socket."""


def cluster_home(state: Path, name: str, identity: Identity) -> Path:
    """The directory of a cluster, made and handed to the server's user.

    A normal user's clusters live in the checkout. Root's live where `nobody` can reach them, under a random name
    kept in the checkout: a new clone in the same place starts with an empty database, not with an old one.
    """
    if identity.user is None:
        home = state / "postgres" / name
        identity.owns(home)
        return home
    with locked(state / "run" / "home.lock"):
        base = _root_base(state)
        _forget_deleted_checkouts()
    identity.owns(base)
    identity.owns(base / name)
    return base / name


def remove_clusters(state: Path) -> None:
    """Delete every cluster of a checkout. Nothing may be running."""
    name = _read(state / "cluster-id")
    if name:
        shutil.rmtree(ROOT_STATE / name, ignore_errors=True)
        (state / "cluster-id").unlink()
    shutil.rmtree(state / "postgres", ignore_errors=True)


def socket_directory(home: Path, identity: Identity) -> Path:
    """The closed directory of the server's socket."""
    user = identity.user.pw_uid if identity.user else os.geteuid()
    directory = short_directory(home / "sockets", LONGEST_SOCKET_NAME, user=user)
    identity.owns(directory)
    return directory


def short_directory(wanted: Path, longest_name: str, *, user: int | None = None) -> Path:
    """A closed directory for sockets: the wanted one, or one in the temporary directory if its path is too long.

    Raises:
        EmbeddedUnavailableError: when somebody else has put something there under its name.
    """
    if len(os.fsencode(wanted)) + len(longest_name) <= SOCKET_PATH_LIMIT:
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    # Not TMPDIR, if it can be helped: another shell with another one must find the same socket.
    shared = Path("/tmp") if os.access("/tmp", os.W_OK) else Path(tempfile.gettempdir())  # noqa: S108
    directory = shared / f"prm-{os.geteuid()}-{digest}"
    with suppress(FileExistsError):
        directory.mkdir(mode=0o700)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), user}:
        raise EmbeddedUnavailableError(f"{directory} belongs to someone else. Remove it and start again.")
    directory.chmod(0o700)
    return directory


def _root_base(state: Path) -> Path:
    file = state / "cluster-id"
    name = _read(file)
    # A checkout copied with its state must not share the original's clusters.
    if not name or _read(ROOT_STATE / name / "checkout") not in ("", str(state)):
        name = secrets.token_hex(8)
        file.write_text(name)
    base = ROOT_STATE / name
    base.mkdir(exist_ok=True)
    (base / "checkout").write_text(str(state))
    return base


def _forget_deleted_checkouts() -> None:
    """Delete the clusters of checkouts that are gone, or were cloned anew in the same place."""
    for owner in ROOT_STATE.glob("*/checkout"):
        state = Path(_read(owner))
        if _read(state / "cluster-id") == owner.parent.name:
            continue
        kept = any(is_held_alone(lock) for lock in (state / "run").glob("*.server"))
        if not kept and not _has_live_server(owner.parent):
            shutil.rmtree(owner.parent, ignore_errors=True)


def _has_live_server(base: Path) -> bool:
    for pid_file in base.glob("*/pg/postmaster.pid"):
        with suppress(ValueError, IndexError):
            if server_pid_runs(int(_read(pid_file).split()[0]), pid_file.parent):
                return True
    return False


def server_pid_runs(pid: int, data: Path) -> bool:
    """Whether the process is a live server of that data directory, not another that got its number."""
    command_line = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        # A dead process that nobody reaped has an empty command line.
        try:
            return os.fsencode(data) in command_line.read_bytes().split(b"\0")
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
