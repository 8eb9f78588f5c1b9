"""Schedules: what is due, who gets what, and that nothing comes twice whatever dies in between."""

import csv
import io
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from performance.models import Scorecard
from performance.reports.errors import DispatchUnderWay, NameTaken, ScheduleChanged
from performance.reports.models import Delivery, Dispatch, Produced, Schedule
from performance.reports.queries import deliveries_of, produced_for, produced_for_partner
from performance.reports.question import Reader
from performance.reports.services import delivering, dispatching
from performance.reports.services.dispatching import carry_out, has_due_reports, send_due_reports
from performance.reports.services.keeping import remove_expired
from performance.reports.services.schedules import move_schedule, save_schedule, send_now, try_again
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from prm.audit.models import AuditEntry
from prm.errors import Conflict, InvalidInput
from prm.files.services import open_file
from prm.notifications.letters import send_letters
from prm.notifications.models import Letter, Notification
from tests.factories.accounts import MembershipFactory
from tests.reports.conftest import Readers, close

LATER = datetime(2024, 7, 10, 9, 0, tzinfo=UTC)


def due(schedule: Schedule) -> Dispatch:
    """One sending of a schedule, planned for its day."""
    return Dispatch.objects.create(schedule=schedule, occasion="test", due_at=LATER)


def run(readers: Readers, dispatch: Dispatch) -> Dispatch:
    carry_out(tenant=readers.world.tenant, dispatch_id=dispatch.pk)
    return Dispatch.objects.get(pk=dispatch.pk)


def partners_in(produced: Produced) -> set[str]:
    with open_file(produced.file) as content:
        text = content.read().decode("utf-8-sig").splitlines()
    rows = [line for line in text if not line.lstrip('"').startswith("#")]
    return {row["Partner"] for row in csv.DictReader(io.StringIO("\n".join(rows)))}


# --- Who gets what --------------------------------------------------------------------------------------------------
def test_each_recipient_gets_the_rows_they_may_see(readers: Readers):
    dispatch = run(readers, due(readers.schedule()))

    files = {one.audience: partners_in(one) for one in Produced.objects.filter(dispatch=dispatch)}
    assert dispatch.status == "done"
    assert len(files["all"]) == 4
    assert files[f"u{readers.manager.user_id}"] == {readers.world.partner.name}
    assert {one.status for one in dispatch.deliveries.all()} == {"sent"}
    assert Notification.objects.filter(kind="report.sent").count() == 2
    letters = {letter.user_id: letter.file_id for letter in Letter.objects.all()}
    own = Produced.objects.get(audience=f"u{readers.manager.user_id}")
    assert letters[readers.manager.user_id] == own.file_id


def test_people_with_the_whole_workspace_share_one_file(readers: Readers):
    MembershipFactory(tenant=readers.world.tenant, role=Role.ANALYST)
    schedule = readers.schedule(members=[readers.admin.user_id], roles=["analyst"])

    dispatch = run(readers, due(schedule))

    assert dispatch.deliveries.filter(status="sent").count() == 2
    assert Produced.objects.filter(dispatch=dispatch).count() == 1


def test_rights_are_those_of_the_moment_of_sending(readers: Readers):
    dispatch = due(readers.schedule())
    readers.admin.is_active = False
    readers.admin.save()
    readers.world.partner.owner = None
    readers.world.partner.save()

    dispatch = run(readers, dispatch)

    reasons = {one.user_id: (one.status, one.reason) for one in dispatch.deliveries.all()}
    assert reasons[readers.admin.user_id] == ("withheld", "left")
    assert reasons[readers.manager.user_id] == ("withheld", "no_rows")
    assert not Produced.objects.exists()
    assert not Letter.objects.exists()


def test_a_right_that_was_lost_between_planning_and_sending_counts(readers: Readers, monkeypatch):
    dispatch = due(readers.schedule(members=[readers.manager.user_id]))
    planned = dispatching.plan(readers.world.tenant, dispatch.pk)
    readers.manager.is_active = False
    readers.manager.save()

    dispatching.deliver_batch(tenant=readers.world.tenant, dispatch_id=dispatch.pk, keys=planned)

    assert dispatch.deliveries.get().reason == "left"


