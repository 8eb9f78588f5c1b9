"""Periods, scorecards, the runs that made them, and what arrived too late."""

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, PartnerType, Programme, Region, Tier
from performance.choices import RestatementStatus, RunKind, RunStatus, UnratedReason
from performance.models.benchmark import PERIOD_KINDS
from performance.models.keys import BulkKey, BulkTenantOwner
from performance.models.kpi import KPI
from performance.models.template import ScorecardTemplate
from prm.periods import Period, PeriodKind
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel

TOTAL_SCALE = 10_000
"""`Scorecard.total_e4` is the total times this: an integer, because row-level security can use its index."""


class PeriodRow(TenantModel):
    """A period that has scorecards, [start, end). Made when the first fact falls into it; closing freezes its cards."""

    kind = models.CharField(_("kind"), max_length=8, choices=PERIOD_KINDS)
    label = models.CharField(_("label"), max_length=8)
    start = models.DateField(_("from"), db_column="start_on")
    end = models.DateField(_("until, not included"), db_column="end_on")
    seq = models.IntegerField()
    ym_from = models.IntegerField()
    ym_to = models.IntegerField()
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = models.CharField(_("closed by"), max_length=160, blank=True)

    class Meta:
        ordering = ["-start", "kind"]
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "seq"], name="period_once"),
            models.UniqueConstraint(fields=["tenant", "label"], name="period_label_unique"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="period_dates_in_order"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_closed(self) -> bool:
        """Whether its cards are frozen."""
        return self.closed_at is not None

    @property
    def value(self) -> Period:
        """The period as the value that calendars work with."""
        return Period(start=self.start, end=self.end, kind=PeriodKind(self.kind), seq=self.seq, label=self.label)


class Run(TenantModel):
    """The manifest of one recompute: what was asked, from which rules and facts, and what came out.

    `rules_hash` covers templates, benchmarks and KPIs, `watermark` is the newest fact's arrival, `output_hash` covers
    the cards. The same facts and rules give the same output hash. `counts` has cards, rated, written, removed, pairs.
    """

    public_id = PublicIdField()
    kind = models.CharField(_("kind"), max_length=8, choices=RunKind)
    status = models.CharField(_("status"), max_length=8, choices=RunStatus, default=RunStatus.DONE)
    as_of = models.DateField(_("as of"))
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    duration_ms = models.PositiveIntegerField(_("duration in milliseconds"), default=0)
    periods = models.JSONField(_("periods"), default=list)
    rules_hash = models.CharField(_("hash of the rules"), max_length=64, blank=True)
    watermark = models.DateTimeField(_("newest fact arrived"), null=True)
    counts = models.JSONField(_("counts"), default=dict)
    output_hash = models.CharField(_("hash of the results"), max_length=64, blank=True)
    code_version = models.CharField(_("program version"), max_length=40, blank=True)
    actor_label = models.CharField(_("asked for by"), max_length=160, blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        indexes = [models.Index(fields=["tenant", "-started_at"], name="run_by_time")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.started_at:%Y-%m-%d %H:%M}"


class Scorecard(TenantModel):
    """What one partner achieved in one period of one programme.

    The engine alone writes it. `partner_type`, `tier` and `region` are those the card was scored with, the cohort is
    the rated partners of the same type and tier. The lines are derived on read from the same sums; closing the
    period freezes them in `lines`. `limited_by` is the gate KPI that lowered `raw_grade` to `grade`.
    """

    tenant = BulkTenantOwner()
    programme = BulkKey(Programme, verbose_name=_("programme"))
    period = BulkKey(PeriodRow, verbose_name=_("period"))
    partner = BulkKey(Partner, verbose_name=_("partner"))
    template = BulkKey(ScorecardTemplate, verbose_name=_("template"))
    partner_type = BulkKey(PartnerType, verbose_name=_("type"))
    tier = BulkKey(Tier, null=True, verbose_name=_("tier"))
    region = BulkKey(Region, null=True, verbose_name=_("region"))
    total = models.DecimalField(_("total"), max_digits=7, decimal_places=4, null=True)
    total_e4 = models.IntegerField(_("total, for sorting"), null=True)
    coverage = models.DecimalField(_("coverage"), max_digits=5, decimal_places=4, null=True)
    rated = models.BooleanField(_("rated"))
    unrated_reason = models.CharField(_("not rated because"), max_length=12, choices=UnratedReason, blank=True)
    grade = models.CharField(_("grade"), max_length=12, blank=True)
    raw_grade = models.CharField(_("grade before gates"), max_length=12, blank=True)
    limited_by = BulkKey(KPI, null=True, verbose_name=_("limited by"))
    rank = models.IntegerField(_("rank"), null=True)
    cohort = models.IntegerField(_("cohort"), null=True)
    percentile = models.DecimalField(_("percentile"), max_digits=5, decimal_places=2, null=True)
    delta = models.DecimalField(_("change"), max_digits=7, decimal_places=4, null=True)
    lines = models.JSONField(_("frozen lines"), null=True)
    run_id = models.BigIntegerField(_("run"), null=True)
    computed_at = models.DateTimeField(_("computed"), db_default=Now())

    class Meta:
        ordering = ["programme", "period", "partner"]
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "partner", "period", "programme"], name="scorecard_once"),
        ]
        indexes = [
            models.Index(
                F("tenant"),
                F("programme"),
                F("period"),
                F("total_e4").desc(nulls_last=True),
                name="scorecard_board",
            ),
            # The members of one cohort. Row-level security lets CASE use an index, but not COALESCE.
            models.Index(
                F("tenant"),
                F("period"),
                F("programme"),
                F("partner_type"),
                Case(When(tier__isnull=True, then=Value(0)), default=F("tier"), output_field=models.BigIntegerField()),
                name="scorecard_cohort",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.period_id}"


class Restatement(TenantModel):
    """Facts arrived for a period that is closed. The card stands as it was closed until somebody restates it.

    An open proposal holds what the card would become (`after`, worked out by the engine at `worked_out_at`; null
    while that is still to be done). Settled, it keeps both versions with their lines, the facts that caused it, who
    decided and why. `ranks_moved` names the other cards of the cohorts whose place moved: {card: [rank, cohort,
    new rank, new cohort]}.
    """

    public_id = PublicIdField()
    scorecard = TenantForeignKey(Scorecard, on_delete=models.CASCADE, related_name="restatements")
    first_noticed_at = models.DateTimeField(_("first noticed"), db_default=Now())
    last_noticed_at = models.DateTimeField(_("last noticed"), db_default=Now())
    worked_out_at = models.DateTimeField(_("worked out"), null=True)
    settled_at = models.DateTimeField(_("settled"), null=True)
    settled_by = models.CharField(_("settled by"), max_length=160, blank=True, db_default="")
    reason = models.TextField(_("reason"), blank=True, db_default="")
    was_applied = models.BooleanField(_("applied"), default=False, db_default=False)
    old_total = models.DecimalField(_("total before"), max_digits=7, decimal_places=4, null=True)
    new_total = models.DecimalField(_("total after"), max_digits=7, decimal_places=4, null=True)
    old_grade = models.CharField(_("grade before"), max_length=12, blank=True, db_default="")
    new_grade = models.CharField(_("grade after"), max_length=12, blank=True, db_default="")
    before = models.JSONField(_("the card before"), null=True)
    after = models.JSONField(_("the card after"), null=True)
    cause = models.JSONField(_("the facts behind it"), null=True)
    ranks_moved = models.JSONField(_("places that moved along"), null=True)
    run_id = models.BigIntegerField(_("run"), null=True)

    class Meta:
        ordering = ["-last_noticed_at"]
        verbose_name = _("restatement")
        verbose_name_plural = _("restatements")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "scorecard"], condition=Q(settled_at__isnull=True), name="restatement_one_open"
            )
        ]
        indexes = [models.Index(fields=["tenant", "-settled_at"], name="restatement_by_time")]

    def __str__(self) -> str:
        return f"{self.scorecard.partner}, {self.scorecard.period}"

    @property
    def status(self) -> RestatementStatus:
        """How it stands."""
        if self.settled_at is None:
            return RestatementStatus.OPEN
        return RestatementStatus.APPLIED if self.was_applied else RestatementStatus.DISMISSED
