"""The run log: what each recompute was for, what it read and what it changed."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from performance.models import PeriodRow, Restatement, Run, Scorecard


def runs() -> QuerySet[Run]:
    """All runs, newest first."""
    return Run.objects.order_by("-started_at", "-id")


@dataclass(frozen=True)
class Comparison:
    """A run against the one before it that scored the same periods."""

    before: Run
    same_rules: bool
    same_facts: bool
    same_results: bool


def comparison_of(run: Run) -> Comparison | None:
    """How a run differs from the latest earlier one over the same periods; None when there is none."""
    earlier = Run.objects.filter(periods=run.periods, started_at__lt=run.started_at).exclude(output_hash="")
    before = earlier.order_by("-started_at").first()
    if before is None or not run.output_hash:
        return None
    return Comparison(
        before,
        same_rules=before.rules_hash == run.rules_hash,
        same_facts=before.watermark == run.watermark,
        same_results=before.output_hash == run.output_hash,
    )


def cards_written_by(run: Run) -> QuerySet[Scorecard]:
    """The cards whose present state this run wrote, newest period first. Later runs take cards over."""
    return (
        Scorecard.objects.filter(run_id=run.pk)
        .select_related("partner", "period", "programme")
        .order_by("-period__start", "period__kind", "partner__name")
    )


def periods() -> QuerySet[PeriodRow]:
    """All periods with how many cards they have, how many are rated, and how many wait for a restatement."""
    return PeriodRow.objects.order_by("-start", "kind")


def counts_by_period() -> dict[int, tuple[int, int]]:
    """Cards and rated cards per period."""
    rows = (
        Scorecard.objects.order_by()
        .values("period_id")
        .annotate(cards=Count("id"), n_rated=Count("id", filter=Q(rated=True)))
    )
    return {row["period_id"]: (row["cards"], row["n_rated"]) for row in rows}


def open_restatements() -> dict[int, int]:
    """Per closed period, the cards for which facts arrived after it was closed."""
    rows = (
        Restatement.objects.filter(settled_at=None)
        .order_by()
        .values("scorecard__period_id")
        .annotate(count=Count("id"))
    )
    return {row["scorecard__period_id"]: row["count"] for row in rows}
