"""Restating closed scorecards: working out what a card would become, and deciding about it.

The figures come from the engine itself, run over the partner's card of the closed period; a proposal is such a run
that is undone. Applying keeps it: the new card and its lines are frozen, the cohort is ranked again by the totals as
they stand (nobody else's total, coverage or grade moves, and no other late facts are let in), and the delta of the
next period's card follows if that period is open. Both versions stay on record.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.choices import BenchmarkBasis, RunKind
from performance.engine import lines, relative
from performance.engine.recompute import LOCK_CLASS, RunRequest, run_engine
from performance.errors import NothingToRestate, RecomputeBusy, RestatementMoved, RestatementSettled
from performance.models import Benchmark, Restatement, Run, Scorecard
from performance.queries.restatements import CardVersion, causes_of, place_key, versions_of
from performance.services.announcing import tell_of_restatements
from performance.services.closings import note_restated
from performance.services.consequences import note_outcomes_of_restated
from performance.services.scheduling import schedule_alerts, schedule_recompute
from prm.access.actor import SYSTEM, Actor
from prm.audit.services import record
from prm.errors import InvalidInput
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

logger = structlog.get_logger(__name__)

REASON_LENGTH = 1000


@dataclass(frozen=True)
class _Group:
    """Proposals of one programme and closed period, which the engine scores together."""

    programme_id: int
    period_id: int
    rows: list[Restatement]

    @property
    def cards(self) -> list[int]:
        return [row.scorecard_id for row in self.rows]


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is taken back at the end: for finding out what would come of it."""
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)


# --- Working out ---------------------------------------------------------------------------------------------------


def work_out_proposals(*, tenant: Tenant) -> int:
    """Work out every open proposal that more facts have arrived for, one period of a programme at a time.

    A proposal by which nothing would change vanishes: its facts concern no line of the card, or were taken back.
    Returns how many were worked out. Left to the next time while another recompute is at work.
    """
    with tenant_scope(tenant):
        keys = sorted(
            Restatement.objects.filter(settled_at=None, worked_out_at=None)
            .order_by()
            .values_list("scorecard__programme_id", "scorecard__period_id")
            .distinct()
        )
    count = 0
    for programme_id, period_id in keys:
        try:
            with tenant_scope(tenant):
                rows = Restatement.objects.filter(
                    settled_at=None,
                    worked_out_at=None,
                    scorecard__programme_id=programme_id,
                    scorecard__period_id=period_id,
                )
                count += work_out(rows.order_by("pk"))
        except RecomputeBusy:
            break
    return count


def work_out(rows: Iterable[Restatement], *, wait: bool = False) -> int:
    """Find out and keep what the cards of these open proposals would become.

    Raises:
        RecomputeBusy: another recompute is at work and `wait` is off.
    """
    rows = list(rows)
    if not rows:
        return 0
    _take_lock(wait=wait)
    at = timezone.now()
    for group in _groups(_lock(row.pk for row in rows)):
        open_rows = [row for row in group.rows if row.settled_at is None]
        before = versions_of(group.cards)
        with undone():
            _run, after = _rescore(group, actor=SYSTEM, at=at)
        for row in open_rows:
            old, new = before[row.scorecard_id], after.get(row.scorecard_id)
            if new is not None and new.digest == old.digest:
                row.delete()
                continue
            _keep_figures(row, old, new)
            row.worked_out_at = at
            row.save(update_fields=["worked_out_at", "after", "old_total", "new_total", "old_grade", "new_grade"])
    return len(rows)


def _keep_figures(row: Restatement, old: CardVersion, new: CardVersion | None) -> None:
    row.after = new.as_json() if new else None
    row.old_total, row.new_total = old.total, new.total if new else None
    row.old_grade, row.new_grade = old.grade, new.grade if new else ""


