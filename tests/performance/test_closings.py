"""What others do behind a closing: once, in order, and again where it failed or a worker died."""

from datetime import UTC, datetime

import pytest

from performance import closings
from performance.closings import ClosingListener, closing_listeners
from performance.models import ClosingTask, PeriodRow
from performance.services.closings import (
    MOST_TRIES,
    do_closing_work,
    has_closing_work,
    note_closing,
    note_restated,
)
from performance.services.periods import close_period
from prm.access.actor import SYSTEM
from prm.errors import InvalidInput
from prm.periods import FiscalCalendar
from tests.factories.performance import PeriodRowFactory

pytestmark = pytest.mark.django_db

AT = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture
def heard(monkeypatch):
    """Nobody else listens; what was heard, in order."""
    monkeypatch.setattr(closings.closing_listeners, "_listeners", {})
    return []


def period(label):
    return PeriodRowFactory(period=FiscalCalendar().parse(label))


def listen(heard, key, **settings):
    def call(period, _at):
        heard.append((key, period.label))

    closing_listeners.register(ClosingListener(key=key, **{"call": call, **settings}))


def test_every_listener_is_called_once_in_its_order(in_scope, heard):
    listen(heard, "second", order=20)
    listen(heard, "first", order=10)
    later, earlier = period("2024-02"), period("2024-01")

    for row in (later, earlier):
        note_closing(period=row)
    do_closing_work(tenant=in_scope.tenant, at=AT)
    do_closing_work(tenant=in_scope.tenant, at=AT)

    assert heard == [("first", "2024-01"), ("second", "2024-01"), ("first", "2024-02"), ("second", "2024-02")]
    assert not has_closing_work(in_scope.tenant)


def test_closing_a_period_lets_them_hear(in_scope, heard):
    listen(heard, "plans")

    close_period(period=period("2024-01"), actor=SYSTEM, at=AT)

    assert has_closing_work(in_scope.tenant)
    assert do_closing_work(tenant=in_scope.tenant, at=AT) == 1
    assert heard == [("plans", "2024-01")]


def test_what_fails_leaves_nothing_behind_and_holds_up_nobody(in_scope, heard):
    def stumble(row, _at):
        PeriodRow.objects.filter(pk=row.pk).update(closed_by="half done")
        raise InvalidInput("No.")

    listen(heard, "broken", call=stumble, order=10)
    listen(heard, "other", order=20)
    row = period("2024-01")
    note_closing(period=row)

    for _nth in range(MOST_TRIES + 2):
        do_closing_work(tenant=in_scope.tenant, at=AT)

    broken = ClosingTask.objects.get(listener="broken")
    row.refresh_from_db()
    assert (broken.tries, broken.done_at, broken.problem) == (MOST_TRIES, None, "InvalidInput: No.")
    assert heard == [("other", "2024-01")]
    assert row.closed_by == ""


def test_a_restatement_calls_those_again_who_hear_of_it(in_scope, heard):
    listen(heard, "plans", hears_restatements=True, order=10)
    listen(heard, "badges", order=20)
    row = period("2024-01")
    note_closing(period=row)
    do_closing_work(tenant=in_scope.tenant, at=AT)
    heard.clear()

    note_restated(period=row)
    do_closing_work(tenant=in_scope.tenant, at=AT)

    assert heard == [("plans", "2024-01")]


def test_a_listener_that_is_gone_leaves_its_note(in_scope, heard):
    ClosingTask.objects.create(period=period("2024-01"), listener="gone")

    assert do_closing_work(tenant=in_scope.tenant, at=AT) == 0
    assert ClosingTask.objects.get().done_at is None


def test_two_listeners_cannot_share_a_key(heard):
    listen(heard, "plans")
    with pytest.raises(ValueError, match="plans"):
        listen(heard, "plans")
