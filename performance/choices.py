"""The closed sets of words that KPIs, benchmarks, templates and scorecards use.

They are stored as short text, never as database enums: under row-level security PostgreSQL cannot use an
enum comparison as an index condition, a text comparison it can.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Aggregation(TextChoices):
    """How the facts of one period become one actual (R3), or how a derived KPI follows from others."""

    SUM = "sum", _("Sum of values")
    AVERAGE = "average", _("Weighted average of values")
    RATIO = "ratio", _("Sum of values divided by sum of weights")
    LAST = "last", _("Latest value")
    COUNT = "count", _("Number of measurements")
    MEDIAN = "median", _("Median of values")
    DISTINCT = "distinct", _("Number of different values of an attribute")
    GROWTH = "growth", _("Growth of another KPI")
    QUOTIENT = "quotient", _("One KPI divided by another")
    FORMULA = "formula", _("Formula over other KPIs")

    @property
    def is_derived(self) -> bool:
        """Whether it is made from other KPIs and has no measurements of its own."""
        return self in DERIVED


DERIVED = (Aggregation.GROWTH, Aggregation.QUOTIENT, Aggregation.FORMULA)
"""Made from the actuals of other KPIs."""

PER_PERIOD = (Aggregation.MEDIAN, Aggregation.DISTINCT, *DERIVED)
"""What months cannot compose: each period's actual is computed by itself and kept in `PeriodActual`."""


class GrowthBase(TextChoices):
    """Which earlier period a growth looks back at."""

    YEAR = "year", _("The same period a year earlier")
    PERIOD = "period", _("The period before")


class BenchmarkBasis(TextChoices):
    """What the numbers of a benchmark are: values of the KPI, percent of an own result, or percentiles of a cohort."""

    ABSOLUTE = "absolute", _("Values of the KPI")
    OWN_YEAR = "own_year", _("Percent of the partner's own result a year earlier")
    OWN_PERIOD = "own_period", _("Percent of the partner's own result in the period before")
    COHORT = "cohort", _("Percentiles of similar partners in the last closed period")


OWN_PAST = (BenchmarkBasis.OWN_YEAR, BenchmarkBasis.OWN_PERIOD)
"""The numbers are percent of an own earlier result."""


class Direction(TextChoices):
    """Which way is better (R5)."""

    HIGHER = "higher", _("Higher is better")
    LOWER = "lower", _("Lower is better")
    BAND = "band", _("Best inside a band")


class SourceKind(TextChoices):
    """What part of the business a KPI's measurements come from; dashboards group by it, the arithmetic does not."""

    SALES = "sales", _("Sales")
    LEADS = "leads", _("Leads")
    MARKETING = "marketing", _("Marketing")
    DELIVERIES = "deliveries", _("Deliveries")
    QUALITY = "quality", _("Quality")
    SERVICE = "service", _("Service")
    FEEDBACK = "feedback", _("Feedback")
    TRAINING = "training", _("Training")
    COMPLIANCE = "compliance", _("Compliance")
    PROJECT = "project", _("Projects")
    MANUAL = "manual", _("Typed in")
    OTHER = "other", _("Other")


class SourceType(TextChoices):
    """How measurements of a source usually come in. Each delivery says how it really came."""

    FILE = "file", _("Files")
    API = "api", _("API")
    MANUAL = "manual", _("Typed in")
    PRODUCT = "product", _("The product itself")

    @classmethod
    def of_people(cls) -> list[tuple[str, object]]:
        """Those that a person can choose; what the product itself measures registers itself."""
        return [(kind.value, kind.label) for kind in cls if kind is not cls.PRODUCT]


class SourceState(TextChoices):
    """Whether a source delivers as it should, the most urgent first."""

    LATE = "late", _("Late")
    DUE = "due", _("Due")
    ON_TIME = "on_time", _("On time")
    FREE = "free", _("No rhythm")
    NEVER = "never", _("Nothing received")
    RETIRED = "retired", _("Retired")


class BenchmarkScope(TextChoices):
    """Whom a benchmark is for, the most specific first: that is the order in which R4 looks."""

    PARTNER = "partner", _("One partner")
    TIER = "tier", _("A tier")
    PARTNER_TYPE = "type", _("A partner type")
    REGION = "region", _("A region")
    ALL = "all", _("Everyone")


