"""Making plans, pre-filled from closed scorecards, and taking them up or dismissing them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.choices import PartnerStatus
from partners.models import Partner, Programme
from performance.models import KPI
from performance.plans.choices import OPEN, PlanOrigin, PlanStatus
from performance.plans.models import Commitment, Objective, Plan, PlanTemplate, TriggerRule
from performance.plans.models.setup import usual_checkpoints
from performance.plans.queries.results import Figure, figures_of
from performance.plans.rules.judging import least_days
from performance.plans.rules.progress import exit_value
from performance.plans.services.moving import check_status, checked_reason, end, locked, move, note, today_of
from performance.queries.cards import KIND_PREFERENCE
from performance.queries.reference import kpis_by_id, periods_by_id
from prm.access.actor import Actor
from prm.errors import Conflict, InvalidInput
from prm.periods import PeriodKind
from prm.tenancy.scope import require_scope

RECORDS = 4
"""How many closed periods an objective brings along."""

USUAL_DAYS = 90
MOST_DAYS = 730
MOST_OBJECTIVES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What a plan is to be made from."""

    partner: Partner
    programme: Programme
    kpi_ids: Sequence[int]
    period_kind: str
    origin: str = PlanOrigin.MANUAL
    origin_label: str = ""
    origin_url: str = ""
    rule: TriggerRule | None = None
    template: PlanTemplate | None = None
    former: Plan | None = None
    title: str = ""


def draft_plan(
    *,
    partner: Partner,
    programme: Programme,
    kpis: Collection[KPI],
    actor: Actor,
    origin: str = PlanOrigin.MANUAL,
    origin_label: str = "",
    origin_url: str = "",
    rule: TriggerRule | None = None,
    template: PlanTemplate | None = None,
    status: str = PlanStatus.DRAFT,
    period_kind: str = "",
    title: str = "",
    former: Plan | None = None,
    at: datetime | None = None,
) -> Plan:
    """Make a plan about KPIs of a partner. Objectives come with the results of the last closed periods.

    Raises:
        InvalidInput: there is no KPI, or there are too many.
        Conflict: another open plan is about one of them, or the partner has left.
    """
    ids = list(dict.fromkeys(kpi.pk for kpi in kpis))
    check_kpis(ids)
    held = Partner.objects.select_for_update(of=("self",), no_key=True).only("pk", "status").get(pk=partner.pk)
    if held.status == PartnerStatus.TERMINATED:
        raise Conflict(_("%(partner)s is no partner any more.") % {"partner": partner}, code="terminated")
    taken = taken_kpis([partner.pk], programme.pk)[partner.pk] & set(ids)
    if taken:
        names = ", ".join(sorted(str(kpis_by_id()[pk]) for pk in taken))
        raise Conflict(
            _("Another open plan of %(partner)s is about %(kpis)s already. Add what is missing there.")
            % {"partner": partner, "kpis": names},
            code="kpi_in_open_plan",
            field="kpis",
        )
    sketch = Sketch(
        partner=partner, programme=programme, kpi_ids=ids, origin=origin, origin_label=origin_label,
        origin_url=origin_url, rule=rule, template=template or (rule.template if rule else None), former=former,
        title=title, period_kind=period_kind or (rule.period_kind if rule else usual_period_kind()),
    )  # fmt: skip
    with unless_taken("kpis"):
        (plan,) = write_plans([sketch], actor=actor, status=status, at=at)
    return plan


@contextmanager
def unless_taken(field: str) -> Iterator[None]:
    """Write objectives; where somebody took one of their KPIs at the same moment, nothing is written.

    Raises:
        Conflict: at the field.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Conflict(
            _("Another open plan is about one of these KPIs already."), code="kpi_in_open_plan", field=field
        ) from error


def check_kpis(kpi_ids: Sequence[int]) -> None:
    """Refuse a plan about nothing, or about everything.

    Raises:
        InvalidInput: naming the field and the rule.
    """
    if not kpi_ids:
        raise InvalidInput(_("Choose at least one KPI that the plan is to bring back."), field="kpis", code="required")
    if len(kpi_ids) > MOST_OBJECTIVES:
        raise InvalidInput(
            _("A plan has up to %(count)d objectives. Begin with those that matter most.") % {"count": MOST_OBJECTIVES},
            field="kpis",
        )


def usual_period_kind() -> str:
    """By which periods plans are judged unless somebody says otherwise: the first usual kind that is ever closed."""
    closed = {row.kind for row in periods_by_id().values() if row.closed_at is not None}
    return next((str(kind) for kind in KIND_PREFERENCE if kind in closed), str(PeriodKind.QUARTER))


def taken_kpis(partner_ids: Collection[int], programme_id: int) -> dict[int, set[int]]:
    """The KPIs that open plans are about, by partner."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = Objective.objects.filter(partner_id__in=partner_ids, programme_id=programme_id, is_open=True)
    for partner, kpi in rows.order_by().values_list("partner_id", "kpi_id"):
        found[partner].add(kpi)
    return found


