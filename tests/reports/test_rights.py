"""Trying to get rows beyond one's rights: whatever may change between scheduling, sending and the mail itself."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse

from partners.choices import PartnerStatus
from partners.models import Partner
from partners.services.status import change_status
from performance.reports.models import Dispatch, Produced, SavedReport
from performance.reports.queries import deliveries_of, may_still_read, produced_for_partner
from performance.reports.services import dispatching
from performance.reports.services.saved import save_report
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from prm.accounts.models import PartnerAccess
from prm.notifications.choices import Reach
from prm.notifications.letters import has_unsent_letters, send_letters
from prm.notifications.models import Letter, Notification, NotificationPreference
from tests.conftest import World
from tests.performance_screens.conftest import build
from tests.reports.conftest import Readers, actor_of, people_of
from tests.reports.test_sending import due, partners_in, run

Change = Callable[[Readers], Any]


def _set(row: Any, **values: Any) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(**values)


def access_of(readers: Readers) -> PartnerAccess:
    return PartnerAccess.objects.get(tenant_id=readers.world.tenant.pk, partner_id=readers.world.partner.pk)


def terminate(readers: Readers) -> None:
    change_status(partner=readers.world.partner, target=PartnerStatus.TERMINATED, actor=SYSTEM, reason="Gone.")


# --- The mail waits, and the rights go ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: _set(one.manager, is_active=False), id="member removed"),
        pytest.param(lambda one: _set(one.manager.user, is_active=False), id="person deactivated"),
        pytest.param(lambda one: _set(one.world.partner, owner=None), id="partner given to somebody else"),
    ],
)
def test_a_mail_that_waits_is_held_back_when_its_reader_loses_the_right(
    readers: Readers, monkeypatch: pytest.MonkeyPatch, change: Change
):
    dispatch = run(readers, due(readers.schedule(members=[readers.manager.user_id])))
    _no_mail_server(readers, monkeypatch)
    change(readers)

    sent = send_letters(tenant=readers.world.tenant)

    assert sent == 0
    assert mail.outbox == []
    assert Letter.objects.get().stopped_at is not None
    (shown,) = deliveries_of(dispatch, list(dispatch.deliveries.all()))
    assert (len(shown.held_back), shown.mail_errors, shown.mails_sent) == (1, [], 0)
    assert not has_unsent_letters(readers.world.tenant)


def test_a_mail_with_the_whole_workspace_is_held_back_from_whoever_sees_own_partners_only_now(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
):
    run(readers, due(readers.schedule(members=[readers.admin.user_id])))
    _no_mail_server(readers, monkeypatch)
    _set(readers.admin, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)

    assert send_letters(tenant=readers.world.tenant) == 0
    assert mail.outbox == []


def test_a_mail_that_waits_still_leaves_where_the_right_stands(readers: Readers, monkeypatch: pytest.MonkeyPatch):
    run(readers, due(readers.schedule(members=[readers.manager.user_id])))
    _no_mail_server(readers, monkeypatch)

    assert send_letters(tenant=readers.world.tenant) == 1
    assert mail.outbox[0].attachments


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: _set(access_of(one), is_active=False), id="access closed"),
        pytest.param(lambda one: _set(access_of(one).user, is_active=False), id="person deactivated"),
        pytest.param(terminate, id="partner terminated"),
    ],
)
def test_a_partners_mail_is_held_back_when_the_portal_is_closed_to_its_reader(
    readers: Readers, monkeypatch: pytest.MonkeyPatch, change: Change
):
    run(readers, due(readers.schedule(members=[], to_partners=True)))
    _no_mail_server(readers, monkeypatch)
    change(readers)

    assert send_letters(tenant=readers.world.tenant) == 0
    assert mail.outbox == []


def _no_mail_server(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first try fails, as when the mail server is down; what is tried later would leave."""
    real = EmailBackend.send_messages

    def refuse(self: EmailBackend, messages: Any) -> int:
        raise OSError("Connection refused")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    send_letters(tenant=readers.world.tenant)
    assert Letter.objects.filter(sent_at=None, stopped_at=None).exists()
    monkeypatch.setattr(EmailBackend, "send_messages", real)


def test_a_letter_about_another_persons_delivery_is_nobodys_to_read(readers: Readers):
    dispatch = run(readers, due(readers.schedule()))
    own = dispatch.deliveries.get(user_id=readers.manager.user_id)

    assert may_still_read(readers.manager.user_id, f"delivery:{own.pk}")
    assert not may_still_read(readers.admin.user_id, f"delivery:{own.pk}")


# --- Between scheduling and sending ---------------------------------------------------------------------------------
def test_a_role_that_narrowed_since_gets_the_own_partners_alone(readers: Readers):
    schedule = readers.schedule(members=[readers.admin.user_id])
    readers.world.partner.owner = readers.admin.user
    readers.world.partner.save()
    _set(readers.admin, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)

    dispatch = run(readers, due(schedule))

    produced = Produced.objects.get(dispatch=dispatch)
    assert produced.audience == f"u{readers.admin.user_id}"
    assert partners_in(produced) == {readers.world.partner.name}


