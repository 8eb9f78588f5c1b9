"""Writing a draft: two people never overwrite each other, and every change asks for both signatures anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from performance.models import KPI
from performance.plans.choices import PlanStatus, Side
from performance.plans.models import Commitment, Objective, Plan
from performance.plans.queries.results import figures_of
from performance.plans.rules.judging import least_days
from performance.plans.rules.progress import reached, trigger_line
from performance.plans.services.drafting import check_kpis, new_objective, taken_kpis, unless_taken, usual_exit
from performance.plans.services.moving import check_status, locked, note, today_of
from performance.plans.services.news import tell_offered
from performance.services.checking import check_fields
from prm.access.actor import Actor
from prm.accounts.models import Membership, PartnerAccess, User
from prm.audit.services import changes_between
from prm.errors import Conflict, InvalidInput
from prm.tenancy.scope import require_scope

FIELDS = (
    "title", "length_days", "margin_percent", "periods_to_succeed", "checkpoint_days", "vendor_support", "owner_id",
    "partner_lead_id",
)  # fmt: skip
MOST_COMMITMENTS = 40
MOST_CHECKPOINTS = 12
FURTHEST = timedelta(days=3 * 366)
"""How far from the day of the draft something promised may be due: longer than the longest plan."""

KEEP: Any = object()
"""Stands for a person who stays as they are; None takes them away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveSpec:
    """A KPI to bring back. Without an `exit_value` it follows from the floor, the target and the plan's margin."""

    kpi: KPI
    exit_value: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentSpec:
    """Something promised by a day. `public_id` names one that is there already; `kpi` the objective it is for."""

    side: str
    title: str
    due_on: date
    kpi: KPI | None = None
    owner: User | None = None
    public_id: UUID | str | None = None


def edit_draft(
    *,
    plan: Plan,
    version: int,
    actor: Actor,
    title: str | None = None,
    length_days: int | None = None,
    margin_percent: Decimal | None = None,
    periods_to_succeed: int | None = None,
    checkpoint_days: Sequence[int] | None = None,
    vendor_support: str | None = None,
    owner: User | None = KEEP,
    partner_lead: User | None = KEEP,
    objectives: Sequence[ObjectiveSpec] | None = None,
    commitments: Sequence[CommitmentSpec] | None = None,
) -> Plan:
    """Change a draft; what is None stays. All or nothing; the version goes up and older signatures count no more.

    Raises:
        Conflict: it is no draft, somebody has changed it meanwhile, or a KPI is in another open plan.
        InvalidInput: naming the field that is wrong and the rule it breaks.
    """
    plan = locked(plan)
    check_status(plan, [PlanStatus.DRAFT], _("A draft can be changed. This plan is “%(status)s”."))
    if version != plan.version:
        raise Conflict(
            _("Somebody has changed the plan meanwhile. Read the new version; nothing of yours was saved."),
            code="version_changed",
        )
    before = _picture(plan)
    given = {
        "title": title, "length_days": length_days, "margin_percent": margin_percent,
        "periods_to_succeed": periods_to_succeed, "vendor_support": vendor_support,
        "checkpoint_days": None if checkpoint_days is None else sorted(set(checkpoint_days)),
    }  # fmt: skip
    for name, value in given.items():
        if value is not None:
            setattr(plan, name, value.strip() if isinstance(value, str) else value)
    _set_people(plan, owner, partner_lead)
    _check(plan)
    if objectives is not None:
        with unless_taken("objectives"):
            _write_objectives(plan, objectives)
    elif margin_percent is not None:
        _follow_margin(plan, before["margin_percent"])
    if commitments is not None:
        _write_commitments(plan, commitments)
    changes = changes_between(before, _picture(plan))
    if not changes:
        return plan
    plan.version += 1
    plan.save()
    note(plan, actor=actor, action="plan.edited", changes=changes)
    if plan.offered_at is not None:
        tell_offered(plan)
    return plan


def _picture(plan: Plan) -> dict[str, Any]:
    """What a version consists of, comparable and readable in the audit trail."""
    picture: dict[str, Any] = {name: getattr(plan, name) for name in FIELDS}
    picture["objectives"] = [
        f"{row.kpi.code}: {row.exit_value}" for row in plan.objectives.select_related("kpi").order_by("place", "pk")
    ]
    rows = plan.commitments.select_related("objective__kpi").order_by("due_on", "place", "pk")
    picture["commitments"] = [
        f"{row.side}: {row.title}, {row.due_on}, {row.owner_id or ''}, {row.objective or ''}" for row in rows
    ]
    return picture


def _set_people(plan: Plan, owner: Any, partner_lead: Any) -> None:
    if owner is not KEEP:
        if owner is not None:
            _check_member(owner, "owner")
        plan.owner = owner
    if partner_lead is not KEEP:
        if partner_lead is not None:
            _check_at_partner(plan, partner_lead, "partner_lead")
        plan.partner_lead = partner_lead


def _check_member(person: User, field: str) -> None:
    scope = require_scope()
    if not Membership.objects.filter(tenant_id=scope.tenant_id, user=person, is_active=True).exists():
        raise InvalidInput(_("%(person)s does not work here.") % {"person": person}, field=field)


def _check_at_partner(plan: Plan, person: User, field: str) -> None:
    own = PartnerAccess.objects.filter(
        tenant_id=require_scope().tenant_id, partner_id=plan.partner_id, user=person, is_active=True
    )
    if not own.exists():
        raise InvalidInput(
            _("%(person)s has no access to the portal of %(partner)s.") % {"person": person, "partner": plan.partner},
            field=field,
        )


