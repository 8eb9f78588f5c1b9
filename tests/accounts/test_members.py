"""The workspace's people and a partner's team: roles, switching off, and the last admin."""

import threading

import pytest
from django.db import connections

from prm.access.actor import Actor
from prm.access.roles import Role
from prm.accounts.errors import LastAdmin, WrongRole
from prm.accounts.models import Membership, PartnerAccess
from prm.accounts.services.members import change_member, deactivate_member, reactivate_member
from prm.accounts.services.team import change_partner_access, remove_partner_access
from prm.audit.models import AuditEntry
from prm.notifications.models import Notification
from tests.conftest import make_world
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory

pytestmark = pytest.mark.django_db


def test_a_role_change_is_recorded_with_before_and_after(in_scope, admin_actor):
    member = MembershipFactory(tenant=in_scope.tenant, role=Role.ANALYST)

    change_member(membership=member, actor=admin_actor, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)

    member.refresh_from_db()
    assert member.sees_own_partners_only
    entry = AuditEntry.objects.get(action="membership.updated")
    assert entry.changes == {"role": ["analyst", "channel_manager"], "own_portfolio_only": [False, True]}


def test_saving_without_a_change_records_nothing(in_scope, admin_actor):
    member = MembershipFactory(tenant=in_scope.tenant, role=Role.ANALYST)

    change_member(membership=member, actor=admin_actor, role=Role.ANALYST)

    assert not AuditEntry.objects.exists()


def test_a_portal_role_is_refused_in_the_workspace(in_scope, admin_actor):
    member = MembershipFactory(tenant=in_scope.tenant, role=Role.ANALYST)

    with pytest.raises(WrongRole):
        change_member(membership=member, actor=admin_actor, role=Role.PARTNER_ADMIN)


def test_the_last_admin_can_neither_be_demoted_nor_switched_off(in_scope, admin_actor, admin_membership):
    MembershipFactory(tenant=in_scope.tenant, role=Role.TENANT_ADMIN, is_active=False)

    with pytest.raises(LastAdmin):
        change_member(membership=admin_membership, actor=admin_actor, role=Role.ANALYST)
    with pytest.raises(LastAdmin):
        deactivate_member(membership=admin_membership, actor=admin_actor)

    admin_membership.refresh_from_db()
    assert (admin_membership.role, admin_membership.is_active) == (Role.TENANT_ADMIN, True)
    assert not AuditEntry.objects.exists()


def test_one_of_two_admins_may_go(in_scope, admin_actor, admin_membership):
    MembershipFactory(tenant=in_scope.tenant, role=Role.TENANT_ADMIN)

    deactivate_member(membership=admin_membership, actor=admin_actor, reason="Changed jobs")

    admin_membership.refresh_from_db()
    assert not admin_membership.is_active
    assert AuditEntry.objects.get(action="membership.deactivated").reason == "Changed jobs"


def test_reactivation_keeps_the_role(in_scope, admin_actor):
    member = MembershipFactory(tenant=in_scope.tenant, role=Role.FINANCE, is_active=False)

    reactivate_member(membership=member, actor=admin_actor)

    member.refresh_from_db()
    assert (member.is_active, member.role) == (True, Role.FINANCE)


def test_a_member_of_another_tenant_is_out_of_reach(two_tenants, admin_actor):
    acme, beta = two_tenants
    foreign = Membership.objects.get(user=beta.admin)

    with acme.scope(), pytest.raises(Membership.DoesNotExist):
        deactivate_member(membership=foreign, actor=admin_actor)


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_remove_each_other_at_once_leave_one():
    acme = make_world("acme")
    first = Membership.objects.get(user=acme.admin)
    second = MembershipFactory(tenant=acme.tenant, role=Role.TENANT_ADMIN)
    start, outcomes = threading.Barrier(2), []

    def remove(member, by):
        try:
            start.wait(5)
            with acme.scope():
                deactivate_member(membership=member, actor=Actor.of_user(by.user))
            outcomes.append("removed")
        except LastAdmin:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=remove, args=(first, second)),
        threading.Thread(target=remove, args=(second, first)),
    ]
    [thread.start() for thread in threads]
    [thread.join(20) for thread in threads]

    assert sorted(outcomes) == ["refused", "removed"]
    assert Membership.objects.filter(tenant=acme.tenant, role=Role.TENANT_ADMIN, is_active=True).count() == 1


