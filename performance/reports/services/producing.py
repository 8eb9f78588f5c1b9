"""Producing the file of a report and keeping it, with what was asked, as of which day and run."""

from collections.abc import Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from partners.models import Partner
from performance.reports.catalogue import Report
from performance.reports.files.making import Progress, make_file
from performance.reports.models import Dispatch, Produced
from performance.reports.question import Question, Reader, ask
from performance.reports.services.checking import check_format, clean_filters, known_report
from prm.access.actor import Actor
from prm.accounts.models import Membership
from prm.errors import InvalidInput
from prm.files.services import store_file
from prm.jobs.models import Job
from prm.jobs.services import create_job, finish_job, report_progress, running_job
from prm.languages import screen_language
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

JOB_KIND = "reports.export"
PURPOSE = "reports"

AT_ONCE = 5_000
"""A table of so many rows is answered within the request; a longer one is produced by a worker and kept."""

KEPT_ASKED = timedelta(days=30)
KEPT_SCHEDULED = timedelta(days=400)


def produce(
    *,
    report: Report,
    question: Question,
    kind: str,
    actor: Actor,
    dispatch: Dispatch | None = None,
    audience: str = "",
    partner: Partner | None = None,
    progress: Progress | None = None,
) -> Produced | None:
    """Make the file in the open scope and keep it; None where there is nothing to show.

    Where the transaction fails after the file was written, the file is removed from the storage.
    """
    now = timezone.now()
    made = make_file(report, question, kind, made_at=now, progress=progress)
    if made is None:
        return None
    with made.content:
        stored = store_file(
            actor=actor, content=made.content, name=made.name, purpose=PURPOSE, content_type=made.content_type
        )
    with removed_on_failure(stored.path):
        portfolio = question.reader.portfolio
        return Produced.objects.create(
            report=report.key,
            title=str(report.title),
            format=kind,
            filters=dict(question.filters),
            filter_words=[list(pair) for pair in question.words(report.filters)],
            as_of=question.today,
            run_id=question.run_id,
            period=question.period.label if question.period and "period" in report.filters else "",
            row_count=made.row_count,
            covers=_covers(report, portfolio, partner),
            partner=partner,
            dispatch=dispatch,
            audience=audience,
            file=stored,
            asked_by_id=actor.user_id,
            expires_on=question.today + (KEPT_SCHEDULED if dispatch else KEPT_ASKED),
        )


def _covers(report: Report, portfolio: tuple[int, ...] | None, partner: Partner | None) -> list[int] | None:
    if not report.names_partners:
        return []
    if partner is not None:
        return [partner.pk]
    return None if portfolio is None else list(portfolio)


@contextmanager
def removed_on_failure(path: str) -> Any:
    """Take a file out of the storage again when what follows fails."""
    try:
        yield
    except BaseException:
        default_storage.delete(path)
        raise


def ask_for_file(
    *, actor: Actor, membership: Membership | None, report: str, filters: Mapping[str, Any], kind: str
) -> Job:
    """A job that produces a report and keeps it. The rights of the one who asks are looked up when it runs.

    Raises:
        InvalidInput: naming what is wrong with report, filters or format.
    """
    found = known_report(report)
    check_format(kind)
    values = clean_filters(found, filters, reader=Reader.of_member(membership) if membership else None)
    if kind == "pdf" and found.pack is not None and not values.get("partner"):
        raise InvalidInput(_("Choose the partner that the pack is for."), field="partner")
    params = {
        "report": found.key,
        "filters": values,
        "format": kind,
        "language": translation.get_language() or "",
        "is_person": membership is not None,
    }
    job = create_job(actor=actor, kind=JOB_KIND, title=str(found.title), params=params)
    transaction.on_commit(partial(send_job, require_scope().tenant_id, job.pk), robust=True)
    return job


def send_job(tenant_id: int, job_id: int) -> None:
    """Hand an export's job to a worker."""
    from performance.reports.tasks import produce_as_job  # the task calls this module

    produce_as_job.delay(tenant_id, job_id)


def run_export_job(*, tenant: Tenant, job_id: int) -> None:
    """Do what the job asks for. Safe to run twice: a job that is running or done is left alone."""
    with running_job(tenant, job_id) as job:
        if job is None:
            return
        language = screen_language(job.params.get("language", ""), tenant.language)
        with translation.override(language), timezone.override(tenant.zone), tenant_scope(tenant):
            report = known_report(job.params["report"])
            reader = _reader_of(job, tenant)
            question = ask(job.params["filters"], reader, today=timezone.localdate())
            total = report.count(question)
            report_progress(job, 0, total, _("Reading rows"))
            produced = produce(
                report=report,
                question=question,
                kind=job.params["format"],
                actor=Actor(kind="user", user_id=job.created_by_id),
                partner=question.partner if report.pack and job.params["format"] == "pdf" else None,
                progress=lambda done: report_progress(job, done, total, _("Writing rows")),
            )
            if produced is None:
                raise InvalidInput(_("This partner has no scorecard in the period."), field="partner")
            produced.refresh_from_db(fields=["public_id"])
            address = reverse("reports:produced", kwargs={"tenant": tenant.slug, "produced": produced.public_id})
            finish_job(job, result={"produced": str(produced.public_id)}, result_url=address)


def _reader_of(job: Job, tenant: Tenant) -> Reader:
    """Whose eyes read the file, with the rights of this moment.

    Raises:
        InvalidInput: the person has left, or may no longer see the report.
    """
    if not job.params.get("is_person"):
        return Reader.of_workspace()
    people = Membership.objects.filter(tenant=tenant, user_id=job.created_by_id or 0, is_active=True)
    membership = people.first()
    if membership is None:
        raise InvalidInput(_("Whoever asked for this is no longer active here."))
    reader = Reader.of_member(membership)
    if str(known_report(job.params["report"]).permission) not in reader.permissions:
        raise InvalidInput(_("Whoever asked for this may no longer see the report."))
    return reader
