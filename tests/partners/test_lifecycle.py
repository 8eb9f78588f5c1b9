"""The status table: every pair of statuses, every role, and what a move leaves behind."""

from datetime import date, timedelta

import pytest

from partners.choices import PartnerStatus as S
from partners.lifecycle import PARTNER_LIFECYCLE, moves_for
from partners.models import Partner, StatusChange
from partners.services.status import change_status
from prm.access.actor import Actor
from prm.access.permissions import Can, permissions_of
from prm.access.roles import ALL_PARTNER, Role
from prm.accounts.models import Invitation, PartnerAccess
from prm.accounts.services.invitations import invite_to_partner
from prm.audit.models import AuditEntry
from prm.errors import Conflict, InvalidInput
from tests.factories.partners import PartnerFactory

pytestmark = pytest.mark.django_db

ALLOWED = {
    (S.PROSPECT, S.APPLICANT),
    (S.PROSPECT, S.ONBOARDING),
    (S.PROSPECT, S.ACTIVE),
    (S.PROSPECT, S.TERMINATED),
    (S.APPLICANT, S.PROSPECT),
    (S.APPLICANT, S.ONBOARDING),
    (S.APPLICANT, S.ACTIVE),
    (S.APPLICANT, S.TERMINATED),
    (S.ONBOARDING, S.APPLICANT),
    (S.ONBOARDING, S.ACTIVE),
    (S.ONBOARDING, S.TERMINATED),
    (S.ACTIVE, S.ONBOARDING),
    (S.ACTIVE, S.SUSPENDED),
    (S.ACTIVE, S.TERMINATED),
    (S.SUSPENDED, S.ACTIVE),
    (S.SUSPENDED, S.TERMINATED),
    (S.TERMINATED, S.ONBOARDING),
}
WITHOUT_REASON = {
    (S.PROSPECT, S.APPLICANT),
    (S.PROSPECT, S.ONBOARDING),
    (S.PROSPECT, S.ACTIVE),
    (S.APPLICANT, S.ONBOARDING),
    (S.APPLICANT, S.ACTIVE),
    (S.ONBOARDING, S.ACTIVE),
}
PAIRS = [(source, target) for source in S for target in S]
MOVES_A_CHANNEL_MANAGER = {pair for pair in ALLOWED if S.TERMINATED not in pair}


@pytest.fixture
def actor(in_scope):
    return Actor.of_user(in_scope.admin)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_pair_of_statuses_moves_or_is_refused(in_scope, actor, source, target):
    partner = PartnerFactory(status=source)
    is_allowed = (source, target) in ALLOWED

    refused = ""
    try:
        change_status(partner=partner, target=target, actor=actor, reason="Agreed in the meeting.")
    except Conflict as refusal:
        refused = refusal.code

    assert refused == ("" if is_allowed else "illegal_move")
    assert Partner.objects.get(pk=partner.pk).status == (target if is_allowed else source)
    assert StatusChange.objects.filter(partner=partner).count() == int(is_allowed)
    assert AuditEntry.objects.filter(partner_id=partner.pk).count() == int(is_allowed)


@pytest.mark.parametrize(("source", "target"), sorted(ALLOWED))
def test_a_reason_is_asked_for_where_somebody_will_ask(in_scope, actor, source, target):
    partner = PartnerFactory(status=source)
    needs_reason = (source, target) not in WITHOUT_REASON

    refused = ("", "")
    try:
        change_status(partner=partner, target=target, actor=actor, reason="   ")
    except InvalidInput as refusal:
        refused = (refusal.field, refusal.code)

    assert refused == (("reason", "required") if needs_reason else ("", ""))
    assert Partner.objects.get(pk=partner.pk).status == (source if needs_reason else target)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("source", S)
def test_a_role_is_offered_exactly_its_moves(role, source):
    expected = {
        Role.TENANT_ADMIN: ALLOWED,
        Role.PROGRAMME_MANAGER: ALLOWED,
        Role.CHANNEL_MANAGER: MOVES_A_CHANNEL_MANAGER,
    }.get(role, set())

    offered = {(move.source, move.target) for move in moves_for(source, Can(permissions_of(role)))}

    assert offered == {pair for pair in expected if pair[0] == source}


