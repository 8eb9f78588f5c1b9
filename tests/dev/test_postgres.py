"""The embedded server: addresses, its life with its users, and that nothing outlives them. Real processes, no mocks."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from prm.dev.home import cluster_home, remove_clusters, server_pid_runs, short_directory
from prm.dev.identity import EmbeddedUnavailableError, Identity, choose_identity, wheel_directory
from prm.dev.locks import is_held_alone
from prm.dev.paths import ROOT
from prm.dev.postgres import Postgres, PostgresError
from prm.dev.server import SharedServer, server_lock

USER = """
import sys
from pathlib import Path
from prm.dev.server import SharedServer
server = SharedServer(Path(sys.argv[1]), "test")
server.acquire()
print("in", flush=True)
sys.stdin.read()
server.release()
"""


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A launcher's state directory of its own; whatever root's clusters left elsewhere is removed again."""
    path = tmp_path / "state"
    path.mkdir()
    (path / "run").mkdir()
    yield path
    remove_clusters(path)


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def server_pid(cluster: Postgres) -> int:
    """The running server's process number."""
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def start_user(state: Path) -> "subprocess.Popen[str]":
    """A process that uses the server until its input closes."""
    user = subprocess.Popen(
        [sys.executable, "-c", USER, str(state)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert user.stdout is not None
    assert user.stdout.readline() == "in\n"
    return user


def test_the_server_lives_as_long_as_its_last_user(state: Path) -> None:
    first = start_user(state)
    second = start_user(state)
    cluster = SharedServer(state, "test").cluster
    pid = server_pid(cluster)

    first.communicate()
    still_there = server_pid_runs(pid, cluster.data)
    second.communicate()

    assert still_there
    assert not server_pid_runs(pid, cluster.data)
    assert not is_held_alone(server_lock(state, "test"))


def test_a_killed_user_leaves_no_server(state: Path) -> None:
    user = start_user(state)
    cluster = SharedServer(state, "test").cluster
    pid = server_pid(cluster)

    user.kill()
    user.communicate()

    assert wait_until(lambda: not server_pid_runs(pid, cluster.data))
    assert wait_until(lambda: not is_held_alone(server_lock(state, "test")))


def test_a_killed_keeper_takes_the_server_along_and_the_next_user_gets_a_new_one(state: Path) -> None:
    user = start_user(state)
    server = SharedServer(state, "test")
    pid = server_pid(server.cluster)
    keeper = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])

    os.kill(keeper, signal.SIGKILL)
    gone = wait_until(lambda: not server_pid_runs(pid, server.cluster.data))
    user.communicate()
    server.acquire()

    try:
        assert gone
        with closing(psycopg2.connect(server.owner_url("postgres"))) as connection:
            assert connection.info.server_version >= 180000
    finally:
        server.release()


def test_both_roles_can_sign_in_and_neither_is_a_superuser(state: Path) -> None:
    server = SharedServer(state, "test")
    server.acquire()

    try:
        found = []
        for url in (server.app_url("postgres"), server.owner_url("postgres")):
            with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT rolname, rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = user")
                found.append(cursor.fetchone())
    finally:
        server.release()

    assert found == [("prm_app", False, False, False), ("prm_owner", False, False, True)]


def test_order_and_case_rules_do_not_depend_on_the_machine(state: Path) -> None:
    server = SharedServer(state, "test")
    server.acquire()

    try:
        superuser = server.cluster.superuser_connection()
        with closing(psycopg2.connect(**superuser)) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION pg_trgm")
            cursor.execute("SELECT lower('ÉCLAIR'), 'Z' < 'a', cardinality(show_trgm('é')) > 0")
            row = cursor.fetchone()
    finally:
        server.release()

    assert row == ("éclair", True, True)


def test_a_half_made_cluster_is_made_anew(state: Path) -> None:
    identity = choose_identity()
    home = cluster_home(state, "test", identity)
    (home / "init-1").mkdir()
    cluster = Postgres(state, "test", durable=False, identity=identity)

    cluster.start()
    cluster.stop()

    assert not (home / "init-1").exists()
    assert (cluster.data / "PG_VERSION").exists()


def test_a_lock_file_of_a_process_that_is_no_server_does_not_block_the_start(state: Path) -> None:
    cluster = Postgres(state, "test", durable=False)
    cluster.start()
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n")

    cluster.start()
    pid = server_pid(cluster)
    cluster.stop()

    assert pid != os.getpid()


def test_data_of_another_major_version_is_refused_with_what_to_do(state: Path) -> None:
    cluster = Postgres(state, "test", durable=True)
    cluster.start()
    cluster.stop()
    (cluster.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(PostgresError, match=r"written by PostgreSQL 17.*make reset"):
        cluster.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another identity to choose")
def test_root_hands_the_server_to_nobody(state: Path) -> None:
    cluster = Postgres(state, "test", durable=False)

    cluster.start()
    owner = Path(f"/proc/{server_pid(cluster)}").stat().st_uid
    cluster.stop()

    assert owner != 0
    assert cluster.home.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a user namespace")
def test_root_without_the_right_to_change_users_uses_a_namespace(tmp_path: Path) -> None:
    identity = Identity(programs=wheel_directory() / "pginstall", user_namespace=True)
    cluster = Postgres(tmp_path, "test", durable=False, identity=identity)

    try:
        cluster.start()
    except (PostgresError, PermissionError, subprocess.SubprocessError):
        pytest.skip("this kernel or container allows root no user namespace")
    with closing(psycopg2.connect(**cluster.superuser_connection())) as connection:
        version = connection.info.server_version
    cluster.stop()

    assert version >= 180000


@pytest.mark.skipif(os.geteuid() != 0, reason="a normal user's clusters lie in the checkout itself")
def test_a_new_clone_in_the_same_place_does_not_get_the_old_data(state: Path) -> None:
    identity = choose_identity()
    before = cluster_home(state, "test", identity)
    (state / "cluster-id").unlink()

    after = cluster_home(state, "test", identity)

    assert after != before
    assert not before.exists()


def test_a_long_path_gets_a_short_closed_socket_directory(tmp_path: Path) -> None:
    wanted = tmp_path / ("deep" * 30)

    directory = short_directory(wanted, "/.s.PGSQL.5432.lock")

    assert directory != wanted
    assert len(os.fsencode(directory)) < 80
    assert directory.stat().st_mode & 0o777 == 0o700
    assert short_directory(wanted, "/.s.PGSQL.5432.lock") == directory
    directory.rmdir()


def test_a_socket_directory_that_is_a_link_is_refused(tmp_path: Path) -> None:
    wanted = tmp_path / ("deep" * 30)
    directory = short_directory(wanted, "/redis.sock")
    directory.rmdir()
    directory.symlink_to(tmp_path)

    with pytest.raises(EmbeddedUnavailableError, match="belongs to someone else"):
        short_directory(wanted, "/redis.sock")

    directory.unlink()