# --- Writing them, one or many --------------------------------------------------------------------------------------


def write_plans(
    sketches: Sequence[Sketch], *, actor: Actor, status: str = PlanStatus.DRAFT, at: datetime | None = None
) -> list[Plan]:
    """Write plans with their objectives and commitments in a fixed number of statements, and record each.

    Raises:
        IntegrityError: another open plan is about one of the KPIs.
    """
    at = at or timezone.now()
    kpis = kpis_by_id()
    with translation.override(require_scope().tenant.language):
        plans = Plan.objects.bulk_create(_plan(sketch, kpis, actor, status, at) for sketch in sketches)
    figures = _figures(sketches)
    Objective.objects.bulk_create(
        objective
        for plan, sketch in zip(plans, sketches, strict=True)
        for objective in _objectives(plan, sketch, kpis, figures[sketch.programme.pk, sketch.period_kind])
    )
    promised = _promised(sketches)
    Commitment.objects.bulk_create(
        Commitment(plan=plan, side=row.side, title=row.title, due_on=_due(plan, row.due_day), place=row.place)
        for plan, sketch in zip(plans, sketches, strict=True)
        if sketch.template is not None
        for row in promised[sketch.template.pk]
    )
    for plan, sketch in zip(plans, sketches, strict=True):
        action = "plan.suggested" if status == PlanStatus.SUGGESTED else "plan.drafted"
        changes = {"kpis": [None, [kpis[pk].code for pk in sketch.kpi_ids]], "origin": [None, sketch.origin]}
        note(plan, actor=actor, action=action, changes=changes)
    return plans


def _plan(sketch: Sketch, kpis: Mapping[int, KPI], actor: Actor, status: str, at: datetime) -> Plan:
    template = sketch.template
    periods = template.periods_to_succeed if template else 2
    while least_days(sketch.period_kind, periods) > MOST_DAYS:
        periods -= 1
    length = max(template.length_days if template else USUAL_DAYS, least_days(sketch.period_kind, periods))
    checkpoints = template.checkpoint_days if template else usual_checkpoints()
    return Plan(
        partner=sketch.partner,
        programme=sketch.programme,
        title=sketch.title[:160] or usual_title([kpis[pk] for pk in sketch.kpi_ids]),
        status=status,
        origin=sketch.origin,
        origin_label=sketch.origin_label[:200],
        origin_url=sketch.origin_url,
        rule=sketch.rule,
        template=template,
        former=sketch.former,
        period_kind=sketch.period_kind,
        length_days=length,
        margin_percent=template.margin_percent if template else Decimal(5),
        periods_to_succeed=periods,
        checkpoint_days=[day for day in checkpoints if day <= length],
        vendor_support=template.vendor_support if template else "",
        owner_id=sketch.partner.owner_id,
        created_at=at,
        created_by=actor.label[:160],
        starts_on=today_of(at),
    )


def usual_title(kpis: Sequence[KPI]) -> str:
    """What a plan is called until somebody gives it a better name."""
    first, others = kpis[0].name, len(kpis) - 1
    if not others:
        return (_("%(kpi)s back on track") % {"kpi": first})[:160]
    title = ngettext("%(kpi)s and one more KPI back on track", "%(kpi)s and %(count)d more KPIs back on track", others)
    return (title % {"kpi": first, "count": others})[:160]


def _due(plan: Plan, day: int) -> Any:
    return None if plan.starts_on is None else plan.starts_on + timedelta(days=min(day, plan.length_days))