def test_partners_named_by_somebody_else_are_left_out_for_whoever_may_not_see_them(readers: Readers):
    foreign = Partner.objects.exclude(pk=readers.world.partner.pk).order_by("pk").first()
    own, other = readers.world.partner.external_id, foreign.external_id
    both = readers.schedule(filters={"period": "2024-Q2", "partner": f"{own},{other}"})
    none = readers.schedule(name="Others", filters={"period": "2024-Q2", "partner": other})

    first, second = run(readers, due(both)), run(readers, due(none))

    found = {one.audience: partners_in(one) for one in Produced.objects.filter(dispatch=first)}
    assert found["all"] == {readers.world.partner.name, foreign.name}
    assert found[f"u{readers.manager.user_id}"] == {readers.world.partner.name}
    nothing = second.deliveries.get(user_id=readers.manager.user_id)
    assert (nothing.status, nothing.reason, nothing.produced_id) == ("withheld", "no_rows", None)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda one: _set(access_of(one), is_active=False), ("withheld", "left"), id="access closed"),
        pytest.param(lambda one: _set(access_of(one).user, is_active=False), ("withheld", "left"), id="deactivated"),
        pytest.param(terminate, ("withheld", "left"), id="terminated"),
        pytest.param(lambda one: _set(one.world.partner, status=PartnerStatus.SUSPENDED), ("sent", ""), id="suspended"),
    ],
)
def test_a_partner_gets_its_report_as_long_as_somebody_may_open_its_portal(
    readers: Readers, change: Change, expected: tuple[str, str]
):
    """A suspended partner reads on in its portal, so it gets what it could read there; a terminated one does not."""
    dispatch = due(readers.schedule(members=[], to_partners=True))
    keys = dispatching.plan(readers.world.tenant, dispatch.pk)
    change(readers)

    dispatching.deliver_batch(tenant=readers.world.tenant, dispatch_id=dispatch.pk, keys=keys)

    mine = dispatch.deliveries.get(partner=readers.world.partner)
    assert (mine.status, mine.reason) == expected
    assert Notification.objects.filter(kind="report.sent_to_us").exists() is (expected[0] == "sent")


def test_a_schedule_that_stops_going_to_partners_does_so_for_what_was_planned_too(readers: Readers):
    schedule = readers.schedule(members=[], to_partners=True)
    dispatch = due(schedule)
    keys = dispatching.plan(readers.world.tenant, dispatch.pk)
    _set(schedule, to_partners=False)

    dispatching.deliver_batch(tenant=readers.world.tenant, dispatch_id=dispatch.pk, keys=keys)

    assert {one.status for one in dispatch.deliveries.all()} == {"withheld"}
    assert not Produced.objects.exists()


def test_my_partners_are_those_of_whoever_made_the_schedule_where_partners_get_it(readers: Readers):
    made = readers.schedule(
        members=[], to_partners=True, actor=actor_of(readers.manager), filters={"period": "2024-Q2", "mine": "yes"}
    )

    dispatch = run(readers, due(made))

    assert made.filters == {"period": "2024-Q2", "owner": str(readers.manager.user_id)}
    assert [one.partner_id for one in dispatch.deliveries.all()] == [readers.world.partner.pk]


def test_a_partner_that_silenced_the_news_still_finds_the_report(readers: Readers):
    user_id = access_of(readers).user_id
    NotificationPreference.objects.create(user_id=user_id, notices={"report.sent_to_us": Reach.NOTHING})

    dispatch = run(readers, due(readers.schedule(members=[], to_partners=True)))

    assert not Notification.objects.filter(user_id=user_id).exists()
    mine = dispatch.deliveries.get(partner=readers.world.partner)
    assert [one.pk for one in produced_for_partner(readers.world.partner.pk)] == [mine.produced_id]


def test_whoever_made_a_schedule_hears_of_deliveries_that_failed(readers: Readers, monkeypatch: pytest.MonkeyPatch):
    schedule = readers.schedule(members=[readers.manager.user_id], actor=actor_of(readers.admin))
    monkeypatch.setattr(
        "performance.reports.services.delivering._serve_person", lambda *_: (_ for _ in ()).throw(OSError("Disk full"))
    )
    dispatch = due(schedule)
    for _round in range(5):
        run(readers, dispatch)
        Dispatch.objects.filter(pk=dispatch.pk).update(planned_at=None)

    told = Notification.objects.get(kind="report.failed")
    assert told.user_id == readers.admin.user_id
    assert "could not be delivered to 1 recipient" in told.title
    assert "Disk full" in told.body


# --- Saved reports --------------------------------------------------------------------------------------------------
def test_a_shared_report_shows_each_reader_their_own_rows(acme: World, client: Client):
    with acme.scope():
        readers = people_of(build(acme, others=3))
        foreign = Partner.objects.exclude(pk=acme.partner.pk).order_by("pk").first()
        for name, filters in (("All", {}), ("One", {"partner": foreign.external_id})):
            save_report(
                actor=actor_of(readers.admin),
                name=name,
                report="scorecard-summary",
                filters={"period": "2024-Q2", **filters},
                is_shared=True,
            )
        saved = {row.name: row for row in SavedReport.objects.all()}
    client.force_login(readers.manager.user)
    address = reverse("reports:report", args=["acme", "scorecard-summary"])

    everything = client.get(address, {**saved["All"].filters, "saved": saved["All"].public_id})
    one = client.get(address, {**saved["One"].filters, "saved": saved["One"].public_id})
    file = client.get(reverse("reports:report_file", args=["acme", "scorecard-summary", "csv"]), saved["One"].filters)

    assert everything.context["count"] == 1
    assert foreign.name not in everything.content.decode()
    assert one.status_code == 422
    assert foreign.name not in one.content.decode()
    assert file.status_code == 302 or foreign.name not in b"".join(file.streaming_content).decode()
    assert client.get(reverse("reports:saved_report_update", args=["acme", saved["All"].public_id])).status_code == 404
