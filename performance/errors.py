"""What the performance app refuses, by name."""

from prm.errors import Conflict, InvalidInput


class KpiCodeTaken(Conflict):
    """Another KPI already has this code."""

    code = "kpi_code_taken"


class KpiInUse(Conflict):
    """The change would turn facts or benchmarks that exist into something else."""

    code = "kpi_in_use"


class SourceCodeTaken(Conflict):
    """Another source already has this code."""

    code = "source_code_taken"


class ThresholdsOutOfOrder(InvalidInput):
    """Floor, target, stretch and ceiling do not stand in the order that the KPI's direction asks for."""

    code = "thresholds_out_of_order"


class BenchmarkOverlap(Conflict):
    """Another benchmark of the same KPI and group begins inside the dates asked for."""

    code = "benchmark_overlap"


class BenchmarksMoved(Conflict):
    """What setting many benchmarks would do is no longer what the person looked at."""

    code = "benchmarks_moved"


class TemplateNotReady(InvalidInput):
    """The draft cannot be published as it is."""

    code = "template_not_ready"


class TemplateHasWarnings(InvalidInput):
    """The linter has warnings that the person has not confirmed."""

    code = "template_has_warnings"


class NothingToPreview(InvalidInput):
    """There is no such partner or period to try a version on."""

    code = "nothing_to_preview"


class TemplateIsPublished(Conflict):
    """A published version is fixed; revise it into a new draft."""

    code = "template_is_published"


class PeriodClosed(Conflict):
    """The period is closed and its scorecards are frozen."""

    code = "period_closed"


class PeriodNotOver(Conflict):
    """The period has not ended yet."""

    code = "period_not_over"


class RecomputeBusy(Conflict):
    """Another recompute of the same tenant is at work."""

    code = "recompute_busy"


class RestatementSettled(Conflict):
    """Somebody has applied or dismissed the proposal already."""

    code = "restatement_settled"


class RestatementMoved(Conflict):
    """More facts arrived, or rules changed, after the person saw the figures."""

    code = "restatement_moved"


class NothingToRestate(Conflict):
    """By the rules of today the partner has no scorecard in the closed period."""

    code = "nothing_to_restate"


class NotComparable(Conflict):
    """The runs did not score the same periods, or one of them failed."""

    code = "not_comparable"


class AlertSettled(Conflict):
    """The alert does not stand any more where the person saw it."""

    code = "alert_settled"


class AlertRuleInUse(Conflict):
    """The rule has raised alerts; it is paused, not deleted."""

    code = "alert_rule_in_use"


class AlertRuleNameTaken(Conflict):
    """Another rule has this name."""

    code = "alert_rule_name_taken"


class WhatIfSettled(Conflict):
    """The what-if was published or discarded."""

    code = "what_if_settled"


class WhatIfMoved(Conflict):
    """The draft of a what-if is not the one that its figures are of, or is being replayed."""

    code = "what_if_moved"


class DraftIsTried(Conflict):
    """A what-if tries the draft out."""

    code = "draft_is_tried"


class ConsequencesNotReady(Conflict):
    """The consequences of the version cannot be switched on or off as it stands."""

    code = "consequences_not_ready"
