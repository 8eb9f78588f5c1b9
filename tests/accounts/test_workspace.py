"""Settings of the workspace, API keys, places, notifications, the audit trail's reads."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from prm.access.permissions import permissions_of
from prm.access.roles import Role
from prm.accounts.errors import SettingsLocked
from prm.accounts.places import places_of
from prm.accounts.services.workspace import update_workspace
from prm.api.authentication import hash_key
from prm.api.models import ApiKey
from prm.api.services import create_api_key, revoke_api_key
from prm.audit.models import AuditEntry
from prm.audit.queries import AuditFilter, filtered, visible_entries
from prm.audit.services import record
from prm.errors import InvalidInput
from prm.notifications.models import Notification
from prm.notifications.services import mark_read, notify
from prm.tenancy import changes
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory, TenantFactory, UserFactory
from tests.factories.partners import PartnerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch):
    """What higher apps hear of a change."""
    heard = []
    monkeypatch.setattr(changes, "_handlers", [lambda tenant, fields: heard.append((tenant.slug, fields))])
    return heard


def test_settings_change_is_saved_recorded_and_told(in_scope, admin_actor, told):
    update_workspace(actor=admin_actor, name="Acme Group", night_hour=3)

    in_scope.tenant.refresh_from_db()
    assert (in_scope.tenant.name, in_scope.tenant.night_hour) == ("Acme Group", 3)
    assert AuditEntry.objects.get(action="workspace.updated").changes == {
        "name": ["Acme", "Acme Group"],
        "night_hour": [2, 3],
    }
    assert told == [("acme", frozenset({"name", "night_hour"}))]


def test_nothing_changed_tells_nobody(in_scope, admin_actor, told):
    update_workspace(actor=admin_actor, name=in_scope.tenant.name)

    assert told == []
    assert not AuditEntry.objects.exists()


def test_the_currency_is_fixed_once_amounts_exist(in_scope, admin_actor, monkeypatch, told):
    monkeypatch.setattr(changes, "_amount_providers", [lambda: True])

    with pytest.raises(SettingsLocked) as refusal:
        update_workspace(actor=admin_actor, currency="USD")

    assert refusal.value.field == "currency"
    in_scope.tenant.refresh_from_db()
    assert in_scope.tenant.currency == "EUR"
    assert told == []


def test_another_fiscal_year_needs_a_yes_once_results_exist(in_scope, admin_actor, monkeypatch, told):
    monkeypatch.setattr(changes, "_period_providers", [lambda: True])

    with pytest.raises(SettingsLocked) as refusal:
        update_workspace(actor=admin_actor, fiscal_year_start=4)
    update_workspace(actor=admin_actor, fiscal_year_start=4, confirmed=True)

    assert refusal.value.code == "needs_confirmation"
    in_scope.tenant.refresh_from_db()
    assert in_scope.tenant.fiscal_year_start == 4
    assert told == [("acme", frozenset({"fiscal_year_start"}))]


@pytest.mark.parametrize("values", [{"timezone": "Mars/Base"}, {"currency": "euro"}, {"night_hour": 24}, {"name": ""}])
def test_impossible_settings_are_refused(in_scope, admin_actor, values):
    with pytest.raises(ValidationError):
        update_workspace(actor=admin_actor, **values)

    assert not AuditEntry.objects.exists()


def test_the_slug_is_not_a_setting(in_scope, admin_actor):
    with pytest.raises(ValueError, match="slug"):
        update_workspace(actor=admin_actor, slug="other")


# --- API keys -------------------------------------------------------------------------------------------------------


def test_a_key_is_stored_as_a_hash_and_works_until_revoked(in_scope, admin_actor):
    key, text = create_api_key(actor=admin_actor, name=" ERP ", scopes=["partner:view"])

    assert (key.name, key.prefix) == ("ERP", text[:12])
    assert key.key_hash == hash_key(text)
    assert text not in str(vars(key))
    revoke_api_key(key=key, actor=admin_actor)
    revoke_api_key(key=key, actor=admin_actor)
    assert AuditEntry.objects.filter(action="api_key.revoked").count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["no:such"]}, "scopes"),
        ({"scopes": ["portal:home"]}, "scopes"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "expires_on"),
    ],
)
def test_a_useless_key_is_refused(in_scope, admin_actor, values, field):
    with pytest.raises(InvalidInput) as refusal:
        create_api_key(**{"actor": admin_actor, "name": "ERP", "scopes": ["partner:view"], **values})

    assert refusal.value.field == field
    assert not ApiKey.objects.exists()


def test_another_tenants_key_cannot_be_revoked(two_tenants, admin_actor):
    acme, beta = two_tenants
    with beta.scope():
        key, _text = create_api_key(actor=admin_actor, name="ERP", scopes=["partner:view"])

    with acme.scope(), pytest.raises(ApiKey.DoesNotExist):
        revoke_api_key(key=key, actor=admin_actor)


# --- Places ---------------------------------------------------------------------------------------------------------


def test_places_are_the_persons_own_and_the_last_used_first(acme, django_assert_num_queries):
    person = UserFactory()
    old = MembershipFactory(user=person, tenant=acme.tenant, role=Role.ANALYST, last_seen_at=None)
    recent = MembershipFactory(user=person, last_seen_at=timezone.now())
    MembershipFactory(user=person, is_active=False)
    MembershipFactory(user=person, tenant=TenantFactory(is_active=False))
    with acme.scope():
        PartnerAccessFactory(user=person, partner=acme.partner)

    with django_assert_num_queries(1):
        places = places_of(person)

    assert [place.name for place in places.workspaces] == [recent.tenant.name, old.tenant.name]
    assert [place.detail for place in places.portals] == ["Partner admin, Partner of acme"]
    assert places.only is None


# --- Notifications --------------------------------------------------------------------------------------------------


def test_messages_are_read_one_by_one_or_all_and_by_their_owner_alone(in_scope):
    other = UserFactory()
    notify(user_ids=[in_scope.admin.pk, other.pk, in_scope.admin.pk], kind="test", title="One")
    notify(user_ids=[in_scope.admin.pk], kind="test", title="Two")
    mine = Notification.objects.filter(user=in_scope.admin)

    assert mine.count() == 2
    assert mark_read(user_id=in_scope.admin.pk, notification_id=mine.first().pk) == 1
    assert mark_read(user_id=in_scope.admin.pk, notification_id=Notification.objects.get(user=other).pk) == 0
    assert mark_read(user_id=in_scope.admin.pk) == 1
    assert Notification.objects.filter(read_at=None).count() == 1


# --- Audit trail ----------------------------------------------------------------------------------------------------


def test_the_trail_is_filtered_by_words_action_person_and_local_days(in_scope, admin_actor, admin_membership):
    record(actor=admin_actor, action="partner.updated", target=in_scope.partner, partner_id=in_scope.partner.pk)
    record(actor=admin_actor, action="tier.assigned", target_label="Gold", reason="Because of the year")
    rows = visible_entries(admin_membership)
    today = in_scope.tenant.local_date(timezone.now())

    def count(**wanted):
        return filtered(rows, AuditFilter(**wanted)).count()

    assert count() == 2
    assert count(search="of the year") == 1
    assert count(action="partner.updated") == 1
    assert count(actor=in_scope.admin.pk) == 2
    assert count(partner_id=in_scope.partner.pk) == 1
    assert count(first_day=today, last_day=today) == 2
    assert count(first_day=today + timedelta(days=1)) == 0


def test_an_own_portfolio_hides_the_trail_of_other_partners(in_scope, admin_actor):
    manager = MembershipFactory(tenant=in_scope.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)
    own = PartnerFactory(owner=manager.user)
    for partner in (own, in_scope.partner):
        record(actor=admin_actor, action="partner.updated", target=partner, partner_id=partner.pk)
    record(actor=admin_actor, action="workspace.updated", target=in_scope.tenant)

    assert [entry.partner_id for entry in visible_entries(manager)] == [own.pk]


def test_every_role_holds_at_least_the_right_to_work():
    assert all("workspace:use" in permissions_of(role) for role in Role)
