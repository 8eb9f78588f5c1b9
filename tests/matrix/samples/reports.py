"""Saved reports, schedules, sendings and produced files."""

from typing import Any

from performance.reports.models import Dispatch, SavedReport, Schedule
from performance.reports.services.producing import JOB_KIND
from prm.access.actor import SYSTEM, Actor
from prm.access.roles import Role
from prm.jobs.services import create_job
from tests.factories.reports import make_delivery, make_dispatch, make_produced, make_saved, make_schedule


def _schedule(side: Any) -> Schedule:
    person = side.people[Role.TENANT_ADMIN]
    return make_schedule(person, name=f"Sample {Schedule.objects.count()}")


def _dispatch(side: Any, **values: Any) -> Dispatch:
    return make_dispatch(_schedule(side), **values)


def _failed(side: Any) -> Any:
    dispatch = _dispatch(side, status="failed")
    make_delivery(dispatch, user=side.people[Role.TENANT_ADMIN], status="failed")
    return dispatch.public_id


def _sent(side: Any) -> Any:
    """A file that was sent to the side's partner."""
    dispatch = _dispatch(side)
    produced = make_produced(partner=side.partner, dispatch=dispatch)
    make_delivery(dispatch, partner=side.partner, status="sent", people=1, produced=produced)
    return produced.public_id


def _export(side: Any) -> Any:
    person = side.people[Role.TENANT_ADMIN]
    return create_job(actor=Actor.of_user(person), kind=JOB_KIND, title="Sample").public_id


def _saved(side: Any) -> Any:
    saved = make_saved(side.people[Role.TENANT_ADMIN], name=f"Sample {SavedReport.objects.count()}")
    saved.refresh_from_db(fields=["public_id"])
    return saved.public_id


SAMPLES = {
    "schedule": lambda side: _schedule(side).public_id,
    "dispatch": lambda side: _dispatch(side).public_id,
    "reports:dispatch_retry.dispatch": _failed,
    "produced": _sent,
    "saved": _saved,
    "reports:export_job.job": _export,
    "reports:export_progress.job": _export,
    "api:produced_report_file.produced": _sent,
    "api:report_export.job": lambda _side: create_job(actor=SYSTEM, kind=JOB_KIND, title="Sample").public_id,
}
PARTNER_BOUND = {"produced"}
PERSONAL = {
    "saved": Role.TENANT_ADMIN,
    "reports:export_job.job": Role.TENANT_ADMIN,
    "reports:export_progress.job": Role.TENANT_ADMIN,
}
WORDS = {"report": "scorecard-summary", "report_key": "scorecard-summary", "file_kind": "csv"}
# A report asks for the right to what it is made of, besides the one to reports.
ALSO_NEEDS = {"report_key": "scorecard:view", "api:produced_report_file.produced": "scorecard:view"}
