"""The two walls: the ORM refuses outside a scope, PostgreSQL shows nothing of another tenant."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import Count

from partners.models import Partner, PartnerType, Region
from prm.tenancy.models import Tenant
from prm.tenancy.scope import (
    TenantScopeError,
    current_scope,
    tenant_scope,
    without_wall,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def two():
    acme, beta = (Tenant.objects.create(slug=slug, name=slug.title()) for slug in ("acme", "beta"))
    for tenant in (acme, beta):
        with tenant_scope(tenant):
            PartnerType.objects.create(key="reseller", name=f"Reseller of {tenant.name}")
    return acme, beta


@pytest.mark.parametrize(
    "statement",
    [
        lambda: list(PartnerType.objects.all()),
        lambda: PartnerType.objects.exists(),
        lambda: PartnerType.objects.count(),
        lambda: PartnerType.objects.aggregate(n=Count("id")),
        lambda: PartnerType.objects.update(name="x"),
        lambda: PartnerType.objects.all().delete(),
        lambda: PartnerType.objects.filter(pk__in=Region.objects.values("pk")).first(),
        lambda: PartnerType.objects.bulk_create([PartnerType(key="k", name="n")]),
        lambda: PartnerType(key="k", name="n").save(),
        lambda: list(Tenant.objects.filter(pk__in=PartnerType.objects.values("tenant_id"))),
    ],
)
def test_orm_refuses_outside_a_scope(two, statement):
    with pytest.raises(TenantScopeError):
        statement()


def test_scope_shows_only_its_tenant(two):
    acme, _beta = two

    with tenant_scope(acme):
        names = [row.name for row in PartnerType.objects.all()]

    assert names == ["Reseller of Acme"]


def test_nested_scope_restores_the_outer_one(two):
    acme, beta = two

    with tenant_scope(acme):
        with tenant_scope(beta):
            inner = PartnerType.objects.get().name
        outer = PartnerType.objects.get().name

    assert (inner, outer) == ("Reseller of Beta", "Reseller of Acme")
    assert current_scope() is None


def test_scope_is_restored_after_an_exception_inside(two):
    acme, beta = two

    with tenant_scope(acme):
        with pytest.raises(ZeroDivisionError), tenant_scope(beta):
            1 / 0  # noqa: B018
        assert PartnerType.objects.get().name == "Reseller of Acme"


def test_raw_sql_sees_only_the_scope_and_nothing_without_one(two):
    acme, _beta = two
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM partners_partnertype")
        assert cursor.fetchone() == (0,)
        with tenant_scope(acme):
            cursor.execute("SELECT name FROM partners_partnertype")
            assert cursor.fetchall() == [("Reseller of Acme",)]
        cursor.execute("SELECT count(*) FROM partners_partnertype")
        assert cursor.fetchone() == (0,)


def test_raw_sql_cannot_write_into_another_tenant(two):
    acme, beta = two

    with (
        tenant_scope(acme),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        connection.cursor().execute(
            "INSERT INTO partners_region (tenant_id, key, name) VALUES (%s, 'x', 'X')",
            [beta.pk],
        )


@transaction.atomic
def create_partner_of_type(type_id):
    Partner.objects.create(external_id="1", name="P", partner_type_id=type_id)
    connection.check_constraints()


def test_a_row_cannot_point_into_another_tenant(two):
    acme, beta = two
    with tenant_scope(beta):
        foreign = PartnerType.objects.get()

    with tenant_scope(acme), pytest.raises(IntegrityError):
        create_partner_of_type(foreign.pk)


def test_saving_a_row_of_another_tenant_is_refused(two):
    acme, beta = two
    with tenant_scope(beta):
        foreign = PartnerType.objects.get()

    with tenant_scope(acme), pytest.raises(TenantScopeError):
        foreign.save()


def test_lifting_the_orm_wall_still_leaves_the_database_wall(two):
    with without_wall("test"):
        assert PartnerType.objects.count() == 0
