"""Addresses, names, the note of a running stack: the launcher's small pure parts."""

import os
import socket
from contextlib import closing
from pathlib import Path

import environ
import pytest

from prm.dev import embedded
from prm.dev.broker import FolderBroker
from prm.dev.database_url import database_name, with_database
from prm.dev.locks import FileLock, is_held, is_held_alone
from prm.dev.running import RunningStack, announce, running_stack, stack_lock, withdraw
from prm.dev.stack import StackError, refuse_taken_port
from prm.dev.template import run_database_name, template_name

SOCKET_URL = "postgresql://prm_app@/prm?host=%2Ftmp%2FSome%20where"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (SOCKET_URL, "postgresql://prm_app@/other?host=%2Ftmp%2FSome%20where"),
        ("postgres://u:p%40ss@db:5432/prm", "postgres://u:p%40ss@db:5432/other"),
        ("postgres:///prm", "postgres:///other"),
    ],
)
def test_another_database_at_the_same_address(url: str, expected: str) -> None:
    assert with_database(url, "other") == expected
    assert database_name(expected) == "other"


def test_the_settings_read_a_socket_address_as_libpq_does() -> None:
    config = environ.Env.db_url_config(SOCKET_URL)

    assert (config["NAME"], config["USER"], config["OPTIONS"]) == ("prm", "prm_app", {"host": "/tmp/Some where"})  # noqa: S108


def test_the_template_is_named_after_the_migrations(tmp_path: Path) -> None:
    migrations = tmp_path / "partners" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "0001_initial.py").write_text("one")
    (tmp_path / "partners" / "views.py").write_text("one")
    before = template_name(tmp_path)

    (tmp_path / "partners" / "views.py").write_text("two")
    after_other_change = template_name(tmp_path)
    (migrations / "0001_initial.py").write_text("two")
    after_migration_change = template_name(tmp_path)

    assert after_other_change == before
    assert after_migration_change != before


def test_each_process_of_a_run_has_its_own_database() -> None:
    assert run_database_name(123, "gw0") == "prm_test_123_gw0"


def test_a_stack_is_found_only_while_its_lock_is_held(tmp_path: Path) -> None:
    stack = RunningStack("http://localhost:8000/", 42, {"REDIS_URL": "unix:///x"})
    lock = FileLock(stack_lock(tmp_path))
    assert lock.try_take()
    announce(tmp_path, stack)

    while_held = running_stack(tmp_path)
    lock.release()
    after_a_kill = running_stack(tmp_path)

    assert while_held == stack
    assert after_a_kill is None


def test_a_withdrawn_stack_is_not_found(tmp_path: Path) -> None:
    lock = FileLock(stack_lock(tmp_path))
    lock.try_take()
    announce(tmp_path, RunningStack("http://localhost:8000/", 42))

    withdraw(tmp_path)

    assert running_stack(tmp_path) is None
    lock.release()


def test_a_shared_lock_keeps_others_from_holding_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = FileLock(path)
    lock.share()

    assert is_held(path)
    assert not is_held_alone(path)

    lock.release()
    assert not is_held(path)


def test_a_command_joins_the_broker_of_a_running_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"DATABASE_URL": "postgres://u@db/x", "CELERY_BROKER_URL": "redis://r", "REDIS_URL": "redis://c"}
    lock = FileLock(stack_lock(tmp_path))
    lock.try_take()
    announce(tmp_path, RunningStack("http://localhost:8000/", 42, environment))
    monkeypatch.setattr(embedded, "DATA", tmp_path)
    for name in environment:
        monkeypatch.setenv(name, "")  # not delenv: it would forget to take back what the function sets
    monkeypatch.setenv("REDIS_URL", "redis://mine")

    embedded.ensure_database_env()

    assert os.environ["DATABASE_URL"] == "postgres://u@db/x"
    assert os.environ["CELERY_BROKER_URL"] == "redis://r"
    assert os.environ["REDIS_URL"] == "redis://mine"
    lock.release()


def test_a_given_database_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://mine@db/x")

    embedded.ensure_database_env()

    assert os.environ["DATABASE_URL"] == "postgres://mine@db/x"


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(StackError, match=rf"Port {port} .* PORT={port + 1} make up"):
            refuse_taken_port("127.0.0.1", port)


def test_without_redis_tasks_travel_through_folders(tmp_path: Path) -> None:
    broker = FolderBroker(tmp_path)

    broker.start()

    assert broker.environment()["CELERY_BROKER_URL"] == "filesystem://"
    assert (tmp_path / "broker" / "queue").is_dir()
