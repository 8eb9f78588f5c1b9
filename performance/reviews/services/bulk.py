"""Creating the reviews of a whole period: asked for once, done in batches, begun again where a worker was killed."""

from datetime import date
from functools import partial

import structlog
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from partners.models import Partner, Programme
from performance.models import PeriodRow
from performance.reviews.models import Review
from performance.reviews.queries.content import current_template
from performance.reviews.queries.due import round_of
from performance.reviews.services.creating import create_review, opening_day
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, DomainError
from prm.jobs.models import Job, JobStatus
from prm.jobs.services import create_job, report_progress
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

logger = structlog.get_logger(__name__)

JOB_KIND = "reviews.create"
BATCH = 25
LOCK_CLASS = 0x5EF1
"""First half of the advisory lock of one job; the second is the job."""


def ask_for_reviews(*, actor: Actor, programme: Programme, period: PeriodRow, opens_on: date | None = None) -> Job:
    """A job that creates the review of every partner that is due for the period and has none.

    Raises:
        Conflict: there is no template, or nobody is left without a review.
    """
    if current_template(programme.pk) is None:
        raise Conflict(
            _("%(programme)s has no review template yet. Write it first.") % {"programme": programme},
            code="no_template",
        )
    new = round_of(programme, period).new
    if not new:
        raise Conflict(_("Every partner that is due has its review already."), code="nothing_due")
    job = create_job(
        actor=actor,
        kind=JOB_KIND,
        title=_("Create the reviews of %(period)s") % {"period": period.label},
        params={
            "programme": programme.pk,
            "period": period.pk,
            "opens_on": (opens_on or opening_day(period)).isoformat(),
            "partners": [row.partner.pk for row in new],
        },
    )
    record(actor=actor, action="reviews.asked_for", target=job,
           changes={"period": [None, period.label], "reviews": [None, len(new)]})  # fmt: skip
    transaction.on_commit(partial(send_job, require_scope().tenant_id, job.pk), robust=True)
    return job


def send_job(tenant_id: int, job_id: int) -> None:
    """Hand the job to a worker."""
    from performance.reviews.tasks import create_reviews_as_job  # the task calls this module

    create_reviews_as_job.delay(tenant_id, job_id)


def run_creation_job(*, tenant: Tenant, job_id: int, batch: int = BATCH) -> None:
    """Create what is missing, batch by batch, each in a transaction with its messages and mails.

    A job that was left in the middle goes on where it stopped: a review that is there is not made again, and what
    was told with it is not told again. Two workers never work on the same job at once.
    """
    try:
        while _create_batch(tenant, job_id, batch):
            pass
    except Exception as problem:
        if not isinstance(problem, DomainError):
            logger.exception("reviews.creation_failed", job_id=job_id)
        with tenant_scope(tenant):
            text = _("What was created stays. Start it again for the rest.")
            said = str(problem.message) if isinstance(problem, DomainError) else _("Something went wrong.")
            Job.objects.filter(pk=job_id).update(
                status=JobStatus.FAILED, finished_at=timezone.now(), error=f"{said} {text}"
            )
        if not isinstance(problem, DomainError):
            raise


def _create_batch(tenant: Tenant, job_id: int, batch: int) -> bool:
    """The next reviews; whether there may be more."""
    with tenant_scope(tenant), translation.override(tenant.language), timezone.override(tenant.zone):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, job_id % 2**31])
            if not cursor.fetchone()[0]:
                return False  # another worker is at it
        job = Job.objects.select_for_update(of=("self",)).select_related("created_by").get(pk=job_id)
        if job.is_done:
            return False
        if job.status == JobStatus.QUEUED:
            job.status, job.started_at = JobStatus.RUNNING, timezone.now()
            job.save(update_fields=["status", "started_at"])
        wanted: list[int] = job.params["partners"]
        programme = Programme.objects.get(pk=job.params["programme"])
        period = PeriodRow.objects.get(pk=job.params["period"])
        made = set(Review.objects.filter(programme=programme, period=period).values_list("partner_id", flat=True))
        left = [number for number in wanted if number not in made and str(number) not in job.result.get("refused", {})]
        report_progress(job, len(wanted) - len(left), len(wanted), _("Creating reviews"))
        actor = Actor(kind="user", user_id=job.created_by_id, label=str(job.created_by or ""))
        refused = dict(job.result.get("refused", {}))
        found = Partner.objects.in_bulk(left[:batch])
        refused |= {str(number): _("A partner that is gone.") for number in left[:batch] if number not in found}
        for _number, partner in sorted(found.items()):
            try:
                with transaction.atomic():
                    create_review(
                        actor=actor,
                        partner=partner,
                        programme=programme,
                        period=period,
                        opens_on=date.fromisoformat(job.params["opens_on"]),
                    )
            except DomainError as refusal:
                refused[str(partner.pk)] = f"{partner.name}: {refusal.message}"
        job.result = {"refused": refused, "created": len(wanted) - len(refused)}
        if len(left) <= batch:
            job.status, job.finished_at = JobStatus.SUCCEEDED, timezone.now()
            address = reverse("reviews:review_list", kwargs={"tenant": tenant.slug})
            job.result_url = f"{address}?period={period.label}"
        job.save(update_fields=["status", "finished_at", "result", "result_url"])
        return len(left) > batch
