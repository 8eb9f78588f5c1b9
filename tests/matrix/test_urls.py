"""The matrix: every address × every person × every method, generated from the URL tree.

Another tenant's or partner's address is 404, an own one without the permission 403, signed out a redirect (401 in the
API), and what is allowed neither refuses nor fails. A refused request has written nothing at all.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.template.base import Template
from django.test import Client
from django.urls import reverse

from prm.access.permissions import get_permission
from prm.access.roles import ALL_PARTNER, ALL_STAFF, Role
from prm.tenancy.registry import tenant_models
from tests.matrix.addresses import address, consume, key_of, objects
from tests.matrix.routes import Route, our_routes
from tests.matrix.samples import (
    ALSO_NEEDS,
    ANSWERS,
    PARTNER_BOUND,
    PERSONAL,
    POSTS,
    PREPARE,
    SAMPLES,
    SHARED,
    WHOLE_WORKSPACE,
    WORDS,
)
from tests.matrix.worlds import ALL_API_RIGHTS, PORTFOLIO, Side, Worlds, build_worlds

ROUTES = our_routes()
PLATFORM_TABLES = (
    "tenancy_tenant",
    "accounts_membership",
    "accounts_partneraccess",
    "accounts_invitation",
    "accounts_user",
    "api_apikey",
)
COUNTED = Counter[str]()


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, django_db_blocker: Any) -> Iterator[Worlds]:
    """Both tenants, built once in a transaction that is rolled back at the end; every case is a savepoint in it."""
    logging.disable(logging.CRITICAL)  # thousands of refusals, each a line otherwise
    with django_db_blocker.unblock(), transaction.atomic():
        worlds = build_worlds()
        for side in (worlds.own, worlds.foreign):
            with side.scope():
                for prepare in PREPARE:
                    prepare(side)
        yield worlds
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module", autouse=True)
def report() -> Iterator[None]:
    """Says how many cases ran."""
    yield
    total = sum(COUNTED.values())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(COUNTED.items()))
    print(f"\nMatrix: {total} cases over {len(ROUTES)} addresses ({kinds}).")  # noqa: T201


@pytest.fixture
def blank_templates(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Templates draw nothing here: who may come in is asked, not what is shown."""
    monkeypatch.setattr(Template, "render", lambda *_args, **_kwargs: "")
    return monkeypatch


class Writes:
    """How many rows this transaction has written, undone ones included. Counted by PostgreSQL itself."""

    def __init__(self) -> None:
        tables = [*PLATFORM_TABLES, *(model._meta.db_table for model in tenant_models())]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT oid, relname FROM pg_class WHERE relname = ANY(%s) AND relkind IN ('r', 'p')", [tables]
            )
            self.tables = dict(cursor.fetchall())
        self.before = self.count()

    def count(self) -> dict[int, int]:
        """Rows written by table so far."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT t, n FROM (SELECT t, pg_stat_get_xact_tuples_inserted(t) + pg_stat_get_xact_tuples_updated(t)"
                " + pg_stat_get_xact_tuples_deleted(t) AS n FROM unnest(%s::oid[]) t) s WHERE n > 0",
                [list(self.tables)],
            )
            return dict(cursor.fetchall())

    def since(self, before: dict[int, int]) -> list[str]:
        """The tables written since that count."""
        return sorted(self.tables[table] for table, count in self.count().items() if count != before.get(table, 0))


class Case:
    """Sends one request in a savepoint and notes what is wrong with the answer."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.wrong: list[str] = []
        self.writes = Writes()

    def ask(self, client: Client, method: str, path: str, expected: str, who: str, **extra: Any) -> None:
        COUNTED[self.route.kind] += 1
        if method == "post" and self.route.name in POSTS:
            extra = {"data": POSTS[self.route.name], **extra}
        try:
            before = self.writes.count()
            with transaction.atomic():
                response = getattr(client, method)(path, **extra)
                status, target = response.status_code, response.headers.get("Location", "")
                consume(response)
                touched = self.writes.since(before)
                transaction.set_rollback(True)
        except Exception as error:  # noqa: BLE001  (a view that fails is one wrong cell of the matrix, not its end)
            self.wrong.append(f"{method.upper()} {path} as {who}: raised {type(error).__name__}: {error}")
            return
        if not _fits(status, target, expected):
            self.wrong.append(f"{method.upper()} {path} as {who}: {status} {target}, expected {expected}")
        elif expected != "allowed" and touched:
            self.wrong.append(f"{method.upper()} {path} as {who}: refused, yet wrote to {touched}")

    def done(self) -> None:
        assert not self.wrong, "\n".join(["", *self.wrong])


