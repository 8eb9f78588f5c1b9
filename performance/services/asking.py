"""Recomputing because a person asked for it: a job that can be watched and that ends at its run."""

from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from performance.choices import RunKind
from performance.errors import RecomputeBusy
from performance.services.recompute import find_periods, recompute_scorecards
from prm.access.actor import Actor
from prm.audit.services import record
from prm.jobs.models import Job, JobStatus
from prm.jobs.services import create_job, finish_job, report_progress, running_job
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

JOB_KIND = "scorecards.recompute"


def ask_for_recompute(*, actor: Actor, period_label: str = "", from_facts: bool = False) -> Job:
    """A job that recomputes all open periods, or one of them. `from_facts` also rebuilds the monthly sums.

    Raises:
        RecomputeBusy: one that a person asked for is still waiting or at work.
        InvalidInput, PeriodClosed: as for `recompute_scorecards`.
    """
    scope = require_scope()
    open_jobs = Job.objects.filter(kind=JOB_KIND, status__in=(JobStatus.QUEUED, JobStatus.RUNNING))
    if open_jobs.exists():
        raise RecomputeBusy(_("A recompute is already under way. Wait until it has finished."))
    if period_label:
        find_periods(scope.tenant, [period_label])
    title = _("Recompute %(period)s") % {"period": period_label} if period_label else _("Recompute all open periods")
    job = create_job(actor=actor, kind=JOB_KIND, title=title, params={"period": period_label, "from_facts": from_facts})
    record(actor=actor, action="recompute.asked", target=job, changes={"period": ["", period_label]})
    transaction.on_commit(partial(send_job, scope.tenant_id, job.pk), robust=True)
    return job


def send_job(tenant_id: int, job_id: int) -> None:
    """Hand a recompute's job to a worker."""
    from performance.tasks import recompute_as_job  # the task calls this module

    recompute_as_job.delay(tenant_id, job_id)


def run_recompute_job(*, tenant: Tenant, job_id: int) -> None:
    """Do what the job asks for. Safe to run twice: a job that is running or done is left alone."""
    with running_job(tenant, job_id) as job:
        if job is None:
            return
        report_progress(job, 0, 2, _("Scoring"))
        period = job.params["period"]
        run = recompute_scorecards(
            tenant=tenant,
            actor=Actor(kind="user", user_id=job.created_by_id, label=_asked_by(job)),
            kind=RunKind.MANUAL,
            period_labels=[period] if period else [],
            from_facts=job.params["from_facts"],
        )
        report_progress(job, 2, 2, _("Done"))
        with tenant_scope(tenant):
            address = reverse("performance:run_detail", kwargs={"tenant": tenant.slug, "run": run.public_id})
            finish_job(job, result={"run": run.pk, **run.counts}, result_url=address)


def _asked_by(job: Job) -> str:
    return str(job.created_by) if job.created_by else ""
