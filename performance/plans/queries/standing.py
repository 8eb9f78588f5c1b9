"""Which plans keep pace or owe something: conditions that lists filter by, in the database."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DateField, DecimalField, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest, Least

from performance.models import PeriodRow
from performance.plans.choices import RUNNING, CommitmentState, ConsequenceState, PlanStatus
from performance.plans.models import Commitment, Objective, Plan, PlanConsequence
from performance.plans.queries.plans import progress_of_objective, waiting_for_us
from performance.plans.rules.progress import SLACK

SHARE: DecimalField = DecimalField(max_digits=12, decimal_places=4)


class _Minus(Func):
    """One day minus another, in days; the database subtracts dates so by itself."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


class _Over(Func):
    """A fraction that is empty where there is nothing to divide by."""

    template = "(%(expressions)s)"
    arg_joiner = "::numeric / "
    output_field = SHARE


def with_elapsed(rows: QuerySet[Plan], today: date) -> QuerySet[Plan]:
    """Plans with `elapsed`, the share of their time that is over, as `rules/progress.elapsed_share` has it."""
    until = Least(Value(today, DateField()), Coalesce("stopped_on", Value(today, DateField())))
    over = Greatest(_Minus(until, F("starts_on")) - F("stopped_days"), 0)
    total = Greatest(_Minus(F("ends_on"), F("starts_on")) + 1 - F("stopped_days"), 1)
    share = _Over(over, total, output_field=SHARE)
    return rows.alias(elapsed=Least(share, Value(Decimal(1)), output_field=SHARE))


def is_behind() -> Any:
    """Running plans with an objective that has not come as far as the time asks for, as `queries/plans.standing_of`
    finds it. Needs `with_elapsed`.
    """
    ended = PeriodRow.objects.filter(label=OuterRef("last_period"), end__gt=OuterRef("plan__starts_on"))
    rows = Objective.objects.filter(Exists(ended), plan=OuterRef("pk"), baseline__isnull=False)
    rows = rows.alias(done=progress_of_objective())
    return Q(status__in=RUNNING) & Q(Exists(rows.filter(done__lt=OuterRef("elapsed") - SLACK)))


def owes(today: date, side: str | None = None) -> Q:
    """Running plans in which something is overdue, by either side or by one."""
    late = Commitment.objects.filter(plan=OuterRef("pk"), state=CommitmentState.OPEN, due_on__lt=today)
    if side is not None:
        late = late.filter(side=side)
    return Q(status__in=RUNNING) & Q(Exists(late))


def needs(own: Q, today: date, *, decides: bool) -> Q:
    """Plans in which a person has the next step: the `own` ones, and failed ones for those who decide about them."""
    decided = PlanConsequence.objects.filter(state=ConsequenceState.TAKEN).order_by().values("plan_id")
    mine = own & waiting_for_us(today)
    return mine | Q(status=PlanStatus.FAILED) & ~Q(pk__in=decided) if decides else mine
