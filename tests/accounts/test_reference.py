"""The people of a workspace are kept between requests, and read anew when one of them changes."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from prm.access.roles import Role
from prm.accounts.models import Membership, User
from prm.accounts.reference import Member, members_at_work, members_by_user
from prm.tenancy.models import Tenant
from prm.tenancy.reference import kept_reference
from prm.tenancy.scope import tenant_scope
from tests.conftest import World
from tests.factories.accounts import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def _kept(tenant: Tenant) -> dict[int, Member]:
    """What a request reads, and that a second one asks nothing."""
    fresh = Tenant.objects.select_related("reference_change").get(pk=tenant.pk)
    with tenant_scope(tenant), kept_reference(fresh):
        members_by_user()
        with CaptureQueriesContext(connection) as asked:
            found = members_by_user()
    assert len(asked) == 0
    return dict(found)


def test_members_are_named_in_order_with_what_they_may_do(in_scope: World) -> None:
    MembershipFactory(tenant=in_scope.tenant, user=UserFactory(full_name="Zoe"), role=Role.ANALYST)
    MembershipFactory(tenant=in_scope.tenant, user=UserFactory(full_name="Abe"), is_active=False)
    MembershipFactory(tenant=in_scope.tenant, user=UserFactory(full_name="Ben", is_active=False))

    members = list(members_by_user().values())

    assert [one.name for one in members] == sorted(one.name for one in members)
    assert {one.name: (one.is_active, one.may_work) for one in members if one.name in ("Zoe", "Abe", "Ben")} == {
        "Zoe": (True, True),
        "Abe": (False, False),
        "Ben": (True, False),
    }
    assert {"Abe", "Ben"}.isdisjoint(one.name for one in members_at_work())


@pytest.mark.parametrize(
    "change",
    [
        lambda person: User.objects.filter(pk=person.pk).update(full_name="Another name"),
        lambda person: User.objects.filter(pk=person.pk).update(is_active=False),
        lambda person: Membership.objects.filter(user=person).update(role=Role.ANALYST),
        lambda person: Membership.objects.filter(user=person).update(is_active=False),
        lambda person: Membership.objects.filter(user=person).delete(),
    ],
    ids=["name", "sign-in", "role", "place", "place deleted"],
)
def test_every_change_of_a_person_is_seen(two_tenants: tuple[World, World], change: Callable[[User], object]) -> None:
    acme, beta = two_tenants
    person = UserFactory(full_name="One name")
    for world in two_tenants:
        MembershipFactory(tenant=world.tenant, user=person, role=Role.CHANNEL_MANAGER)
    before = [_kept(world.tenant)[person.pk] for world in (acme, beta)]

    change(person)

    assert [one.name for one in before] == ["One name"] * 2
    assert _kept(acme.tenant).get(person.pk) != before[0]
    assert _kept(beta.tenant).get(person.pk) != before[1]


def test_a_visit_and_a_sign_in_leave_it_kept(acme: World) -> None:
    def number() -> int:
        return Tenant.objects.select_related("reference_change").get(pk=acme.tenant.pk).reference_change.number

    before = number()

    Membership.objects.filter(tenant=acme.tenant).update(last_seen_at=timezone.now())
    User.objects.update(last_login=timezone.now())

    assert number() == before