# --- A partner's team -----------------------------------------------------------------------------------------------


@pytest.fixture
def partner_actor(acme):
    return Actor.of_user(acme.partner_user)


def test_the_last_partner_admin_cannot_remove_or_demote_themselves(in_scope, partner_access, partner_actor):
    with pytest.raises(LastAdmin):
        remove_partner_access(access=partner_access, actor=partner_actor)
    with pytest.raises(LastAdmin):
        change_partner_access(access=partner_access, role=Role.PARTNER_MEMBER, actor=partner_actor)

    partner_access.refresh_from_db()
    assert (partner_access.is_active, partner_access.role) == (True, Role.PARTNER_ADMIN)
    assert not Notification.objects.exists()


def test_an_admin_of_another_partner_does_not_count(in_scope, partner_access, partner_actor):
    from tests.factories.partners import PartnerFactory

    PartnerAccessFactory(partner=PartnerFactory(), role=Role.PARTNER_ADMIN)

    with pytest.raises(LastAdmin):
        remove_partner_access(access=partner_access, actor=partner_actor)


def test_removing_a_colleague_tells_the_vendor(in_scope, partner_actor):
    colleague = PartnerAccessFactory(partner=in_scope.partner, role=Role.PARTNER_MEMBER, user__full_name="Cole")

    remove_partner_access(access=colleague, actor=partner_actor)

    colleague.refresh_from_db()
    assert not colleague.is_active
    message = Notification.objects.get(user=in_scope.admin)
    assert message.title == f"{in_scope.partner_user} removed Cole from the portal of Partner of acme"
    assert AuditEntry.objects.get(action="partner_access.removed").partner_id == in_scope.partner.pk


def test_the_partners_owner_hears_rather_than_the_admins(in_scope, partner_actor):
    owner = MembershipFactory(tenant=in_scope.tenant, role=Role.CHANNEL_MANAGER).user
    in_scope.partner.owner = owner
    in_scope.partner.save()
    colleague = PartnerAccessFactory(partner=in_scope.partner, role=Role.PARTNER_MEMBER)

    change_partner_access(access=colleague, role=Role.PARTNER_ADMIN, actor=partner_actor)

    assert [row.user for row in Notification.objects.all()] == [owner]


def test_the_vendor_may_remove_the_last_partner_admin(in_scope, partner_access, admin_actor):
    remove_partner_access(access=partner_access, actor=admin_actor, by_vendor=True)

    assert not PartnerAccess.objects.get(pk=partner_access.pk).is_active
    assert not Notification.objects.exists()


# --- Effect ---------------------------------------------------------------------------------------------------------


def test_a_deactivated_member_meets_404_with_the_next_request(acme, manager_client, admin_actor, admin_membership):
    MembershipFactory(tenant=acme.tenant, role=Role.TENANT_ADMIN)
    before = manager_client.get("/t/acme/settings/roles/").status_code
    with acme.scope():
        deactivate_member(membership=admin_membership, actor=admin_actor)

    after = manager_client.get("/t/acme/settings/roles/").status_code

    assert (before, after) == (200, 404)


def test_a_removed_colleague_meets_404_with_the_next_request(acme, client):
    with acme.scope():
        access = PartnerAccessFactory(partner=acme.partner, role=Role.PARTNER_MEMBER)
    client.force_login(access.user)
    page = f"/portal/acme/{acme.partner.public_id}/team/"
    before = client.get(page).status_code
    with acme.scope():
        remove_partner_access(access=access, actor=Actor.of_user(acme.partner_user))

    after = client.get(page).status_code

    assert (before, after) == (200, 404)
