#!/usr/bin/env python3
"""Command line entry. Commands that change the schema run as the owner role, all others as the application role."""

import os
import sys

OWNER_COMMANDS = {"migrate", "sqlmigrate", "createcachetable"}
SERVING_COMMANDS = {"runserver", "shell"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings.dev")
    if len(sys.argv) > 1 and sys.argv[1] not in SERVING_COMMANDS:
        os.environ.setdefault("LOG_LEVEL", "WARNING")  # a command speaks for itself; the log is for what goes wrong
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ["PRM_DB_ROLE"] = "owner"

    from prm.dev.embedded import ensure_database_env

    ensure_database_env()

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