def _rescore(group: _Group, *, actor: Actor, at: datetime) -> tuple[Run, dict[int, CardVersion]]:
    """Let the engine score the cards of the group again and freeze their lines; the run and the new versions.

    A partner who would have no card any more is left out.
    """
    cards = dict(Scorecard.objects.filter(pk__in=group.cards).values_list("partner_id", "pk"))
    run = run_engine(
        RunRequest(
            kind=RunKind.RESTATE,
            mode="restate",
            period_ids=[group.period_id],
            programme_id=group.programme_id,
            partner_ids=sorted(cards),
            wait=True,
            actor_label=actor.label,
        ),
        at=at,
    )
    assert run is not None, "Only a run for changes may have nothing to do."
    scored: list[int] = []
    if run.periods:
        with connection.cursor() as cursor:
            cursor.execute("SELECT partner_id FROM w_card")
            scored = [cards[partner_id] for (partner_id,) in cursor.fetchall() if partner_id in cards]
            Scorecard.objects.filter(pk__in=scored).update(lines=None)
            cursor.execute(
                lines.FREEZE,
                {
                    "tenant": require_scope().tenant_id,
                    "period": group.period_id,
                    "programme": group.programme_id,
                },
            )
    return run, versions_of(scored)


def _keep_cohorts(group: _Group) -> None:
    """What later periods take from this one follows the restated cards."""
    tenant = require_scope().tenant
    with connection.cursor() as cursor:
        cursor.execute(
            relative.KEEP_COHORTS,
            {"tenant": tenant.pk, "period": group.period_id, "programme": group.programme_id},
        )
    if Benchmark.objects.filter(basis=BenchmarkBasis.COHORT, withdrawn_at=None).exists():
        schedule_recompute(tenant)


# --- Deciding ------------------------------------------------------------------------------------------------------


def apply_restatements(
    *,
    restatements: Iterable[Restatement],
    actor: Actor,
    reason: str,
    seen: Mapping[int, str] | None = None,
    at: datetime | None = None,
) -> list[Restatement]:
    """Restate the cards of these proposals, all or none, and say why. Both versions stay on record.

    `seen` holds for each proposal's number the digest of the new figures that the person decided on.

    Raises:
        InvalidInput: there is no reason, or it is too long.
        RestatementSettled: somebody decided one of them a moment ago.
        RestatementMoved: the new figures are no longer those that were seen.
        NothingToRestate: a partner has no card in that period by the rules of today.
    """
    reason = _checked(reason)
    at = at or timezone.now()
    _take_lock(wait=True)
    rows = _lock_open(restatements)
    for group in _groups(rows):
        before = versions_of(group.cards)
        places = _places(group)
        causes = {row.pk: causes_of(row) for row in group.rows}
        run, after = _rescore(group, actor=actor, at=at)
        _keep_cohorts(group)
        moved = _places_moved(group, run, places)
        for number, row in enumerate(group.rows):
            new = after.get(row.scorecard_id)
            if new is None:
                raise NothingToRestate(
                    _("%(card)s: by today's rules this partner has no scorecard in the period. Dismiss the proposal.")
                    % {"card": row}
                )
            if seen is not None and seen.get(row.pk) != new.digest:
                raise RestatementMoved(
                    _("%(card)s: the figures have changed since you saw them. Look at them again, then decide.")
                    % {"card": row}
                )
            _keep_figures(row, before[row.scorecard_id], new)
            row.before = before[row.scorecard_id].as_json()
            row.cause = [cause.as_json() for cause in causes[row.pk]]
            row.ranks_moved = moved if number == 0 else {}
            row.run_id, row.was_applied, row.worked_out_at = run.pk, True, at
            _settle(row, actor, reason, at)
            _record(row, actor, "scorecard.restated", before[row.scorecard_id], new, reason)
        regraded = {row.scorecard_id: row.pk for row in group.rows if row.old_grade != row.new_grade}
        period = group.rows[0].scorecard.period
        if regraded:
            note_outcomes_of_restated(period=period, restatements=regraded, at=at)
        note_restated(period=period)
    tell_of_restatements(rows, actor=actor)
    schedule_alerts(require_scope().tenant)
    return rows


