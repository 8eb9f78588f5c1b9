"""A database for `manage.py` commands when the environment names none."""

import atexit
import os


def ensure_database_env() -> None:
    if os.environ.get("DATABASE_URL"):
        return
