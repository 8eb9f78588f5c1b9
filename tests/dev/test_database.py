"""The test database itself: whose role runs, and that transactional tests leave it empty."""

import pytest
from django.db import connection

from prm.tenancy.models import Tenant


def _one(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_the_tests_run_as_the_role_that_owns_nothing() -> None:
    assert _one("SELECT current_user") == "prm_app"
    assert _one("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = 'prm_app'") == 0
    assert _one("SELECT rolsuper OR rolbypassrls OR rolcreatedb FROM pg_roles WHERE rolname = 'prm_app'") is False


@pytest.mark.django_db
def test_the_application_role_cannot_create_tables() -> None:
    assert _one("SELECT has_schema_privilege('prm_app', 'public', 'CREATE')") is False


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", [1, 2])
def test_a_transactional_test_leaves_nothing_to_the_next(_round: int) -> None:
    assert not Tenant.objects.exists()

    Tenant.objects.create(slug="left-behind", name="Left behind")
