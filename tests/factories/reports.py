"""Minimal, valid records of reports. The open scope says whose they are."""

from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

from partners.models import Partner
from performance.reports.models import Delivery, Dispatch, Produced, SavedReport, Schedule
from performance.reports.services.schedules import save_schedule
from prm.access.actor import SYSTEM
from prm.accounts.models import User
from prm.files.services import store_file

DUE = datetime(2026, 7, 1, 6, 0, tzinfo=UTC)


def make_saved(owner: User, name: str = "Mine", **values: Any) -> SavedReport:
    return SavedReport.objects.create(owner=owner, name=name, report="scorecard-summary", **values)


def make_schedule(user: User, name: str = "Weekly", **values: Any) -> Schedule:
    given = {"report": "scorecard-summary", "format": "csv", "members": [user.pk], **values}
    return Schedule.objects.get(pk=save_schedule(actor=SYSTEM, name=name, **given).pk)


def make_dispatch(schedule: Schedule, occasion: str = "test", **values: Any) -> Dispatch:
    made = Dispatch.objects.create(schedule=schedule, occasion=occasion, due_at=DUE, as_of=DUE.date(), **values)
    return Dispatch.objects.get(pk=made.pk)


def make_produced(*, partner: Partner | None = None, dispatch: Dispatch | None = None, **values: Any) -> Produced:
    """A file about one partner, or about everything."""
    stored = store_file(actor=SYSTEM, content=BytesIO(b"a,b\n1,2\n"), name="report.csv", purpose="reports")
    given = {
        "covers": None if partner is None else [partner.pk],
        "audience": "all" if partner is None else f"p{partner.pk}",
    }
    made = Produced.objects.create(
        report="scorecard-summary",
        title="Scorecard summary",
        format="csv",
        filter_words=[["Period", "2026-Q2"]],
        as_of=date(2026, 7, 1),
        expires_on=date(2099, 1, 1),
        partner=partner,
        dispatch=dispatch,
        file=stored,
        **{**given, **values},
    )
    return Produced.objects.get(pk=made.pk)


def make_delivery(
    dispatch: Dispatch, *, user: User | None = None, partner: Partner | None = None, **values: Any
) -> Delivery:
    key = f"u{user.pk}" if user is not None else f"p{partner.pk if partner else 0}"
    return Delivery.objects.create(dispatch=dispatch, key=key, user=user, partner=partner, audience=key, **values)