def _check(plan: Plan) -> None:
    if not plan.title:
        raise InvalidInput(_("Give the plan a title."), field="title", code="required")
    check_fields(plan)
    if not 0 <= plan.margin_percent <= 100:
        raise InvalidInput(_("The margin is a share from 0 to 100 percent."), field="margin_percent")
    least = least_days(plan.period_kind, plan.periods_to_succeed)
    if plan.length_days < least:
        raise InvalidInput(
            _("%(days)d days are too short for %(count)d closed periods in a row: at least %(least)d days are needed.")
            % {"days": plan.length_days, "count": plan.periods_to_succeed, "least": least},
            field="length_days",
        )
    days = plan.checkpoint_days
    if len(days) > MOST_CHECKPOINTS or any(not 0 < day <= plan.length_days for day in days):
        raise InvalidInput(
            _("Up to %(count)d checkpoints, each on a day from 1 to %(last)d.")
            % {"count": MOST_CHECKPOINTS, "last": plan.length_days},
            field="checkpoint_days",
        )


# --- Objectives ------------------------------------------------------------------------------------------------------


def _write_objectives(plan: Plan, specs: Sequence[ObjectiveSpec]) -> None:
    ids = [spec.kpi.pk for spec in specs]
    if len(set(ids)) != len(ids):
        raise InvalidInput(_("Each KPI stands once in a plan."), field="objectives")
    check_kpis(ids)
    own = {row.kpi_id: row for row in plan.objectives.select_related("kpi")}
    added = set(ids) - set(own)
    taken = taken_kpis([plan.partner_id], plan.programme_id)[plan.partner_id] & added
    if taken:
        names = ", ".join(str(spec.kpi) for spec in specs if spec.kpi.pk in taken)
        raise Conflict(
            _("Another open plan of %(partner)s is about %(kpis)s already.") % {"partner": plan.partner, "kpis": names},
            code="kpi_in_open_plan",
            field="objectives",
        )
    plan.objectives.exclude(kpi_id__in=ids).delete()
    figures = []
    if added:
        found = figures_of([plan.partner_id], programme_id=plan.programme_id, period_kind=plan.period_kind)
        figures = found.get(plan.partner_id, [])
    for place, spec in enumerate(specs, 1):
        row = own.get(spec.kpi.pk)
        if row is None:
            history = [figure for figure in figures if figure.kpi_id == spec.kpi.pk]
            row = new_objective(plan, spec.kpi, history[-4:], place)
        row.place = place
        row.exit_value = _exit(plan, row) if spec.exit_value is None else _checked_exit(row, spec.exit_value)
        row.save()


def _exit(plan: Plan, row: Objective) -> Decimal | None:
    return usual_exit(row, plan.margin_percent)


def _checked_exit(row: Objective, value: Decimal) -> Decimal:
    """The value, if it is better than the line that set the plan off.

    Raises:
        InvalidInput: it is not.
    """
    line = trigger_line(row.direction, row.trigger_value, row.floor, row.target, row.ceiling)
    lines = {"floor": row.floor, "target": row.target, "ceiling": row.ceiling}
    if line is not None and reached(row.direction, line, value, **lines):
        raise InvalidInput(
            _("The value to reach for %(kpi)s has to be better than %(line)s, where the plan was set off.")
            % {"kpi": row.kpi, "line": f"{line.normalize():f}"},
            field="objectives",
            code="exit_not_better",
        )
    return value


def _follow_margin(plan: Plan, before: Decimal) -> None:
    """Exits that followed from the former margin follow from the new one; those that somebody typed stay."""
    for row in plan.objectives.select_related("kpi"):
        former = usual_exit(row, before)
        if row.exit_value == former:
            row.exit_value = _exit(plan, row)
            row.save(update_fields=["exit_value"])


# --- Commitments -----------------------------------------------------------------------------------------------------


def _write_commitments(plan: Plan, specs: Sequence[CommitmentSpec]) -> None:
    if len(specs) > MOST_COMMITMENTS:
        raise InvalidInput(
            _("A plan has up to %(count)d commitments.") % {"count": MOST_COMMITMENTS}, field="commitments"
        )
    own = {str(row.public_id): row for row in plan.commitments.all()}
    objectives = {row.kpi_id: row for row in plan.objectives.all()}
    kept = {str(spec.public_id) for spec in specs if spec.public_id is not None}
    if kept - set(own):
        raise Conflict(
            _("A commitment that you changed is gone. Read the new version of the plan."), code="version_changed"
        )
    plan.commitments.exclude(public_id__in=kept).delete()
    for place, spec in enumerate(specs, 1):
        row = own[str(spec.public_id)] if spec.public_id is not None else Commitment(plan=plan)
        row.side, row.title, row.due_on, row.place = spec.side, spec.title.strip(), spec.due_on, place
        row.objective = None if spec.kpi is None else objectives.get(spec.kpi.pk)
        row.owner = spec.owner  # type: ignore[assignment]
        _check_commitment(plan, row)
        row.save()


def _check_commitment(plan: Plan, row: Commitment) -> None:
    if row.side not in Side.values:
        raise InvalidInput(_("Say who promises it."), field="commitments")
    if not row.title or len(row.title) > 200:
        raise InvalidInput(_("Say in up to 200 characters what is promised."), field="commitments")
    if abs(row.due_on - (plan.starts_on or today_of())) > FURTHEST:
        raise InvalidInput(
            _("“%(what)s” has to be due within three years of the day on which the plan was drafted.") % {"what": row},
            field="commitments",
        )
    if row.owner is not None and row.side == Side.VENDOR:
        _check_member(row.owner, "commitments")
    elif row.owner is not None:
        _check_at_partner(plan, row.owner, "commitments")