def _fits(status: int, target: str, expected: str) -> bool:
    if expected == "allowed":
        return (
            status < 500 and status not in (401, 403, 404, 405) and not target.startswith(reverse(settings.LOGIN_URL))
        )
    if expected == "sign in":
        return status == 302 and target.startswith(reverse(settings.LOGIN_URL))
    return status == int(expected)


def ids(route: Route) -> str:
    return route.name or route.pattern


def routes(kind: str) -> list[Route]:
    return [route for route in ROUTES if route.kind == kind]


def narrowed(route: Route, keys: list[str], answer: str) -> str:
    """What a channel manager with an own portfolio gets where another channel manager gets this answer."""
    if route.name.startswith(tuple(WHOLE_WORKSPACE)):
        return "403"
    bound = any(key in PARTNER_BOUND or key.rpartition(".")[2] in PARTNER_BOUND for key in keys)
    return "404" if bound and answer == "allowed" else answer


@pytest.mark.parametrize("route", routes("manager"), ids=ids)
def test_manager_workspace(route: Route, worlds: Worlds, blank_templates: Any) -> None:
    own, foreign = worlds.own, worlds.foreign
    case, path = Case(route), address(route, own)
    keys = [key_of(route, argument) for argument in objects(route)]
    personal = {PERSONAL[key] for key in keys if key in PERSONAL}
    further = [get_permission(ALSO_NEEDS[key]).roles for key in keys if key in ALSO_NEEDS]
    for method in route.methods:
        holders = route.permission(method).roles.intersection(*further)

        def answer(role: str, holders: Any = holders) -> str:
            if role not in holders:
                return "403"
            return "404" if personal and role not in personal else "allowed"

        for role in sorted(ALL_STAFF):
            case.ask(own.client(role), method, path, answer(role), role)
        case.ask(own.client(PORTFOLIO), method, path, narrowed(route, keys, answer(Role.CHANNEL_MANAGER)), PORTFOLIO)
        case.ask(own.client(Role.PARTNER_ADMIN), method, path, "404", "a partner's person")
        case.ask(own.client("deactivated"), method, path, "404", "a deactivated member")
        case.ask(foreign.client(Role.TENANT_ADMIN), method, path, "404", "another tenant's admin")
        case.ask(worlds.operator, method, path, "404", "an operator without membership")
        case.ask(worlds.stranger, method, path, "sign in", "nobody")
        if objects(route):
            mixed = address(route, own, objects_of=foreign)
            holder = next(role for role in sorted(ALL_STAFF, reverse=True) if role in holders)
            case.ask(own.client(holder), method, mixed, "404", f"{holder} with another tenant's object")
    case.done()


@pytest.mark.parametrize("route", routes("portal"), ids=ids)
def test_portal(route: Route, worlds: Worlds, blank_templates: Any) -> None:
    own, beside, foreign = worlds.own, worlds.own.beside, worlds.foreign
    assert beside is not None
    case, path = Case(route), address(route, own)
    personal = {PERSONAL[key] for key in (key_of(route, a) for a in objects(route)) if key in PERSONAL}
    for method in route.methods:
        holders = route.permission(method).roles
        for role in sorted(ALL_PARTNER):
            expected = "403" if role not in holders else "404" if personal and role not in personal else "allowed"
            case.ask(own.client(role), method, path, expected, role)
        case.ask(beside.client(Role.PARTNER_ADMIN), method, path, "404", "another partner's admin")
        case.ask(foreign.client(Role.PARTNER_ADMIN), method, path, "404", "another tenant's partner admin")
        case.ask(own.client(Role.TENANT_ADMIN), method, path, "404", "the vendor's admin")
        case.ask(worlds.operator, method, path, "404", "an operator without access")
        case.ask(worlds.stranger, method, path, "sign in", "nobody")
        holder = next(role for role in sorted(ALL_PARTNER) if role in holders)
        for whose, other in (("another partner's", beside), ("another tenant's", foreign)):
            if objects(route) and _partner_matters(route, other):
                mixed = address(route, own, objects_of=other)
                case.ask(own.client(holder), method, mixed, "404", f"{holder} with {whose} object")
    case.done()


def _partner_matters(route: Route, other: Side) -> bool:
    """Whether the sample differs from partner to partner; what the whole tenant shares is open to each partner."""
    return other.beside is not None or not any(key_of(route, argument) in SHARED for argument in objects(route))