class TemplateStatus(TextChoices):
    """A template version is edited as a draft and is fixed once it is published."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class MissingPolicy(TextChoices):
    """What a line does in a period without data (R7)."""

    EXCLUDE = "exclude", _("Leave the KPI out")
    ZERO = "zero", _("Count it as zero points")
    CARRY = "carry", _("Carry the last value forward")
    BLOCK = "block", _("Give no total")


class LineState(TextChoices):
    """Why a line of a scorecard has points, or has none."""

    SCORED = "scored", _("Scored")
    CARRIED = "carried", _("Carried forward from an earlier period")
    ZERO = "zero", _("No data, counted as zero points")
    NO_DATA = "no_data", _("No data, left out")
    BLOCKING = "blocking", _("No data, and the scorecard needs it")
    NO_BENCHMARK = "no_benchmark", _("No benchmark applies")
    NOT_APPLICABLE = "not_applicable", _("Does not apply to this partner type")


class UnratedReason(TextChoices):
    """Why a scorecard has no grade (R8)."""

    NO_DATA = "no_data", _("There is nothing to score in this period.")
    LOW_COVERAGE = "low_coverage", _("Too little of the scorecard has data.")
    BLOCKED = "blocked", _("A KPI that must be present has no data.")


class RunKind(TextChoices):
    """What asked for a recompute."""

    NIGHTLY = "nightly", _("Nightly")
    MANUAL = "manual", _("Asked for")
    CHANGES = "changes", _("After new measurements")
    CLOSING = "closing", _("Before closing a period")
    RESTATE = "restate", _("Restatement of a closed period")


class RunStatus(TextChoices):
    """How a recompute ended."""

    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class RestatementStatus(TextChoices):
    """How a proposal to restate a closed scorecard stands."""

    OPEN = "open", _("To decide")
    APPLIED = "applied", _("Applied")
    DISMISSED = "dismissed", _("Dismissed")


class AlertKind(TextChoices):
    """What an alert is about."""

    KPI = "kpi", _("KPI below its limit")
    TOTAL = "total", _("Score below a figure")
    DROP = "drop", _("Score fell")
    GRADE = "grade", _("Grade changed")
    MISSING = "missing", _("Data missing")
    CONSEQUENCE = "outcome", _("Consequence of a grade")

    @classmethod
    def of_rules(cls) -> list[tuple[str, object]]:
        """The kinds that a rule can have; the last one follows from a grade of a scorecard."""
        return [(kind.value, kind.label) for kind in cls if kind is not cls.CONSEQUENCE]


class AlertSeverity(TextChoices):
    """How much an alert matters, the most important first."""

    CRITICAL = "critical", _("Critical")
    WARNING = "warning", _("Warning")
    NOTICE = "notice", _("Notice")


class AlertStatus(TextChoices):
    """Where an alert stands."""

    OPEN = "open", _("Open")
    SNOOZED = "snoozed", _("Snoozed")
    RESOLVED = "resolved", _("Resolved")


class AlertResolution(TextChoices):
    """How an alert came to be resolved."""

    HAND = "hand", _("Resolved by hand")
    GONE = "gone", _("The condition has gone")
    PASSED = "passed", _("A newer period is watched by now")
    RULE_OFF = "rule_off", _("The rule was switched off")


class AlertTiming(TextChoices):
    """From when on a rule looks at a period."""

    ENDED = "ended", _("Once the period has ended")
    RUNNING = "running", _("Already while the period runs")


class AlertLimit(TextChoices):
    """What a KPI is held against."""

    FLOOR = "floor", _("The floor of its benchmark")
    FIGURE = "figure", _("A figure of my own")


class GradeMove(TextChoices):
    """Which change of a grade raises an alert."""

    DOWN = "down", _("It got worse")
    ANY = "any", _("It changed")
    INTO = "into", _("It became a certain grade")


class MissingData(TextChoices):
    """What is missing."""

    DAYS = "days", _("No measurement of a KPI for some days")
    COVERAGE = "coverage", _("Too little of the scorecard has data")
    NOT_RATED = "unrated", _("The scorecard is not rated")


class ConsequenceTiming(TextChoices):
    """When a consequence of a grade follows."""

    CROSSING = "crossing", _("On coming into the grade")
    EVERY = "every", _("In every period")


class OutcomeState(TextChoices):
    """How a consequence that followed from a grade stands."""

    WAITING = "waiting", _("Under way")
    DONE = "done", _("Done")
    NOBODY = "nobody", _("Nobody to tell")
    FAILED = "failed", _("Failed")


class WhatIfStatus(TextChoices):
    """How a what-if stands."""

    OPEN = "open", _("Draft")
    PUBLISHED = "published", _("Published")
    DISCARDED = "discarded", _("Discarded")


class MoveKind(TextChoices):
    """What a draft would do to a partner's grade in a period."""

    UP = "up", _("Better grade")
    DOWN = "down", _("Worse grade")
    RATED = "rated", _("Newly rated")
    UNRATED = "unrated", _("No longer rated")
    NEW = "new", _("New scorecard")
    GONE = "gone", _("No scorecard any more")


class PromiseState(TextChoices):
    """What became of something that we had to do by a day. It follows from the days alone."""

    OVERDUE = "overdue", _("Overdue")
    MISSED = "missed", _("Not kept")
    LATE = "late", _("Kept late")
    ON_TIME = "on_time", _("Kept on time")
    COMING = "coming", _("Not due yet")


class MeasureUnit(TextChoices):
    """What a measure of our own scorecard is counted in."""

    PERCENT = "percent", _("percent")
    DAYS = "days", _("days")
