"""Clients with API keys. A key holds all scopes of the API unless a test says which."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from prm.access.actor import Actor
from prm.api.models import ApiKey
from prm.api.scopes import api_scopes
from prm.api.services import create_api_key
from tests.conftest import World


@dataclass
class ApiClient:
    """Calls the API with one key, JSON in and out."""

    key: ApiKey
    text: str

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        """One call below /api/v1/."""
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        return Client().generic(
            method,
            f"/api/v1/{path}",
            content,
            content_type=content_type,
            headers={"authorization": f"Bearer {self.text}", **headers},
        )

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        return self.call("POST", path, body)

    def put(self, path: str, body: Any = None) -> Any:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any = None) -> Any:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)


@pytest.fixture
def make_client() -> Callable[..., ApiClient]:
    """Makes a client for a world, with the given scopes."""

    def make(world: World, scopes: Iterable[str] | None = None) -> ApiClient:
        codes = [permission.code for permission in api_scopes()] if scopes is None else scopes
        with world.scope():
            return ApiClient(*create_api_key(actor=Actor.of_user(world.admin), name="ERP", scopes=codes))

    return make


@pytest.fixture
def api(acme: World, make_client: Callable[..., ApiClient]) -> ApiClient:
    """A client of the first tenant; the second exists beside it."""
    return make_client(acme)
