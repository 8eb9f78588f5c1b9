"""Invitations: who is invited to what, what the link may do, and what it may never do."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from prm.access.actor import Actor
from prm.access.roles import Role
from prm.accounts.errors import (
    AlreadyInvited,
    AlreadyThere,
    InvitationNotUsable,
    OtherPerson,
    TooManyInvitations,
    WrongRole,
)
from prm.accounts.models import Invitation, Membership, PartnerAccess, User
from prm.accounts.services import invitations as service
from prm.accounts.services.invitation_mail import mail_invitation
from prm.audit.models import AuditEntry
from prm.notifications.models import Notification
from tests.conftest import make_world
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory, UserFactory

pytestmark = pytest.mark.django_db


def invite(acme, **changes):
    values = {"actor": Actor.of_user(acme.admin), "email": "New.Person@Example.com", "role": Role.ANALYST, **changes}
    with acme.scope():
        return service.invite_member(**values)


def invite_colleague(acme, **changes):
    values = {
        "actor": Actor.of_user(acme.partner_user),
        "partner_id": acme.partner.pk,
        "partner_public_id": acme.partner.public_id,
        "partner_name": acme.partner.name,
        "email": "colleague@example.com",
        "role": Role.PARTNER_MEMBER,
        **changes,
    }
    with acme.scope():
        return service.invite_to_partner(**values)


def test_an_invitation_is_open_for_fourteen_days_and_recorded(acme):
    invitation = invite(acme)

    assert invitation.email == "new.person@example.com"
    assert timedelta(days=13, hours=23) < invitation.expires_at - timezone.now() <= timedelta(days=14)
    with acme.scope():
        assert AuditEntry.objects.get(action="invitation.created").target_label == "new.person@example.com"


def test_the_mail_carries_the_only_copy_of_the_link(acme, mailed_link, mailoutbox, token_of):
    path = mailed_link(lambda: invite(acme))

    stored = Invitation.objects.get()
    assert stored.token_hash == service.hash_token(token_of(path))
    assert token_of(path) not in str(vars(stored))
    assert mailoutbox[0].to == ["new.person@example.com"]
    assert mailoutbox[0].subject == "Join the workspace of Acme"
    assert "Analyst, read only" in mailoutbox[0].body
    assert path in mailoutbox[0].alternatives[0][0]


def test_names_in_a_mail_cannot_add_markup(acme, mailed_link, mailoutbox):
    acme.tenant.name = "<b>Acme</b> & Sons"
    acme.tenant.save()

    mailed_link(lambda: invite(acme))

    assert "<b>Acme</b> & Sons" in mailoutbox[0].body
    assert "&lt;b&gt;Acme&lt;/b&gt; &amp; Sons" in mailoutbox[0].alternatives[0][0]


@pytest.mark.parametrize("role", [Role.PARTNER_ADMIN, Role.PARTNER_MEMBER, "owner"])
def test_a_workspace_role_is_needed_for_the_workspace(acme, role):
    with pytest.raises(WrongRole):
        invite(acme, role=role)

    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", [Role.TENANT_ADMIN, Role.ANALYST])
def test_a_partner_admin_cannot_hand_out_workspace_roles(acme, role):
    with pytest.raises(WrongRole):
        invite_colleague(acme, role=role)

    assert not Invitation.objects.exists()


def test_one_open_invitation_per_person_and_place(acme):
    invite(acme)

    with pytest.raises(AlreadyInvited):
        invite(acme, email="NEW.person@example.com")
    invite_colleague(acme, email="new.person@example.com")

    assert Invitation.objects.count() == 2


def test_an_expired_invitation_makes_room_for_a_new_one(acme):
    first = invite(acme)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(minutes=1))

    second = invite(acme)

    first.refresh_from_db()
    assert first.revoked_at is not None
    assert second.is_open(timezone.now())


def test_somebody_who_is_there_cannot_be_invited_again(acme):
    with pytest.raises(AlreadyThere):
        invite(acme, email=acme.admin.email.upper())
    with pytest.raises(AlreadyThere):
        invite_colleague(acme, email=acme.partner_user.email)


def test_own_partners_only_is_kept_for_channel_managers_alone(acme):
    assert invite(acme, role=Role.CHANNEL_MANAGER, own_portfolio_only=True).own_portfolio_only
    assert not invite(acme, email="b@example.com", role=Role.FINANCE, own_portfolio_only=True).own_portfolio_only


def test_a_flood_of_invitations_is_refused(acme, monkeypatch):
    monkeypatch.setattr(service, "OPEN_PER_PARTNER", 2)
    invite_colleague(acme, email="a@example.com")
    invite_colleague(acme, email="b@example.com")

    with pytest.raises(TooManyInvitations):
        invite_colleague(acme, email="c@example.com")


def test_the_vendor_hears_when_a_partner_admin_invites(acme):
    invite_colleague(acme)

    with acme.scope():
        assert Notification.objects.get(user=acme.admin).title.endswith("to the portal of Partner of acme")


def test_the_vendor_is_not_told_what_it_did_itself(acme):
    invite_colleague(acme, actor=Actor.of_user(acme.admin))

    with acme.scope():
        assert not Notification.objects.exists()


def test_a_partner_of_another_tenant_cannot_be_invited_for(two_tenants):
    from django.db import IntegrityError

    acme, beta = two_tenants

    invite_colleague(acme, partner_id=beta.partner.pk)
    with pytest.raises(IntegrityError):
        connection.check_constraints()
    connection.set_rollback(True)


# --- Accepting ------------------------------------------------------------------------------------------------------


def test_a_stranger_gets_an_account_a_verified_address_and_the_place(acme, mailed_link, token_of):
    token = token_of(mailed_link(lambda: invite(acme)))

    user, url = service.accept_with_new_account(token=token, full_name=" Nora New ", password="a-long-password")

    membership = Membership.objects.get(user=user)
    assert (membership.tenant, membership.role) == (acme.tenant, Role.ANALYST)
    assert url == "/t/acme/"
    assert user.full_name == "Nora New"
    assert user.check_password("a-long-password")
    assert service.owns_address(user, "new.person@example.com")
    with acme.scope():
        assert AuditEntry.objects.get(action="membership.created").actor_user == user
        assert Notification.objects.get(user=acme.admin).title == "Nora New accepted your invitation"


def test_a_partner_invitation_opens_that_portal_alone(acme, mailed_link, token_of):
    token = token_of(mailed_link(lambda: invite_colleague(acme)))

    user, url = service.accept_with_new_account(token=token, full_name="Cole", password="a-long-password")

    access = PartnerAccess.objects.get(user=user)
    assert (access.partner_id, access.role) == (acme.partner.pk, Role.PARTNER_MEMBER)
    assert url == f"/portal/acme/{acme.partner.public_id}/"
    assert not Membership.objects.filter(user=user).exists()
    with acme.scope():
        inbox = Notification.objects.get(user=acme.partner_user)
    assert inbox.partner_id == acme.partner.pk
    assert inbox.url == f"/portal/acme/{acme.partner.public_id}/team/"


def test_a_known_person_accepts_with_their_own_account(acme, mailed_link, token_of):
    person = UserFactory(email="new.person@example.com")
    token = token_of(mailed_link(lambda: invite(acme)))

    service.accept_invitation(token=token, user=person)

    assert Membership.objects.get(user=person).role == Role.ANALYST


def test_a_known_address_cannot_be_taken_over_with_a_new_password(acme, mailed_link, token_of):
    person = UserFactory(email="new.person@example.com")
    token = token_of(mailed_link(lambda: invite(acme)))

    with pytest.raises(AlreadyThere):
        service.accept_with_new_account(token=token, full_name="Thief", password="another-password")

    person.refresh_from_db()
    assert not person.check_password("another-password")
    assert not Membership.objects.filter(user=person).exists()


def test_another_person_cannot_accept(acme, mailed_link, token_of):
    token = token_of(mailed_link(lambda: invite(acme)))

    with pytest.raises(OtherPerson):
        service.accept_invitation(token=token, user=UserFactory())

    assert Invitation.objects.get().accepted_at is None


def test_an_unverified_address_does_not_count(acme, mailed_link, token_of):
    person = UserFactory(email="new.person@example.com")
    person.emailaddress_set.update(verified=False)
    token = token_of(mailed_link(lambda: invite(acme)))

    with pytest.raises(OtherPerson):
        service.accept_invitation(token=token, user=person)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda row: setattr(row, "expires_at", timezone.now()), "expired"),
        (lambda row: setattr(row, "revoked_at", timezone.now()), "revoked"),
        (lambda row: setattr(row, "accepted_at", timezone.now()), "used"),
        (lambda row: setattr(row, "token_hash", "0" * 64), "unknown"),
    ],
)
def test_a_dead_link_is_refused_with_its_reason(acme, mailed_link, token_of, change, reason):
    token = token_of(mailed_link(lambda: invite(acme)))
    invitation = Invitation.objects.get()
    change(invitation)
    invitation.save()

    with pytest.raises(InvitationNotUsable) as refusal:
        service.accept_with_new_account(token=token, full_name="N", password="a-long-password")

    assert refusal.value.reason == reason
    assert not User.objects.filter(email="new.person@example.com").exists()


def test_a_closed_workspace_takes_nobody_in(acme, mailed_link, token_of):
    token = token_of(mailed_link(lambda: invite(acme)))
    acme.tenant.is_active = False
    acme.tenant.save()

    with pytest.raises(InvitationNotUsable) as refusal:
        service.find_invitation(token, at=timezone.now())

    assert refusal.value.reason == "closed"


def test_a_former_member_comes_back_in_the_invited_role(acme, mailed_link, token_of):
    former = MembershipFactory(tenant=acme.tenant, role=Role.TENANT_ADMIN, is_active=False).user
    token = token_of(mailed_link(lambda: invite(acme, email=former.email)))

    service.accept_invitation(token=token, user=former)

    membership = Membership.objects.get(user=former)
    assert (membership.is_active, membership.role) == (True, Role.ANALYST)


# --- Sending again, taking back -------------------------------------------------------------------------------------


def test_sending_again_makes_a_new_link_and_kills_the_old(acme, mailed_link, token_of, admin_actor):
    first = token_of(mailed_link(lambda: invite(acme)))
    invitation = Invitation.objects.get()
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))

    def again():
        with acme.scope():
            service.resend_invitation(invitation=invitation, actor=admin_actor)

    second = token_of(mailed_link(again))

    assert first != second
    assert service.find_invitation(second, at=timezone.now()) == invitation
    with pytest.raises(InvitationNotUsable):
        service.find_invitation(first, at=timezone.now())


def test_sending_again_at_once_is_refused(acme, admin_actor):
    invitation = invite(acme)

    with acme.scope(), pytest.raises(TooManyInvitations):
        service.resend_invitation(invitation=invitation, actor=admin_actor)


def test_a_revoked_invitation_is_dead_and_cannot_be_sent_again(acme, admin_actor):
    invitation = invite(acme)

    with acme.scope():
        service.revoke_invitation(invitation=invitation, actor=admin_actor, reason="Left before starting")
        with pytest.raises(InvitationNotUsable):
            service.resend_invitation(invitation=invitation, actor=admin_actor)
        assert AuditEntry.objects.get(action="invitation.revoked").reason == "Left before starting"


def test_no_mail_leaves_for_an_invitation_revoked_meanwhile(acme, admin_actor, mailoutbox):
    invitation = invite(acme)
    with acme.scope():
        service.revoke_invitation(invitation=invitation, actor=admin_actor)

    assert mail_invitation(tenant_id=acme.tenant.pk, invitation_id=invitation.pk) is False
    assert mailoutbox == []


def test_another_tenants_invitation_is_out_of_reach(two_tenants, admin_actor):
    acme, beta = two_tenants
    invitation = invite(beta)

    with acme.scope(), pytest.raises(Invitation.DoesNotExist):
        service.revoke_invitation(invitation=invitation, actor=admin_actor)


@pytest.mark.django_db(transaction=True)
def test_two_acceptances_at_once_make_one_place():
    acme = make_world("acme")
    with acme.scope():
        invitation = service.invite_member(
            actor=Actor.of_user(acme.admin), email="new.person@example.com", role=Role.ANALYST
        )
    Invitation.objects.filter(pk=invitation.pk).update(token_hash=service.hash_token("token"))
    start, outcomes = threading.Barrier(2), []

    def accept():
        try:
            start.wait(5)
            service.accept_with_new_account(token="token", full_name="Nora", password="a-long-password")
            outcomes.append("accepted")
        except InvitationNotUsable as refusal:
            outcomes.append(refusal.reason)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=accept) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join(20) for thread in threads]

    assert sorted(outcomes) == ["accepted", "used"]
    assert User.objects.filter(email="new.person@example.com").count() == 1
    assert Membership.objects.filter(user__email="new.person@example.com").count() == 1
    with acme.scope():
        assert AuditEntry.objects.filter(action="membership.created").count() == 1


def test_partner_colleagues_of_two_partners_do_not_mix(acme):
    with acme.scope():
        from tests.factories.partners import PartnerFactory

        other = PartnerFactory(name="Other partner")
        PartnerAccessFactory(partner=other, user__email="colleague@example.com")

    invitation = invite_colleague(acme, email="colleague@example.com")

    assert invitation.partner_id == acme.partner.pk