def test_partners_get_their_own_rows_alone(readers: Readers):
    schedule = readers.schedule(members=[], to_partners=True)

    dispatch = run(readers, due(schedule))

    mine = dispatch.deliveries.get(partner=readers.world.partner)
    assert partners_in(mine.produced) == {readers.world.partner.name}
    assert mine.people == 1
    assert Notification.objects.get(kind="report.sent_to_us").partner_id == readers.world.partner.pk
    others = dispatch.deliveries.exclude(pk=mine.pk)
    assert {(one.status, one.reason) for one in others} == {("withheld", "left")}
    assert [one.pk for one in produced_for_partner(readers.world.partner.pk)] == [mine.produced_id]


def test_packs_are_one_file_a_partner_and_staff_get_the_way_to_those_they_may_see(readers: Readers):
    schedule = readers.schedule("partner-pack", format="pdf")

    dispatch = run(readers, due(schedule))

    assert Produced.objects.filter(dispatch=dispatch, format="pdf").count() == 4
    assert not Notification.objects.filter(kind="report.sent_to_us").exists()
    bodies = {one.user_id: one.body for one in Notification.objects.filter(kind="report.sent")}
    assert bodies[readers.admin.user_id] == "4 files are ready."
    assert bodies[readers.manager.user_id] == "1 file is ready."


def test_a_produced_file_is_found_only_while_one_may_see_all_it_covers(readers: Readers):
    run(readers, due(readers.schedule()))

    assert produced_for(Reader.of_member(readers.admin)).count() == 2
    assert produced_for(Reader.of_member(readers.manager)).count() == 1
    readers.world.partner.owner = None
    readers.world.partner.save()
    assert produced_for(Reader.of_member(readers.manager)).count() == 0


# --- Nothing twice --------------------------------------------------------------------------------------------------
def test_running_it_again_sends_nothing_again(readers: Readers):
    dispatch = run(readers, due(readers.schedule(to_partners=True)))
    before = (Produced.objects.count(), Letter.objects.count(), Notification.objects.count())

    dispatch = run(readers, dispatch)

    assert (Produced.objects.count(), Letter.objects.count(), Notification.objects.count()) == before
    assert dispatch.status == "done"


@pytest.mark.parametrize("dies_at", ["before the file", "after the file", "after telling"])
def test_a_worker_that_dies_half_way_is_taken_up_without_a_duplicate(readers: Readers, monkeypatch, dies_at: str):
    """The second recipient's work dies like a killed process: no error handling of ours runs."""
    schedule = readers.schedule(to_partners=True)
    dispatch = due(schedule)
    served = []

    class Killed(BaseException):
        pass

    real_tell, real_file = delivering.tell, delivering._file_for

    def tell(**kwargs):
        if len(served) == 1 and dies_at == "after the file":
            raise Killed
        reached = real_tell(**kwargs)
        if len(served) == 1 and dies_at == "after telling":
            raise Killed
        served.append(kwargs["about"])
        return reached

    def file_for(*args, **kwargs):
        if len(served) == 1 and dies_at == "before the file":
            raise Killed
        return real_file(*args, **kwargs)

    monkeypatch.setattr(delivering, "tell", tell)
    monkeypatch.setattr(delivering, "_file_for", file_for)
    with pytest.raises(Killed):
        run(readers, dispatch)
    assert Dispatch.objects.get(pk=dispatch.pk).status == "running"
    assert Letter.objects.count() == 1

    monkeypatch.setattr(delivering, "tell", real_tell)
    monkeypatch.setattr(delivering, "_file_for", real_file)
    finished = run(readers, dispatch)

    assert finished.status == "done"
    assert finished.deliveries.filter(status="waiting").count() == 0
    keys = list(Letter.objects.values_list("user_id", "key"))
    assert len(keys) == len(set(keys)) == 3
    audiences = list(Produced.objects.filter(dispatch=dispatch).values_list("audience", flat=True))
    assert len(audiences) == len(set(audiences)) == 3


def test_one_that_fails_does_not_stop_the_others_and_is_shown_and_tried_again(readers: Readers, monkeypatch):
    dispatch = due(readers.schedule())
    real = delivering._serve_person

    def broken(row, *rest):
        if row.user_id == readers.manager.user_id:
            raise OSError("The disk is full.")
        return real(row, *rest)

    monkeypatch.setattr(delivering, "_serve_person", broken)
    run(readers, dispatch)

    failed = dispatch.deliveries.get(user_id=readers.manager.user_id)
    assert (failed.status, failed.tries, failed.error) == ("waiting", 1, "OSError: The disk is full.")
    assert dispatch.deliveries.get(user_id=readers.admin.user_id).status == "sent"
    assert Dispatch.objects.get(pk=dispatch.pk).status == "running"

    for _again in range(delivering.MOST_TRIES - 1):
        run(readers, dispatch)
    assert Dispatch.objects.get(pk=dispatch.pk).status == "failed"

    monkeypatch.setattr(delivering, "_serve_person", real)
    try_again(actor=SYSTEM, dispatch=dispatch)
    assert run(readers, dispatch).status == "done"
    assert Letter.objects.count() == 2


