"""Reference data: kept while requests only read, and read anew after every change, whoever makes it."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from partners.models import Programme, Region, Tier
from partners.reference import regions_by_id
from prm.tenancy.models import ReferenceChange, Tenant
from prm.tenancy.reference import kept_reference, reference_changed
from prm.tenancy.scope import tenant_scope
from tests.factories.partners import RegionFactory, TierAssignmentFactory, TierFactory

pytestmark = pytest.mark.django_db


def _fresh(tenant: Tenant) -> Tenant:
    """The tenant as a request reads it."""
    return Tenant.objects.select_related("reference_change").get(pk=tenant.pk)


def _names(tenant: Tenant) -> list[str]:
    with kept_reference(_fresh(tenant)):
        return [row.name for row in regions_by_id().values()]


def test_kept_between_requests(in_scope):
    RegionFactory(name="North")
    assert _names(in_scope.tenant) == ["North"]
    with kept_reference(_fresh(in_scope.tenant)), CaptureQueriesContext(connection) as asked:
        regions_by_id()
    assert len(asked) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda: RegionFactory(name="South"),
        lambda: Region.objects.update(name="East"),
        lambda: Region.objects.all().delete(),
        lambda: Region.objects.bulk_create([Region(key="a", name="A"), Region(key="b", name="B")]),
        lambda: _by_hand("UPDATE partners_region SET name = 'By hand'"),
    ],
    ids=["create", "update", "delete", "bulk_create", "sql"],
)
def test_every_change_is_seen(in_scope, change):
    RegionFactory(name="North")
    before = _names(in_scope.tenant)
    change()
    assert _names(in_scope.tenant) == sorted(Region.objects.values_list("name", flat=True)) != before


def _by_hand(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_change_that_is_rolled_back_leaves_nothing(in_scope):
    """Another change must not get the number of the one that never was."""
    RegionFactory(name="North")
    with transaction.atomic():
        Region.objects.update(name="Never")
        assert _names(in_scope.tenant) == ["Never"]
        transaction.set_rollback(True)
    Region.objects.update(name="South")
    assert _names(in_scope.tenant) == ["South"]


def test_writing_work_reads_for_itself(in_scope):
    RegionFactory(name="North")
    _names(in_scope.tenant)
    with CaptureQueriesContext(connection) as asked:
        regions_by_id()
    assert len(asked) == 1


def test_tenants_keep_their_own(in_scope, two_tenants):
    RegionFactory(name="Ours")
    with tenant_scope(two_tenants[1].tenant):
        RegionFactory(name="Theirs")
    assert _names(in_scope.tenant) == ["Ours"]
    with tenant_scope(two_tenants[1].tenant):
        assert _names(two_tenants[1].tenant) == ["Theirs"]
        with kept_reference(_fresh(in_scope.tenant)):  # a scope of another tenant than the one whose number is known
            assert [row.name for row in regions_by_id().values()] == ["Theirs"]


def test_change_in_one_tenant_leaves_the_others(in_scope, two_tenants):
    with tenant_scope(two_tenants[1].tenant):
        RegionFactory()
    number = ReferenceChange.objects.get(tenant=two_tenants[1].tenant).number
    RegionFactory()
    assert ReferenceChange.objects.get(tenant=two_tenants[1].tenant).number == number


def test_tenant_without_changes_keeps_nothing(in_scope):
    ReferenceChange.objects.filter(tenant=in_scope.tenant).delete()
    assert _names(in_scope.tenant) == []
    with kept_reference(_fresh(in_scope.tenant)), CaptureQueriesContext(connection) as asked:
        regions_by_id()
    assert len(asked) == 1


def test_said_by_hand(in_scope):
    reference_changed()
    first = ReferenceChange.objects.get(tenant=in_scope.tenant).number
    reference_changed()
    assert ReferenceChange.objects.get(tenant=in_scope.tenant).number > first


def test_nothing_is_written_for_a_tenant_that_goes(two_tenants):
    """Its rows are deleted with it; a new number would point at nobody."""
    with two_tenants[1].scope():
        RegionFactory()
        ReferenceChange.objects.filter(tenant=two_tenants[1].tenant).delete()
        Region.objects.all().delete()
    assert not ReferenceChange.objects.filter(tenant=two_tenants[1].tenant).exists()


def test_pages_read_it_once(acme, manager_client):
    """A page shows the change of a moment ago, and asks nothing again when there was none."""
    with acme.scope():
        TierFactory(programme=Programme.objects.get(), name="Gold")
        tier = Tier.objects.get()
        TierAssignmentFactory(partner=acme.partner, programme=tier.programme, tier=tier)
    address = f"/t/{acme.tenant.slug}/partners/"
    assert "Gold" in manager_client.get(address).content.decode()
    with CaptureQueriesContext(connection) as second:
        manager_client.get(address)
    assert not [row["sql"] for row in second.captured_queries if 'FROM "partners_tier"' in row["sql"]]
    with acme.scope():
        tier.name = "Platinum"
        tier.save()
    assert "Platinum" in manager_client.get(address).content.decode()
