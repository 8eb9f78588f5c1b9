"""`make lock`: compile the requirement files, hashed, for every supported Python and system at once."""

import subprocess
import sys

from prm.dev.paths import ROOT

FILES = {
    "requirements.in": ["requirements.txt"],
    # Held to the same versions as production.
    "requirements-dev.in": ["requirements-dev.txt", "--constraint", "requirements.txt"],
}


def compile_requirements() -> int:
    """Write both files anew. Returns the exit code."""
    for source, target in FILES.items():
        done = subprocess.run(
            [
                sys.executable, "-m", "uv", "pip", "compile", source, "-o", *target, "--quiet",
                "--universal", "--generate-hashes", "--python-version", "3.11", "--no-emit-index-url",
            ],
            check=False,
            cwd=ROOT,
        )  # fmt: skip
        if done.returncode:
            return done.returncode
    return 0