def test_a_mail_that_fails_is_visible_with_its_error_and_leaves_later(readers: Readers, monkeypatch):
    dispatch = run(readers, due(readers.schedule(members=[readers.admin.user_id])))
    real = EmailBackend.send_messages

    def refuse(self, messages):
        raise OSError("Connection refused")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    send_letters(tenant=readers.world.tenant)
    (shown,) = deliveries_of(dispatch, list(dispatch.deliveries.all()))
    assert shown.mail_errors == ["Connection refused"]

    monkeypatch.setattr(EmailBackend, "send_messages", real)
    send_letters(tenant=readers.world.tenant)
    (shown,) = deliveries_of(dispatch, list(dispatch.deliveries.all()))
    assert (shown.mail_errors, shown.mails_sent) == ([], 1)
    assert len(mail.outbox) == 1
    assert mail.outbox[0].attachments


def test_a_file_too_large_for_a_mail_is_linked_instead(readers: Readers, monkeypatch):
    monkeypatch.setattr(delivering, "ATTACHED_UP_TO", 10)
    run(readers, due(readers.schedule(members=[readers.admin.user_id])))

    letter = Letter.objects.get()
    assert letter.file is None
    assert "too large for a mail" in letter.text
    assert "/reports/produced/" in letter.text


# --- When -----------------------------------------------------------------------------------------------------------
def test_a_schedule_is_sent_once_for_a_moment_and_once_for_all_it_missed(readers: Readers):
    schedule = readers.schedule(rhythm="daily")
    first = schedule.next_due_at
    assert first is not None
    three_days_later = first + timedelta(days=3, hours=1)

    assert not has_due_reports(readers.world.tenant, first - timedelta(minutes=1))
    assert has_due_reports(readers.world.tenant, first)
    send_due_reports(tenant=readers.world.tenant, at=three_days_later)
    send_due_reports(tenant=readers.world.tenant, at=three_days_later)

    (row,) = schedule.dispatches.all()
    assert row.due_at == first + timedelta(days=3)
    schedule.refresh_from_db()
    assert schedule.next_due_at == first + timedelta(days=4)


def test_closing_a_quarter_sends_its_report_after_the_days_chosen(readers: Readers):
    schedule = readers.schedule(rhythm="closing", period_kind="quarter", days_after=2, filters={})
    now = timezone.now()
    close("2024-Q2", now + timedelta(minutes=1))

    assert not has_due_reports(readers.world.tenant, now + timedelta(days=1))
    send_due_reports(tenant=readers.world.tenant, at=now + timedelta(days=4))
    send_due_reports(tenant=readers.world.tenant, at=now + timedelta(days=4))

    (row,) = schedule.dispatches.all()
    assert row.period == "2024-Q2"
    run(readers, row)
    assert {one.period for one in Produced.objects.filter(dispatch=row)} == {"2024-Q2"}


def test_what_was_closed_before_the_schedule_was_made_is_not_sent(readers: Readers):
    close("2024-Q1", timezone.now() - timedelta(days=1))
    readers.schedule(rhythm="closing", days_after=0, filters={})

    assert not has_due_reports(readers.world.tenant, timezone.now() + timedelta(days=30))


def test_a_paused_schedule_is_not_due_and_goes_on_from_now(readers: Readers):
    schedule = readers.schedule(rhythm="daily")
    missed = schedule.next_due_at + timedelta(days=2)
    move_schedule(actor=SYSTEM, schedule=schedule, target="paused")

    assert not has_due_reports(readers.world.tenant, missed)
    resumed = move_schedule(actor=SYSTEM, schedule=schedule, target="active")
    assert resumed.next_due_at is not None
    ended = move_schedule(actor=SYSTEM, schedule=resumed, target="ended")
    with pytest.raises(Conflict):
        move_schedule(actor=SYSTEM, schedule=ended, target="active")
    assert {one.action for one in AuditEntry.objects.filter(action__startswith="report_schedule")} == {
        "report_schedule.created",
        "report_schedule.paused",
        "report_schedule.resumed",
        "report_schedule.ended",
    }


