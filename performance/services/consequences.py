"""Consequences of grades: switching them on, keeping what follows when a period is closed, and carrying it out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.choices import OutcomeState, TemplateStatus
from performance.consequences import BATCH, ConsequenceKind, consequence_kinds
from performance.engine import consequences as statements
from performance.errors import ConsequencesNotReady
from performance.models import BandConsequence, Outcome, PeriodRow, ScorecardTemplate
from performance.services.scheduling import schedule_consequences
from prm.access.actor import Actor
from prm.audit.services import record
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

logger = structlog.get_logger(__name__)

MOST_TRIES = 5
"""An outcome that failed so often is left as failed."""


# --- Switching -------------------------------------------------------------------------------------------------------


def switch_consequences(
    *, template: ScorecardTemplate, actor: Actor, is_on: bool, at: datetime | None = None
) -> ScorecardTemplate:
    """Let the consequences of a published version follow from now on, or stop them.

    Switched on, they follow from the next closing, never from a period that was closed before. Switched off, nothing
    new follows; what was told stays told, and alerts stay until somebody resolves them.

    Raises:
        ConsequencesNotReady: it is a draft, nothing is chosen, or they are on or off already.
    """
    template = ScorecardTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    if template.status == TemplateStatus.DRAFT:
        raise ConsequencesNotReady(_("Publish the version first. Nothing is scored with a draft."))
    if is_on and not chosen_of(template):
        raise ConsequencesNotReady(_("No consequence is chosen for any grade of this version."))
    if is_on == (template.consequences_on_at is not None):
        raise ConsequencesNotReady(
            _("The consequences of this version are on already.")
            if is_on
            else _("The consequences of this version are off already.")
        )
    _switch(template, actor, is_on=is_on, at=at or timezone.now())
    return template


def _switch(template: ScorecardTemplate, actor: Actor, *, is_on: bool, at: datetime) -> None:
    template.consequences_on_at = at if is_on else None
    template.consequences_on_by = actor.label[:160] if is_on else ""
    template.save(update_fields=["consequences_on_at", "consequences_on_by"])
    told = [f"{grade}: {kind}, {timing}" for grade, kind, timing in sorted(chosen_of(template))]
    record(
        actor=actor,
        action="template.consequences_switched_on" if is_on else "template.consequences_switched_off",
        target=template,
        changes={"consequences": [None, told] if is_on else [told, None]},
    )


def chosen_of(template: ScorecardTemplate) -> set[tuple[str, str, str]]:
    """What a version has for its grades, as (grade, kind, timing)."""
    rows = BandConsequence.objects.filter(band__template=template)
    return set(rows.order_by().values_list("band__key", "kind", "timing"))


def are_those_in_force(template: ScorecardTemplate, former: ScorecardTemplate | None) -> bool:
    """Whether a version's consequences are just those that are on in the version before it."""
    return (
        former is not None
        and former.consequences_on_at is not None
        and chosen_of(former) == chosen_of(template)
        and sorted(former.consequence_periods) == sorted(template.consequence_periods)
    )


def inherit_consequences(
    *, template: ScorecardTemplate, former: ScorecardTemplate | None, actor: Actor, is_on: bool | None
) -> None:
    """At publishing: on or off as the person says, else as in the version before where the choice is the same."""
    if is_on is None:
        is_on = are_those_in_force(template, former)
    if is_on and chosen_of(template):
        _switch(template, actor, is_on=True, at=timezone.now())


# --- What follows ----------------------------------------------------------------------------------------------------


def note_outcomes(*, period: PeriodRow, at: datetime) -> dict[str, int]:
    """At closing, before the period is marked closed: keep what follows from its grades; how many, by kind.

    It is carried out after the closing has committed, so nothing that goes wrong there can stop it.
    """
    return _note(period, at=at)


