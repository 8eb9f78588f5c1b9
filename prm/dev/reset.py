"""`make reset`: throw away the embedded databases and everything else the launcher keeps."""

import shutil
import sys

from prm.dev.home import remove_clusters
from prm.dev.locks import is_held
from prm.dev.paths import DATA
from prm.dev.running import stack_lock
from prm.dev.server import users_lock


def reset() -> int:
    """Delete all data of this checkout, unless something is using it. Returns the exit code."""
    if is_held(stack_lock(DATA)) or any(is_held(users_lock(DATA, name)) for name in ("dev", "test")):
        print("Something is using the embedded databases. Stop `make up`, commands and tests first.", file=sys.stderr)
        return 1
    remove_clusters(DATA)
    shutil.rmtree(DATA, ignore_errors=True)
    print("All embedded data is gone. The next `make up` starts with fresh demo companies.", flush=True)
    return 0
