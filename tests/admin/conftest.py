"""An operator, outside every tenant and inside one."""

from typing import Any

import pytest
from django.test import Client

from prm.operators.sessions import SESSION_KEY
from tests.conftest import World
from tests.factories.accounts import UserFactory


@pytest.fixture
def operator(db: None) -> Any:
    """A platform operator with all rights of the Django admin."""
    return UserFactory(email="operator@platform.example", full_name="Olga Operator", is_staff=True, is_superuser=True)


@pytest.fixture
def operator_client(operator: Any, client: Client) -> Client:
    """A browser signed in as the operator, outside every tenant."""
    client.force_login(operator)
    return client


@pytest.fixture
def inside(operator_client: Client, acme: World) -> Client:
    """The operator's browser inside the first tenant, by the form an operator fills in."""
    response = operator_client.post("/admin/tenant/", {"tenant": acme.tenant.pk, "reason": "Case 4711, imports fail"})
    assert response.status_code == 302
    assert SESSION_KEY in operator_client.session
    return operator_client