def note_outcomes_of_restated(*, period: PeriodRow, restatements: Mapping[int, int], at: datetime) -> dict[str, int]:
    """After a restatement gave cards another grade: what followed from the former grade lapses, and what follows from
    the new one is kept, unless it has followed from this grade of the card before.

    `restatements` maps cards to their restatements.
    """
    cards = sorted(restatements)
    with connection.cursor() as cursor:
        cursor.execute(statements.LAPSE, {"tenant": require_scope().tenant_id, "cards": cards, "at": at})
    return _note(period, at=at, cards=cards, restatements=[restatements[card] for card in cards])


def _note(
    period: PeriodRow, *, at: datetime, cards: Sequence[int] | None = None, restatements: Sequence[int] = ()
) -> dict[str, int]:
    tenant = require_scope().tenant
    params: dict[str, Any] = {
        "tenant": tenant.pk,
        "template": None,
        "kinds": consequence_kinds.keys,
        "period": period.pk,
        "partners": None,
        "cards": None if cards is None else list(cards),
        "restated": list(cards or ()),
        "restatements": list(restatements),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.NOTE, params)
        counts = {str(kind): int(count) for kind, count in cursor.fetchall()}
    schedule_consequences(tenant)
    return counts


# --- Carrying out ----------------------------------------------------------------------------------------------------


def has_waiting_outcomes(tenant: Tenant) -> bool:
    """Whether something that followed from a grade has still to be done, or to be tried again."""
    with tenant_scope(tenant):
        return _waiting().exists()


def _waiting() -> Any:
    again = Q(state=OutcomeState.FAILED, tries__lt=MOST_TRIES)
    return Outcome.objects.filter(Q(state=OutcomeState.WAITING) | again, lapsed_at=None)


def carry_out_outcomes(*, tenant: Tenant, at: datetime | None = None) -> int:
    """Do everything that has followed from grades and is not done yet; how many outcomes were done.

    Batches of one kind, each in a transaction of its own with its rows locked: two workers never do the same, and a
    second pass finds nothing. What fails is marked, does not hold up the others, and is tried again by the next sweep.
    """
    at = at or timezone.now()
    done = 0
    for kind in consequence_kinds:
        while True:
            with tenant_scope(tenant):
                rows = _lock(kind.key, at)
                done += _carry_out(kind, rows, at)
            if len(rows) < BATCH:
                break
        if kind.tidy is not None:
            with tenant_scope(tenant):
                kind.tidy(at)
    if done:
        logger.info("consequences.carried_out", count=done)
    return done


def _lock(kind: str, at: datetime) -> list[Outcome]:
    rows = _waiting().filter(Q(tried_at=None) | Q(tried_at__lt=at), kind=kind).order_by("pk")
    related = ("partner", "scorecard__period", "scorecard__programme")
    return list(rows.select_related(*related).select_for_update(of=("self",), skip_locked=True)[:BATCH])


def _carry_out(kind: ConsequenceKind, rows: Sequence[Outcome], at: datetime) -> int:
    if not rows:
        return 0
    problem = _try(kind, rows, at)
    if problem and len(rows) > 1:
        for row in rows:
            row.problem = _try(kind, [row], at)
    elif problem:
        rows[0].problem = problem
    ways: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row in rows:
        ways[row.problem, row.told].append(row.pk)
    for (problem, told), numbers in ways.items():
        state = OutcomeState.FAILED if problem else OutcomeState.DONE if told else OutcomeState.NOBODY
        Outcome.objects.filter(pk__in=numbers).update(
            state=state,
            told=told,
            tries=F("tries") + 1,
            problem=problem,
            tried_at=at,
            done_at=None if problem else at,
        )
    return sum(not row.problem for row in rows)


def _try(kind: ConsequenceKind, rows: Sequence[Outcome], at: datetime) -> str:
    """Do it, all or nothing; what went wrong, empty when nothing did."""
    try:
        with transaction.atomic():
            told = kind.carry_out(rows, at)
    except Exception as error:
        # Whatever an app's consequence stumbles over, the others' must follow and the closing stands.
        logger.exception("consequence.failed", kind=kind.key, outcomes=len(rows))
        return f"{type(error).__name__}: {error}"[:240]
    for row in rows:
        row.told, row.problem = told.get(row.pk, 0), ""
    return ""