def _figures(sketches: Iterable[Sketch]) -> dict[tuple[int, str], dict[int, list[Figure]]]:
    partners: dict[tuple[int, str], set[int]] = defaultdict(set)
    for sketch in sketches:
        partners[sketch.programme.pk, sketch.period_kind].add(sketch.partner.pk)
    newest = {kind: max(seqs) for kind, seqs in _closed_seqs().items()}
    return {
        (programme, kind): figures_of(
            ids, programme_id=programme, period_kind=kind, since=newest.get(kind, 0) - RECORDS + 1
        )
        for (programme, kind), ids in partners.items()
    }


def _closed_seqs() -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row in periods_by_id().values():
        if row.closed_at is not None:
            found[row.kind].append(row.seq)
    return found


def _objectives(
    plan: Plan, sketch: Sketch, kpis: Mapping[int, KPI], figures: dict[int, list[Figure]]
) -> list[Objective]:
    own = figures.get(sketch.partner.pk, [])
    return [
        new_objective(plan, kpis[kpi_id], [figure for figure in own if figure.kpi_id == kpi_id], place)
        for place, kpi_id in enumerate(sketch.kpi_ids, 1)
    ]


def new_objective(plan: Plan, kpi: KPI, figures: Sequence[Figure], place: int) -> Objective:
    """An objective with the results that led here; thresholds are those of the newest closed card that has them."""
    measured = [figure for figure in figures if figure.value is not None]
    scored = [figure for figure in figures if figure.floor is not None]
    last = measured[-1] if measured else None
    lines = scored[-1] if scored else None
    direction = lines.direction if lines else kpi.direction
    trigger = last.value if last else None
    floor, target, stretch, ceiling = (
        (lines.floor, lines.target, lines.stretch, lines.ceiling) if lines else (None, None, None, None)
    )
    objective = Objective(
        plan=plan,
        partner_id=plan.partner_id,
        programme_id=plan.programme_id,
        kpi=kpi,
        is_open=plan.status in OPEN,
        place=place,
        direction=direction,
        weight=figures[-1].weight if figures else None,
        floor=floor,
        target=target,
        stretch=stretch,
        ceiling=ceiling,
        trigger_value=trigger,
        trigger_period=last.period if last else "",
        last_value=trigger,
        last_period=last.period if last else "",
        records=[_record(figure) for figure in figures],
    )
    objective.exit_value = usual_exit(objective, plan.margin_percent)
    return objective


def usual_exit(row: Objective, margin_percent: Decimal) -> Decimal | None:
    """What an objective has to reach when nobody typed another value, in as many places as its KPI shows."""
    return exit_value(
        row.direction,
        row.trigger_value,
        row.floor,
        row.target,
        row.ceiling,
        margin_percent,
        stretch=row.stretch,
        decimals=row.kpi.decimals,
    )


def _record(figure: Figure) -> dict[str, Any]:
    values = {"value": figure.value, "floor": figure.floor, "target": figure.target, "points": figure.points}
    return {"period": figure.period, **{name: None if one is None else f"{one:f}" for name, one in values.items()}}


def _promised(sketches: Iterable[Sketch]) -> dict[int, list[Any]]:
    templates = {sketch.template.pk: sketch.template for sketch in sketches if sketch.template is not None}
    return {pk: list(template.commitments.all()) for pk, template in templates.items()}


# --- What becomes of a suggestion ------------------------------------------------------------------------------------


def take_up(*, plan: Plan, actor: Actor) -> Plan:
    """Make a draft of a suggestion, to be worked on.

    Raises:
        Conflict: it is no suggestion any more.
    """
    plan = locked(plan)
    check_status(plan, [PlanStatus.SUGGESTED], _("This is no suggestion any more. Look at it again."))
    values: dict[str, Any] = {} if plan.owner_id or actor.user_id is None else {"owner_id": actor.user_id}
    move(plan, PlanStatus.DRAFT, actor=actor, action="plan.taken_up", **values)
    return plan


def dismiss(*, plan: Plan, actor: Actor, reason: str, at: datetime | None = None) -> Plan:
    """Put a suggestion away. The same results do not bring it back.

    Raises:
        InvalidInput: there is no reason.
        Conflict: it is no suggestion any more.
    """
    plan = locked(plan)
    reason = checked_reason(reason, _("Say why no plan is needed. The reason is kept with the suggestion."))
    check_status(plan, [PlanStatus.SUGGESTED], _("This is no suggestion any more. Look at it again."))
    end(plan, PlanStatus.CANCELLED, actor=actor, action="plan.dismissed", reason=reason, at=at or timezone.now())
    return plan