def test_a_sending_whose_worker_died_is_taken_up_by_the_next_sweep(readers: Readers):
    dispatch = due(readers.schedule())
    dispatching.plan(readers.world.tenant, dispatch.pk)
    planned = Dispatch.objects.get(pk=dispatch.pk).planned_at

    assert send_due_reports(tenant=readers.world.tenant, at=planned + timedelta(minutes=5)) == []
    assert send_due_reports(tenant=readers.world.tenant, at=planned + timedelta(minutes=11)) == [dispatch.pk]


def test_changing_the_hour_does_not_lose_a_closing_that_waits_for_its_day(readers: Readers):
    schedule = readers.schedule(rhythm="closing", period_kind="quarter", days_after=2, filters={})
    now = timezone.now()
    close("2024-Q2", now + timedelta(seconds=1))
    Schedule.objects.update(since=now)

    with time_machine.travel(now + timedelta(hours=5), tick=False):
        save_schedule(actor=SYSTEM, schedule=schedule, members=[readers.admin.user_id], at=time(9), days_after=3)
    send_due_reports(tenant=readers.world.tenant, at=now + timedelta(days=5))

    assert [row.period for row in schedule.dispatches.all()] == ["2024-Q2"]


def test_who_does_not_see_the_partner_of_the_filter_gets_nothing_and_nothing_fails(readers: Readers):
    foreign = Scorecard.objects.exclude(partner=readers.world.partner).select_related("partner").first().partner
    schedule = readers.schedule(filters={"period": "2024-Q2", "partner": foreign.external_id})

    dispatch = run(readers, due(schedule))

    outcome = {row.user_id: (row.status, row.reason) for row in dispatch.deliveries.all()}
    assert outcome == {readers.admin.user_id: ("sent", ""), readers.manager.user_id: ("withheld", "no_rows")}
    assert dispatch.status == "done"


# --- Refusals -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("members", {"members": []}),
        ("members", {"members": [999_999]}),
        ("roles", {"roles": ["partner_admin"]}),
        ("format", {"format": "docx"}),
        ("report", {"report": "nonsense"}),
        ("period", {"filters": {"period": "2050-Q1"}}),
        ("kpi", {"filters": {"kpi": "REVENUE"}}),
        ("day", {"day": 32}),
        ("days_after", {"days_after": 91}),
        ("to_partners", {"report": "league-table", "to_partners": True}),
        ("format", {"report": "partner-pack", "format": "csv"}),
    ],
)
def test_what_could_never_be_sent_is_refused_at_its_field(readers: Readers, field: str, values: dict):
    with pytest.raises(InvalidInput) as refusal:
        readers.schedule(**values)

    assert refusal.value.field == field
    assert not Schedule.objects.exists()


def test_names_are_unique_and_two_people_at_once_are_told(readers: Readers):
    schedule = readers.schedule()
    with pytest.raises(NameTaken):
        readers.schedule()

    given = {"name": "Other", "members": [readers.admin.user_id]}
    save_schedule(actor=SYSTEM, schedule=schedule, version=1, **given)
    with pytest.raises(ScheduleChanged):
        save_schedule(actor=SYSTEM, schedule=schedule, version=1, **given)


def test_sending_at_once_twice_is_refused_while_it_is_under_way(readers: Readers):
    schedule = readers.schedule()
    send_now(actor=SYSTEM, schedule=schedule)

    with pytest.raises(DispatchUnderWay):
        send_now(actor=SYSTEM, schedule=schedule)


def test_a_filter_that_is_gone_fails_the_sending_with_its_reason(readers: Readers):
    schedule = readers.schedule(members=[readers.admin.user_id])
    Schedule.objects.filter(pk=schedule.pk).update(filters={"region": "gone"})
    dispatch = due(schedule)

    for _again in range(delivering.MOST_TRIES):
        run(readers, dispatch)

    assert Dispatch.objects.get(pk=dispatch.pk).status == "failed"
    assert dispatch.deliveries.get().error == "There is no such region."


# --- Keeping --------------------------------------------------------------------------------------------------------
def test_files_go_when_their_time_has_come_and_the_history_stays(readers: Readers):
    dispatch = run(readers, due(readers.schedule(members=[readers.admin.user_id])))
    produced = Produced.objects.get()
    path = produced.file.path

    assert remove_expired(tenant=readers.world.tenant, on=produced.expires_on) == 0
    assert remove_expired(tenant=readers.world.tenant, on=produced.expires_on + timedelta(days=1)) == 1

    assert not Produced.objects.exists()
    assert Delivery.objects.get(dispatch=dispatch).status == "sent"
    assert Letter.objects.get().file is None
    assert Scorecard.objects.exists()
    assert path
