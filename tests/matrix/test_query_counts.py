"""Generated: how many queries each page and each API address asks, recorded and compared exactly, at two sizes.

A changed count shows in the diff of `tests/query_counts.json`. After a change that is meant, write it anew with
RECORD_QUERY_COUNTS=1 .venv/bin/python -m pytest tests/matrix/test_query_counts.py
"""

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, reset_queries, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from performance.services.recompute import recompute_scorecards
from prm.access.roles import Role
from tests.factories.partners import ContactFactory, PartnerFactory, PartnerSiteFactory
from tests.factories.performance import MeasurementFactory
from tests.matrix.addresses import address, consume
from tests.matrix.routes import Route, our_routes
from tests.matrix.samples import PREPARE, SAMPLES
from tests.matrix.worlds import ALL_API_RIGHTS, Side, build_worlds

RECORD = Path(__file__).parent.parent / "query_counts.json"
KINDS = ("manager", "portal", "api")
ONLY_ONE = {
    "code": "the key is taken",
    "accounts:reactivate_member.membership": "looks up the one that is there",
    "api:measurement_by_number.external_id": "the number is taken",
    "api:contact_by_number.external_id": "the number is taken",
    "api:partner_by_number.external_id": "looks up the one that is there",
    "access": "looks up the one that is there",
    "partners:tier_create.programme": "looks up the one that is there",
    "partners:portal_close.contact": "the address is taken",
    "performance:template_update.template": "a programme has one draft",
    "performance:template_publish.template": "a programme has one draft",
    "performance:template_delete.template": "a programme has one draft",
    "ui:delete_view.view": "the name is taken",
    "saved_mapping": "the name is taken",
}
ROUTES = [route for route in our_routes() if "get" in route.methods and route.kind in KINDS]


def count(route: Route, side: Side) -> int:
    """Queries of the second time: the first one fills what the process keeps."""
    path = address(route, side)
    extra: dict[str, Any] = {}
    if route.kind == "api":
        client = side.clients.setdefault("api", Client())
        extra["headers"] = {"authorization": f"Bearer {side.api_key('counted', frozenset(ALL_API_RIGHTS))}"}
    else:
        client = side.client(Role.PARTNER_ADMIN if route.kind == "portal" else Role.TENANT_ADMIN)
    for _ in range(2):
        reset_queries()  # the log keeps 9,000 and would count none beyond
        with transaction.atomic(), CaptureQueriesContext(connection) as captured:
            response = client.get(path, **extra)
            consume(response)
            transaction.set_rollback(True)
    assert response.status_code < 400, f"{path}: {response.status_code}"
    return len(captured)


def count_all(side: Side) -> dict[str, int]:
    """By the name of the address."""
    return {route.name or route.pattern: count(route, side) for route in ROUTES}


def grow(side: Side, more: int) -> None:
    """So many more of everything that a page may list, and four times as many partners."""
    with side.scope():
        for key, make in SAMPLES.items():
            for _ in range(0 if key in ONLY_ONE or key == "partner" else more):
                make(side)
        ContactFactory.create_batch(more, partner=side.partner)
        PartnerSiteFactory.create_batch(more, partner=side.partner)
        for partner in PartnerFactory.create_batch(more * 4, partner_type=side.partner.partner_type):
            MeasurementFactory.create_batch(2, partner=partner, kpi=side.made["scored"].revenue)
        MeasurementFactory.create_batch(more, partner=side.partner, kpi=side.made["scored"].revenue)
    recompute_scorecards(tenant=side.tenant)


@pytest.fixture(scope="module")
def counts(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """Of a small and of a larger tenant, both made in a transaction that is rolled back.

    Time stands still meanwhile: what is kept for a minute would run out here or there on a slow machine.
    """
    logging.disable(logging.CRITICAL)
    still = time_machine.travel(timezone.now(), tick=False)
    with still, django_db_blocker.unblock(), transaction.atomic():
        cache.clear()
        side = build_worlds().own
        with side.scope():
            for prepare in PREPARE:
                prepare(side)
        grow(side, 1)  # an empty list spares its query
        small = count_all(side)
        grow(side, 3)
        cache.clear()
        yield small, count_all(side)
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)


def test_no_address_asks_more_for_more_rows(counts: tuple[dict[str, int], dict[str, int]]) -> None:
    small, large = counts

    assert {name: (small[name], large[name]) for name in small if small[name] != large[name]} == {}


def test_every_address_asks_as_many_queries_as_are_recorded(counts: tuple[dict[str, int], dict[str, int]]) -> None:
    small, _large = counts
    if os.environ.get("RECORD_QUERY_COUNTS") == "1":
        RECORD.write_text(json.dumps(small, indent=2, sort_keys=True) + "\n")

    assert small == json.loads(RECORD.read_text())