@pytest.mark.parametrize("route", routes("api"), ids=ids)
def test_api(route: Route, worlds: Worlds, blank_templates: Any) -> None:
    own, foreign = worlds.own, worlds.foreign
    case, path = Case(route), address(route, own)
    also = {ALSO_NEEDS[key] for key in (key_of(route, argument) for argument in route.arguments) if key in ALSO_NEEDS}

    def bearer(side: Side, name: str, scopes: frozenset[str]) -> dict[str, Any]:
        return {
            "headers": {"Authorization": f"Bearer {side.api_key(name, scopes)}"},
            "content_type": "application/json",
        }

    for method in route.methods:
        needed = route.permission(method).code
        every = bearer(own, "all", ALL_API_RIGHTS)
        case.ask(worlds.stranger, method, path, "allowed", "a key with every right", **_for(method, every))
        only = bearer(own, "-".join(["only", needed, *sorted(also)]), frozenset({needed, *also}))
        case.ask(worlds.stranger, method, path, "allowed", "a key with this right", **_for(method, only))
        without = bearer(own, f"without-{needed}", ALL_API_RIGHTS - {needed})
        case.ask(worlds.stranger, method, path, "403", "a key without this right", **_for(method, without))
        wrong = {"headers": {"Authorization": "Bearer unknown"}}
        case.ask(worlds.stranger, method, path, "401", "an unknown key", **wrong)
        case.ask(worlds.stranger, method, path, "401", "nobody")
        case.ask(own.client(Role.TENANT_ADMIN), method, path, "401", "a session without a key")
        if objects(route) and method.upper() not in getattr(route.view, "upserts", ()):
            strange = bearer(foreign, "all", ALL_API_RIGHTS)
            answer = "allowed" if method in route.view.upserts else "404"  # an upsert makes its own record
            case.ask(worlds.stranger, method, path, answer, "another tenant's key", **_for(method, strange))
    case.done()


def _for(method: str, extra: dict[str, Any]) -> dict[str, Any]:
    """Without a content type where there is no body."""
    has_body = method in ("post", "put", "patch")
    return {key: value for key, value in extra.items() if has_body or key != "content_type"}


@pytest.mark.parametrize("route", routes("signed_in"), ids=ids)
def test_signed_in_pages(route: Route, worlds: Worlds, blank_templates: Any) -> None:
    case, path = Case(route), address(route, worlds.own)
    for method in route.methods:
        for role in (Role.TENANT_ADMIN, Role.ANALYST, Role.PARTNER_MEMBER, "deactivated"):
            case.ask(worlds.own.client(role), method, path, "allowed", role)
        case.ask(worlds.stranger, method, path, "sign in", "nobody")
    case.done()


@pytest.mark.parametrize("route", routes("public"), ids=ids)
def test_public_pages(route: Route, worlds: Worlds, blank_templates: Any) -> None:
    case, path = Case(route), address(route, worlds.own)
    for method in route.methods:
        COUNTED["public"] += 1
        with transaction.atomic():
            response = getattr(worlds.stranger, method)(path)
            status = response.status_code
            transaction.set_rollback(True)
        if route.name in ANSWERS:
            if status != ANSWERS[route.name]:
                case.wrong.append(f"{method.upper()} {route.pattern} as nobody: {status}")
        elif (status >= 500 and "health" not in route.pattern) or status in (401, 403, 404, 405):
            case.wrong.append(f"{method.upper()} {route.pattern} as nobody: {status}")
    case.done()


@pytest.mark.parametrize("route", routes("operator_only"), ids=ids)
def test_operator_pages(route: Route, worlds: Worlds, blank_templates: Any) -> None:
    case, path = Case(route), address(route, worlds.own)
    for method in route.methods:
        case.ask(worlds.operator, method, path, "allowed", "an operator")
        case.ask(worlds.own.client(Role.TENANT_ADMIN), method, path, "404", "a tenant's admin")
        case.ask(worlds.own.client(Role.PARTNER_ADMIN), method, path, "404", "a partner's admin")
        case.ask(worlds.stranger, method, path, "sign in", "nobody")
    case.done()


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.kind in ("manager", "portal", "signed_in")], ids=ids
)
def test_pages_are_drawn_for_the_first_who_may(route: Route, worlds: Worlds) -> None:
    """With real templates this time, for one person who may: a page that cannot be drawn is found here."""
    if "get" not in route.methods:
        return
    side = worlds.own
    personal = [PERSONAL[key] for key in (key_of(route, a) for a in objects(route)) if key in PERSONAL]
    if route.kind == "signed_in":
        who = Role.TENANT_ADMIN
    else:
        roles = ALL_STAFF if route.kind == "manager" else ALL_PARTNER
        holders = route.permission("get").roles & roles
        preferred = Role.TENANT_ADMIN if route.kind == "manager" else Role.PARTNER_ADMIN
        who = personal[0] if personal else preferred if preferred in holders else sorted(holders)[0]
    case = Case(route)
    case.ask(side.client(who), "get", address(route, side), "allowed", who)
    case.done()


def test_every_sample_is_used() -> None:
    """A sample nobody needs any more is taken out."""
    needed = {key_of(route, argument) for route in ROUTES for argument in route.arguments}

    assert sorted((SAMPLES.keys() | WORDS.keys()) - needed) == []
