"""Health for whoever runs the product: is the process alive, and is all it needs in reach.

Answered before any other middleware, so that a probe needs no host name, session or scope:
/health/live says that this process answers. /health/ready asks the database, its role, its migrations, the broker,
the cache and the file storage, each with a time limit of its own, and answers 503 when one of them fails.
Answers name the part and the kind of failure, never an address, a version or a message of a server.
"""

import time
from collections.abc import Callable
from functools import cache
from uuid import uuid4

import structlog
from django.core.cache import cache as shared_cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse

logger = structlog.get_logger(__name__)

WORKER_KEY = "health:worker"
WORKER_NOTE_SECONDS = 10
WORKER_LOST_SECONDS = 60
BROKER_SECONDS = 2


class Unhealthy(Exception):
    """A part is in reach but not fit for work; the text is a short code without secrets."""


def check_database() -> None:
    """The database answers, and the role is bound by row-level security."""
    from django.conf import settings

    from prm.tenancy.checks import unsafe_role_reasons

    if unsafe_role_reasons() and not settings.DB_AS_OWNER:
        raise Unhealthy("role_passes_row_level_security")


def check_migrations() -> None:
    """Every migration of this program is applied."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    if not known_migrations() <= applied:
        raise Unhealthy("migrations_missing")


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations on disk, read once per process."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def check_broker() -> None:
    """The broker takes connections, so that work can be handed over."""
    from prm.celery import app

    with app.connection_for_write(connect_timeout=BROKER_SECONDS) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)


def check_cache() -> None:
    """The cache keeps what it is given."""
    key, value = f"health:{uuid4().hex}", uuid4().hex
    shared_cache.set(key, value, 30)
    kept = shared_cache.get(key)
    shared_cache.delete(key)
    if kept != value:
        raise Unhealthy("cache_forgets")


def check_storage() -> None:
    """Uploads and exports can be written, read and removed."""
    name = default_storage.save(f"health/{uuid4().hex}", ContentFile(b"ok"))
    try:
        with default_storage.open(name) as file:
            if file.read() != b"ok":
                raise Unhealthy("storage_reads_wrong")
    finally:
        default_storage.delete(name)


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "broker": check_broker,
    "cache": check_cache,
    "storage": check_storage,
}


def readiness() -> tuple[bool, dict[str, object]]:
    """Whether all parts are fit, and one line per part: `ok` or the kind of failure."""
    parts = {name: _result(name, check) for name, check in CHECKS.items()}
    return all(result == "ok" for result in parts.values()), {"checks": parts, "worker": worker_state()}


def _result(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except Unhealthy as failure:
        logger.warning("health.failed", part=name, reason=str(failure))
        return str(failure)
    except Exception as failure:  # noqa: BLE001  (each driver raises its own; the answer must not)
        logger.warning("health.failed", part=name, reason=type(failure).__name__)
        return "not_reachable"
    return "ok"


def note_worker() -> None:
    """A worker is alive. Called with each of its heartbeats, written every few seconds."""
    if shared_cache.add(f"{WORKER_KEY}:noted", True, WORKER_NOTE_SECONDS):
        shared_cache.set(WORKER_KEY, time.time(), WORKER_LOST_SECONDS * 60)


def worker_state() -> str:
    """`ok`, or `lost` when no worker was heard for a minute. The web serves all the same, so it is not a failure."""
    try:
        heard = shared_cache.get(WORKER_KEY)
    except Exception:  # noqa: BLE001  (the cache's own check says so)
        heard = None
    return "ok" if heard and time.time() - heard < WORKER_LOST_SECONDS else "lost"


class HealthMiddleware:
    """Answers /health/live and /health/ready; everything else passes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info.rstrip("/")
        if not path.startswith("/health/"):
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return _answer({"status": "method_not_allowed"}, 405)
        if path == "/health/live":
            return _answer({"status": "ok"}, 200)
        if path == "/health/ready":
            ready, report = readiness()
            return _answer({"status": "ok" if ready else "failing", **report}, 200 if ready else 503)
        return _answer({"status": "not_found"}, 404)


def _answer(content: dict[str, object], status: int) -> JsonResponse:
    response = JsonResponse(content, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
