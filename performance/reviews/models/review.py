"""A review of one partner for one period, and the frozen scorecards it speaks about."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, Programme
from performance.models import PeriodRow
from performance.reviews.choices import ReviewEnd, ReviewStatus
from performance.reviews.models.template import ReviewTemplate
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel

POINTS: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


class Review(TenantModel):
    """One partner, one programme, one period, once.

    `opens_on` is the day on which a scheduled review freezes the score. `quality` is what the ratings came to and
    `final` what score and ratings give together, both 0 to 100 and empty where they could not be computed. The
    meeting belongs to the review; `ics_sequence` counts its invitations. `meeting_promised_on` is the day it was
    planned for, and stays once it has passed, however often the meeting is moved afterwards.
    """

    public_id = PublicIdField()
    programme = TenantForeignKey(Programme, related_name="+", verbose_name=_("programme"))
    partner = TenantForeignKey(Partner, on_delete=models.CASCADE, related_name="reviews", verbose_name=_("partner"))
    period = TenantForeignKey(PeriodRow, related_name="+", verbose_name=_("period"))
    template = TenantForeignKey(ReviewTemplate, related_name="reviews", verbose_name=_("template"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("owner"),
    )
    status = models.CharField(_("status"), max_length=16, choices=ReviewStatus, default=ReviewStatus.SCHEDULED)
    status_at = models.DateTimeField(_("since"), default=timezone.now)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    opens_on = models.DateField(_("score frozen on"))
    due_on = models.DateField(_("present step due"), null=True)
    reminded_on = models.DateField(_("last reminder"), null=True)
    assessed_at = models.DateTimeField(_("self-assessment received"), null=True)
    assessed_by = models.CharField(_("self-assessment by"), max_length=160, blank=True)
    shared_at = models.DateTimeField(_("shared"), null=True)
    was_silent = models.BooleanField(_("partner did not answer"), default=False)
    quality = models.DecimalField(_("ratings"), null=True, **POINTS)
    final = models.DecimalField(_("final result"), null=True, **POINTS)
    meeting_at = models.DateTimeField(_("meeting"), null=True)
    meeting_promised_on = models.DateField(_("meeting promised for"), null=True, editable=False)
    meeting_minutes = models.PositiveSmallIntegerField(_("minutes"), default=60)
    meeting_place = models.CharField(_("place or link"), max_length=240, blank=True)
    agenda = models.TextField(_("agenda"), blank=True)
    attendees = ArrayField(models.CharField(max_length=160), default=list, blank=True, verbose_name=_("attendees"))
    ics_sequence = models.PositiveSmallIntegerField(default=0)
    notes = models.TextField(_("notes of the meeting"), blank=True)
    met_on = models.DateField(_("met on"), null=True)
    end = models.CharField(_("ended"), max_length=8, choices=ReviewEnd, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        ordering = ["-period__start", "partner__name", "id"]
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "programme", "partner", "period"], name="review_once"),
            models.CheckConstraint(
                condition=Q(status=ReviewStatus.CLOSED, closed_at__isnull=False) & ~Q(end="")
                | ~Q(status=ReviewStatus.CLOSED) & Q(closed_at__isnull=True, end=""),
                name="review_closed_has_an_end",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "status", "due_on"], name="review_by_status"),
            models.Index(fields=["tenant", "partner", "status"], name="review_by_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.partner}, {self.period}"


class Snapshot(TenantModel):
    """A scorecard as it was when the review froze it: the totals and every line. It is never rewritten.

    `card_id` and `run_id` pin the result it was taken from. A figure that was contested and corrected at its source
    makes the next version; later restatements make none.
    """

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="snapshots")
    version = models.PositiveSmallIntegerField(_("version"))
    card_id = models.BigIntegerField(_("scorecard"))
    run_id = models.BigIntegerField(_("run"), null=True)
    total = models.DecimalField(_("score"), null=True, **POINTS)
    coverage = models.DecimalField(_("coverage"), max_digits=5, decimal_places=4, null=True)
    is_rated = models.BooleanField(_("rated"))
    grade = models.CharField(_("grade"), max_length=12, blank=True)
    bands = models.JSONField(_("grades"), default=list)
    lines = models.JSONField(_("frozen lines"), default=list)
    taken_at = models.DateTimeField(_("frozen"), default=timezone.now)
    reason = models.CharField(_("because"), max_length=240, blank=True)

    class Meta:
        ordering = ["review", "-version"]
        verbose_name = _("frozen scorecard")
        verbose_name_plural = _("frozen scorecards")
        constraints = [models.UniqueConstraint(fields=["tenant", "review", "version"], name="review_snapshot_version")]

    def __str__(self) -> str:
        return f"{self.review_id}, {self.version}"
