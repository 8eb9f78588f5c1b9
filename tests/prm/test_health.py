"""Health answers: live without asking anybody, ready only when every part is."""

import pytest
from django.core.cache import cache

from prm import health

pytestmark = pytest.mark.django_db


def test_live_asks_no_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/health/live")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_names_every_part_and_nothing_else(client, django_assert_num_queries):
    cache.clear()
    health.known_migrations()

    with django_assert_num_queries(3):
        response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "broker": "ok", "cache": "ok", "storage": "ok"},
        "worker": "lost",
    }
    assert response.headers["Cache-Control"] == "no-store"


def test_a_heartbeat_makes_the_worker_known(client):
    cache.clear()

    health.note_worker()

    assert client.get("/health/ready").json()["worker"] == "ok"


@pytest.mark.parametrize("part", sorted(health.CHECKS))
def test_a_failing_part_answers_503_without_the_servers_words(client, monkeypatch, part):
    def fail() -> None:
        raise OSError("could not connect to postgres://prm_app:hunter2@10.0.0.1/prm")

    monkeypatch.setitem(health.CHECKS, part, fail)

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["status"] == "failing"
    assert {name for name, result in response.json()["checks"].items() if result == "not_reachable"} == {part}
    assert b"hunter2" not in response.content


def test_a_missing_migration_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(health, "known_migrations", lambda: frozenset({("partners", "9999_not_there")}))

    response = client.get("/health/ready")

    assert (response.status_code, response.json()["checks"]["migrations"]) == (503, "migrations_missing")


def test_health_needs_no_host_name_of_ours(client, settings):
    settings.ALLOWED_HOSTS = ["app.example"]

    assert client.get("/health/live", headers={"host": "10.1.2.3"}).status_code == 200
    assert client.get("/accounts/login/", headers={"host": "10.1.2.3"}).status_code == 400


@pytest.mark.parametrize(("method", "path", "status"), [("post", "/health/live", 405), ("get", "/health/x", 404)])
def test_other_calls_are_refused(client, method, path, status):
    assert getattr(client, method)(path).status_code == status
