"""Replaying what-ifs: at once where that is quick, as a job with progress where it is not."""

from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.models import Partner
from performance.engine import whatif as engine
from performance.errors import WhatIfMoved
from performance.models import PeriodRow, Run, Scorecard, ScorecardTemplate, WhatIf
from performance.queries.reference import template_for
from performance.queries.what_if_draft import Draft
from performance.rules.what_if import kind_of_move, outcome_of
from performance.services.what_ifs import locked, rules_digest
from prm.access.actor import Actor
from prm.audit.services import plain
from prm.jobs.models import Job, JobStatus
from prm.jobs.services import create_job, finish_job, report_progress, running_job
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

logger = structlog.get_logger(__name__)

JOB_KIND = "scorecards.what_if"

CARDS_AT_ONCE = 8_000
"""Up to so many cards the results are taken within the request; more would keep a person waiting."""

REPLAYED_AT_ONCE = 60_000
"""Up to so many cards a replay is done within the request."""


def needs_basis(what_if: WhatIf) -> bool:
    """Whether results have to be taken first: none are there, or they are of other periods."""
    return what_if.basis_at is None or what_if.basis_periods != what_if.periods


def newest_run_id() -> int | None:
    """The newest run; no card changes without one."""
    return Run.objects.order_by("-pk").values_list("pk", flat=True).first()


def has_newer_results(what_if: WhatIf) -> bool:
    """Whether cards of its periods were written after the results were taken."""
    if what_if.basis_at is None:
        return False
    seen = what_if.basis_run or 0
    cards = Scorecard.objects.filter(programme=what_if.programme_id, period__label__in=what_if.periods)
    return cards.filter(Exists(Run.objects.filter(pk__gt=seen)), run_id__gt=seen).exists()


def cards_concerned(what_if: WhatIf) -> int:
    """About how many cards a replay scores."""
    return Partner.objects.filter(partner_type__is_scored=True).count() * len(what_if.periods)


def ask_for_replay(*, what_if: WhatIf, actor: Actor, refresh: bool = False) -> Job | None:
    """Replay the draft: at once (None), or as a job. `refresh` takes the results afresh, as they stand now.

    Results of few partners are always taken afresh when a recompute came in between.

    Raises:
        WhatIfSettled: it was published or discarded.
        WhatIfMoved: a replay of it is under way.
    """
    what_if = locked(what_if)
    job = replay_at_work(what_if)
    if job is not None:
        raise WhatIfMoved(_("This what-if is being replayed already. Wait until that has finished."))
    cards = cards_concerned(what_if)
    refresh = refresh or needs_basis(what_if) or (cards <= CARDS_AT_ONCE and has_newer_results(what_if))
    if cards <= (CARDS_AT_ONCE if refresh else REPLAYED_AT_ONCE):
        replay_what_if(what_if=what_if, actor=actor, refresh=refresh)
        return None
    title = _("Replay “%(name)s”") % {"name": what_if.name}
    params = {"what_if": what_if.pk, "refresh": refresh, "actor": actor.label}
    job = create_job(actor=actor, kind=JOB_KIND, title=title, params=params)
    transaction.on_commit(partial(_send, require_scope().tenant_id, job.pk), robust=True)
    return job


def latest_job(what_if: WhatIf) -> Job | None:
    """The newest job that replayed it."""
    return Job.objects.filter(kind=JOB_KIND, params__what_if=what_if.pk).order_by("-pk").first()


def replay_at_work(what_if: WhatIf) -> Job | None:
    """The job that is waiting or at work on it."""
    job = latest_job(what_if)
    return job if job is not None and job.status in (JobStatus.QUEUED, JobStatus.RUNNING) else None


def run_what_if_job(*, tenant: Tenant, job_id: int) -> None:
    """Do what the job asks for. Safe to run twice: a job that is running or done is left alone."""
    with running_job(tenant, job_id) as job:
        if job is None:
            return
        with tenant_scope(tenant):
            what_if = locked(WhatIf(pk=job.params["what_if"]))
            if job.params["refresh"]:
                report_progress(job, 1, 4, _("Taking the results of the periods"))
                take_basis(what_if)
            report_progress(job, 3, 4, _("Scoring by the draft"))
            replay_what_if(what_if=what_if, actor=Actor(kind="user", user_id=None, label=job.params["actor"]))
            address = reverse("performance:what_if", kwargs={"tenant": tenant.slug, "what_if": what_if.public_id})
            finish_job(job, result={"what_if": what_if.pk}, result_url=address)
        report_progress(job, 4, 4, _("Done"))


def take_basis(what_if: WhatIf) -> None:
    """Put down what the periods look like now, for this and the following replays."""
    run_id = newest_run_id()
    periods = Draft(what_if).periods
    engine.take_basis(
        {
            **_params(what_if, periods),
            "first_ym": min(row.ym_from for row in periods),
            "end_ym": max(row.ym_to for row in periods),
        }
    )
    what_if.basis_at, what_if.basis_run, what_if.basis_periods = timezone.now(), run_id, what_if.periods
    what_if.save(update_fields=["basis_at", "basis_run", "basis_periods"])


def replay_what_if(*, what_if: WhatIf, actor: Actor, refresh: bool = False) -> WhatIf:
    """Score the periods by the draft, keep the figures and who would move. No card is touched."""
    if refresh or needs_basis(what_if):
        take_basis(what_if)
    began = timezone.now()
    draft = Draft(what_if)
    periods = draft.periods
    params = _params(what_if, periods)
    tallies = engine.replay(params)
    outcomes, kinds = [], []
    for period in periods:
        old_order, new_order = _orders(what_if, period)
        ways = [way for way in tallies if way.period_id == period.pk]
        outcomes.append(outcome_of(period.label, ways, old_order, new_order))
        kinds += [(way, kind) for way in ways if (kind := kind_of_move(way, old_order, new_order))]
    engine.keep_moves(params, kinds)
    duration = round((timezone.now() - began).total_seconds() * 1000)
    what_if.figures = {"periods": [outcome.as_json() for outcome in outcomes], "duration_ms": duration}
    what_if.changes = plain(draft.changes)
    what_if.replayed_at, what_if.replayed_by = timezone.now(), actor.label[:160]
    what_if.replayed_rules = rules_digest(draft)
    what_if.save()
    logger.info("what_if.replayed", what_if=what_if.pk, cards=sum(row.cards_after for row in outcomes), ms=duration)
    return what_if


def _params(what_if: WhatIf, periods: list[PeriodRow]) -> dict[str, Any]:
    return {
        "tenant": require_scope().tenant_id,
        "what_if": what_if.pk,
        "programme": what_if.programme_id,
        "draft": what_if.template_id,
        "periods": [row.pk for row in periods],
    }


def _orders(what_if: WhatIf, period: PeriodRow) -> tuple[list[str], list[str]]:
    """The grades of the version in force and of the one replayed, best first."""
    stored = template_for(what_if.programme_id, period.start)
    drafted = what_if.template or stored
    return _grades(stored), _grades(drafted)


def _grades(template: ScorecardTemplate | None) -> list[str]:
    return [band.key for band in template.bands.all()] if template else []


def _send(tenant_id: int, job_id: int) -> None:
    from performance.tasks import replay_what_if_as_job  # the task calls this module

    replay_what_if_as_job.delay(tenant_id, job_id)
