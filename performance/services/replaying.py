"""Running a recorded run again, without keeping anything, to see whether the same comes out.

The rules and facts of now are scored over the periods of the run inside a savepoint that is taken back. A run stores
its manifest and the hash of its result, not each card, so the cards listed are those that stand now beside what the
recomputation gives.
"""

from functools import partial
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from performance.choices import RunStatus
from performance.engine.recompute import RunRequest, run_engine
from performance.errors import NotComparable, RecomputeBusy
from performance.models import PeriodRow, Run
from performance.queries.runs import WHOLE_RUNS, facts_after
from performance.services.restatements import undone
from prm.access.actor import Actor
from prm.audit.services import plain, record
from prm.jobs.models import Job, JobStatus
from prm.jobs.services import create_job, finish_job, report_progress, running_job
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

JOB_KIND = "scorecards.replay"
CARDS_SHOWN = 200

_REMEMBER = """
DROP TABLE IF EXISTS pg_temp.w_stored;
CREATE TEMPORARY TABLE w_stored ON COMMIT DROP AS
SELECT programme_id, period_id, partner_id, total, coverage, grade, rank, delta
  FROM performance_scorecard WHERE tenant_id = %(tenant)s AND period_id = ANY(%(periods)s);
ANALYZE w_stored
"""

_DIFFERENCES = """
WITH now AS (
  SELECT s.programme_id, s.period_id, s.partner_id, s.total, s.coverage, s.grade, s.rank, s.delta
    FROM performance_scorecard s
   WHERE s.tenant_id = %(tenant)s AND s.period_id = ANY(%(periods)s) AND (s.programme_id, s.period_id, s.partner_id) IN
         (SELECT programme_id, period_id, partner_id FROM w_card)),
pair AS (
  SELECT coalesce(o.programme_id, n.programme_id) AS programme_id, coalesce(o.period_id, n.period_id) AS period_id,
         coalesce(o.partner_id, n.partner_id) AS partner_id, o.partner_id IS NOT NULL AS stands,
         n.partner_id IS NOT NULL AS would, o.total AS old_total, n.total AS new_total, o.coverage AS old_coverage,
         n.coverage AS new_coverage, o.grade AS old_grade, n.grade AS new_grade, o.rank AS old_rank, n.rank AS new_rank,
         o.delta AS old_delta, n.delta AS new_delta
    FROM w_stored o FULL JOIN now n USING (programme_id, period_id, partner_id)
   WHERE (o.partner_id, o.total, o.coverage, o.grade, o.rank, o.delta)
         IS DISTINCT FROM (n.partner_id, n.total, n.coverage, n.grade, n.rank, n.delta))
SELECT count(*) OVER (), t.id AS partner_id, t.public_id::text AS partner, t.name, t.external_id, g.key AS programme,
       p.label AS period, p.closed_at IS NOT NULL AS is_closed, stands, would, old_total, new_total, old_coverage,
       new_coverage, old_grade, new_grade, old_rank, new_rank, old_delta, new_delta
  FROM pair
  JOIN performance_periodrow p ON p.tenant_id = %(tenant)s AND p.id = pair.period_id
  JOIN partners_programme g ON g.tenant_id = %(tenant)s AND g.id = pair.programme_id
  JOIN partners_partner t ON t.tenant_id = %(tenant)s AND t.id = pair.partner_id
 ORDER BY abs(coalesce(new_total, 0) - coalesce(old_total, 0)) DESC, p.start_on DESC, t.name, p.id LIMIT %(limit)s
"""


def replay(run: Run) -> dict[str, Any]:
    """Score the periods of a run by the rules and facts of now and compare; nothing is kept. JSON values only.

    `same_hash` is None where the run's hash covers other cards than a whole recomputation. `cards` are those that
    would change, at most CARDS_SHOWN of `cards_differing`. `facts` arrived, changed or went after the run's watermark.

    Raises:
        NotComparable: the run failed or scored no period that still exists.
        RecomputeBusy: another recompute is at work.
    """
    tenant = require_scope().tenant
    periods = list(PeriodRow.objects.filter(label__in=run.periods).values_list("pk", flat=True))
    if run.status != RunStatus.DONE or not periods:
        raise NotComparable(_("This run scored no period, so there is nothing to run again."))
    params: dict[str, Any] = {"tenant": tenant.pk, "periods": periods, "limit": CARDS_SHOWN}
    with undone(), connection.cursor() as cursor:
        cursor.execute(_REMEMBER, params)
        again = run_engine(RunRequest(kind=run.kind, mode="replay", period_ids=periods))  # type: ignore[arg-type]
        assert again is not None, "Only a run for changes may have nothing to do."
        found: list[dict[str, Any]] = []
        count = 0
        if again.periods:
            cursor.execute(_DIFFERENCES, params)
            names = [column.name for column in cursor.description][1:]
            for row in cursor.fetchall():
                count = row[0]
                found.append({name: plain(value) for name, value in zip(names, row[1:], strict=True)})
    late, late_count = facts_after(run)
    whole = run.kind in WHOLE_RUNS and len(periods) == len(run.periods)
    return {
        "run": run.pk,
        "output_hash": again.output_hash,
        "same_hash": again.output_hash == run.output_hash if whole else None,
        "same_rules": again.rules_hash == run.rules_hash,
        "same_program": again.code_version == run.code_version,
        "cards_compared": again.counts["cards"],
        "cards_differing": count,
        "cards": found,
        "facts_after": late_count,
        "facts": late,
        "duration_ms": again.duration_ms,
    }


def ask_for_replay(*, run: Run, actor: Actor) -> Job:
    """A job that runs a recorded run again and keeps the comparison.

    Raises:
        NotComparable: the run failed or scored no period.
        RecomputeBusy: one for this run is waiting or at work.
    """
    if run.status != RunStatus.DONE or not run.periods:
        raise NotComparable(_("This run scored no period, so there is nothing to run again."))
    latest = latest_replay(run)
    if latest is not None and latest.status in (JobStatus.QUEUED, JobStatus.RUNNING):
        raise RecomputeBusy(_("This run is being run again already. Wait until that has finished."))
    title = _("Run %(number)s again and compare") % {"number": run.pk}
    job = create_job(actor=actor, kind=JOB_KIND, title=title, params={"run": run.pk})
    record(actor=actor, action="run.replayed", target=run)
    transaction.on_commit(partial(_send, require_scope().tenant_id, job.pk), robust=True)
    return job


def latest_replay(run: Run) -> Job | None:
    """The newest job that ran this run again."""
    return Job.objects.filter(kind=JOB_KIND, params__run=run.pk).order_by("-created_at", "-pk").first()


def run_replay_job(*, tenant: Tenant, job_id: int) -> None:
    """Do what the job asks for. Safe to run twice: a job that is running or done is left alone."""
    with running_job(tenant, job_id) as job:
        if job is None:
            return
        report_progress(job, 0, 2, _("Scoring"))
        with tenant_scope(tenant):
            run = Run.objects.get(pk=job.params["run"])
            result = replay(run)
            address = reverse("performance:run_again", kwargs={"tenant": tenant.slug, "run": run.public_id})
            finish_job(job, result=result, result_url=address)
        report_progress(job, 2, 2, _("Done"))


def _send(tenant_id: int, job_id: int) -> None:
    from performance.tasks import replay_as_job  # the task calls this module

    replay_as_job.delay(tenant_id, job_id)
