"""Addresses with the samples filled in, and the answers that read them."""

import re
from typing import Any

import pytest
from django.urls import reverse

from tests.matrix.routes import Route
from tests.matrix.samples import QUERIES, SAMPLES, WORDS
from tests.matrix.worlds import Side


def key_of(route: Route, argument: str) -> str:
    """The sample's key: one for this address, else the common one."""
    own = f"{route.name}.{argument}"
    return own if own in SAMPLES or own in WORDS else argument


def sample(route: Route, argument: str, side: Side) -> Any:
    """The argument's value for an object of this side, made once."""
    key = key_of(route, argument)
    if key in WORDS:
        return WORDS[key]
    if key not in SAMPLES:
        pytest.fail(f"{route.pattern} needs a sample for “{argument}”: add it to tests/matrix/samples/.")
    if key not in side.made:
        with side.scope():
            side.made[key] = SAMPLES[key](side)
    return side.made[key]


def address(route: Route, side: Side, *, objects_of: Side | None = None) -> str:
    """The address in `side`'s tenant (and portal), naming objects of `objects_of`."""
    values: dict[str, Any] = {}
    for argument in route.arguments:
        if argument == "tenant":
            values[argument] = side.tenant.slug
        elif argument == "partner" and route.kind == "portal":
            values[argument] = side.partner.public_id
        else:
            values[argument] = sample(route, argument, objects_of or side)
    path = reverse(route.name, kwargs=values) if route.name.split(":")[-1] else _filled(route.pattern, values)
    query = QUERIES.get(route.name)
    return f"{path}?{query}" if query else path


def _filled(pattern: str, values: dict[str, Any]) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match.group(1)]), pattern)


def objects(route: Route) -> list[str]:
    """The arguments that name an object, not the place."""
    place = {"tenant"} | ({"partner"} if route.kind == "portal" else set())
    return [argument for argument in route.arguments if argument not in place and key_of(route, argument) not in WORDS]


def consume(response: Any) -> None:
    """Read a streamed answer to its end, which closes its file."""
    if response.streaming:
        b"".join(response.streaming_content)