def test_the_refusal_names_both_statuses_and_what_is_possible():
    with pytest.raises(Conflict) as refusal:
        PARTNER_LIFECYCLE.check(S.SUSPENDED, S.PROSPECT)

    assert str(refusal.value.message) == (
        "This partner is at “Suspended” and cannot go to “Prospect”. Possible: Active, Terminated."
    )


def test_a_move_keeps_actor_reason_and_day(in_scope, actor):
    partner = PartnerFactory(status=S.ACTIVE)

    change_status(
        partner=partner, target=S.SUSPENDED, actor=actor, reason=" Unpaid invoices. ", effective_on=date(2026, 1, 31)
    )

    change = StatusChange.objects.get(partner=partner)
    assert (change.source, change.target) == ("active", "suspended")
    assert (change.reason, change.effective_on, change.actor_label) == (
        "Unpaid invoices.",
        date(2026, 1, 31),
        str(in_scope.admin),
    )
    entry = AuditEntry.objects.get(partner_id=partner.pk)
    assert (entry.action, entry.reason, entry.actor_user_id) == (
        "partner.status_changed",
        "Unpaid invoices.",
        in_scope.admin.pk,
    )
    assert entry.changes == {"status": ["active", "suspended"], "effective_on": [None, "2026-01-31"]}


def test_a_status_does_not_change_in_the_future(in_scope, actor):
    partner = PartnerFactory(status=S.ACTIVE)

    with pytest.raises(InvalidInput) as refusal:
        change_status(
            partner=partner,
            target=S.SUSPENDED,
            actor=actor,
            reason="Later",
            effective_on=date.today() + timedelta(days=3),  # noqa: DTZ011  (any day safely ahead)
        )

    assert refusal.value.code == "in_future"
    assert Partner.objects.get(pk=partner.pk).status == S.ACTIVE


def test_termination_ends_access_and_invitations_at_once(in_scope, actor, client):
    partner, tenant = in_scope.partner, in_scope.tenant
    invitation = invite_to_partner(
        actor=actor,
        partner_id=partner.pk,
        partner_public_id=partner.public_id,
        partner_name=partner.name,
        email="new@partner.example",
        role=Role.PARTNER_MEMBER,
    )

    change_status(partner=partner, target=S.TERMINATED, actor=actor, reason="Contract ended.")

    assert not PartnerAccess.objects.filter(tenant=tenant, partner_id=partner.pk, is_active=True).exists()
    assert Invitation.objects.get(pk=invitation.pk).revoked_at is not None
    actions = set(AuditEntry.objects.filter(partner_id=partner.pk).values_list("action", flat=True))
    assert {"partner.status_changed", "partner_access.removed", "invitation.revoked"} <= actions


def test_termination_leaves_other_partners_and_tenants_alone(two_tenants):
    acme, beta = two_tenants
    with acme.scope():
        other = PartnerFactory()
        PartnerAccess.objects.create(
            tenant=acme.tenant,
            partner_id=other.pk,
            partner_public_id=other.public_id,
            partner_name=other.name,
            user=acme.partner_user,
            role=Role.PARTNER_MEMBER,
        )

        change_status(partner=acme.partner, target=S.TERMINATED, actor=Actor.of_user(acme.admin), reason="Ended.")

    assert list(PartnerAccess.objects.filter(is_active=True).values_list("partner_name", flat=True).order_by("pk")) == [
        beta.partner.name,
        other.name,
    ]


def test_reinstating_gives_no_access_back(in_scope, actor):
    change_status(partner=in_scope.partner, target=S.TERMINATED, actor=actor, reason="Ended.")

    change_status(partner=in_scope.partner, target=S.ONBOARDING, actor=actor, reason="Came back.")

    assert not PartnerAccess.objects.filter(partner_id=in_scope.partner.pk, is_active=True).exists()


def test_partner_roles_hold_no_move():
    assert all(not (move.permission.roles & ALL_PARTNER) for move in PARTNER_LIFECYCLE.moves)