def dismiss_restatements(
    *, restatements: Iterable[Restatement], actor: Actor, reason: str, at: datetime | None = None
) -> list[Restatement]:
    """Leave the cards of these proposals as they are, and say why. The same facts are not proposed again.

    Raises:
        InvalidInput: there is no reason, or it is too long.
        RestatementSettled: somebody decided one of them a moment ago.
    """
    reason = _checked(reason)
    at = at or timezone.now()
    rows = _lock_open(restatements)
    before = versions_of(row.scorecard_id for row in rows)
    for row in rows:
        old, new = before[row.scorecard_id], CardVersion.from_json(row.after)
        row.cause = [cause.as_json() for cause in causes_of(row)]
        row.before, row.old_total, row.old_grade = old.as_json(), old.total, old.grade
        row.was_applied = False
        _settle(row, actor, reason, at)
        _record(row, actor, "restatement.dismissed", old, new, reason)
    return rows


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InvalidInput(_("Say why. The reason stays with the scorecard."), field="reason")
    if len(reason) > REASON_LENGTH:
        raise InvalidInput(_("A reason has up to %(count)d characters.") % {"count": REASON_LENGTH}, field="reason")
    return reason


def _take_lock(*, wait: bool) -> None:
    """The tenant's scoring lock, before any row: a run that holds it notices late facts in these rows."""
    function = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [LOCK_CLASS, require_scope().tenant_id])
        (taken,) = cursor.fetchone()
    if taken is False:
        raise RecomputeBusy(_("Another recompute of this workspace is at work. Try again in a moment."))


def _lock(numbers: Iterable[int]) -> list[Restatement]:
    rows = Restatement.objects.filter(pk__in=list(numbers)).order_by("pk")
    return list(
        rows.select_related("scorecard__partner", "scorecard__period", "scorecard__programme").select_for_update(
            of=("self",)
        )
    )


def _lock_open(restatements: Iterable[Restatement]) -> list[Restatement]:
    wanted = {row.pk: row for row in restatements}
    rows = _lock(wanted)
    if len(rows) < len(wanted):
        raise RestatementSettled(_("One of the proposals no longer exists: its facts were taken back."))
    for row in rows:
        if row.settled_at is not None:
            sentence = (
                _("%(card)s: %(who)s has applied this restatement already.")
                if row.was_applied
                else _("%(card)s: %(who)s has dismissed this restatement already.")
            )
            raise RestatementSettled(sentence % {"card": row, "who": row.settled_by or _("Somebody")})
    return rows


def _groups(rows: Sequence[Restatement]) -> list[_Group]:
    """The proposals by programme and period, earlier periods first: a later card's delta looks back at them."""
    found: dict[tuple[int, int], list[Restatement]] = defaultdict(list)
    for row in rows:
        found[row.scorecard.programme_id, row.scorecard.period_id].append(row)
    groups = [_Group(programme_id, period_id, members) for (programme_id, period_id), members in found.items()]
    return sorted(groups, key=lambda group: (group.rows[0].scorecard.period.start, group.programme_id, group.period_id))


def _places(group: _Group) -> dict[int, list[int | None]]:
    """Rank and cohort of all cards of the period."""
    cards = Scorecard.objects.filter(programme_id=group.programme_id, period_id=group.period_id)
    return {pk: [rank, cohort] for pk, rank, cohort in cards.values_list("pk", "rank", "cohort")}


def _places_moved(group: _Group, run: Run, before: dict[int, list[int | None]]) -> dict[str, list[int | None]]:
    """The other cards whose place the run moved: rank and cohort before, rank and cohort after."""
    cards = Scorecard.objects.filter(programme_id=group.programme_id, period_id=group.period_id, run_id=run.pk).exclude(
        pk__in=group.cards
    )
    return {
        place_key(pk): [*before[pk], rank, cohort] for pk, rank, cohort in cards.values_list("pk", "rank", "cohort")
    }


def _settle(row: Restatement, actor: Actor, reason: str, at: datetime) -> None:
    row.settled_at, row.settled_by, row.reason = at, actor.label[:160], reason
    row.save()


def _record(
    row: Restatement, actor: Actor, action: str, old: CardVersion, new: CardVersion | None, reason: str
) -> None:
    names = ("total", "coverage", "grade", "rank")
    changes = {name: [getattr(old, name), getattr(new, name)] for name in names if new is not None}
    record(
        actor=actor,
        action=action,
        target=row,
        partner_id=row.scorecard.partner_id,
        changes={name: pair for name, pair in changes.items() if pair[0] != pair[1]},
        reason=reason,
    )
