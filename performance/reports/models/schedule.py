"""Schedules, each time one was due, and what became of it for every recipient."""

from datetime import time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from partners.models import Partner
from performance.models import PERIOD_KINDS
from performance.reports.choices import (
    DeliveryStatus,
    DispatchStatus,
    FileFormat,
    Rhythm,
    ScheduleStatus,
    Weekday,
    Withheld,
)
from performance.reports.models.produced import Produced
from performance.reports.rules.rhythm import Timing
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel, validate_timezone
from prm.tenancy.scope import require_scope


class Schedule(TenantModel):
    """A report that is produced again and again and sent to people.

    The hour is that of `timezone`, which is the workspace's where it is empty. `next_due_at` is set for rhythms of the
    calendar; one that waits for a closing looks at the closed periods. Members are rows of their own; `roles` names
    whole roles; with `to_partners` every partner of the filter gets its own rows. What each recipient may see is
    looked up anew at every sending.
    """

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=120)
    report = models.CharField(_("report"), max_length=60)
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    format = models.CharField(_("format"), max_length=8, choices=FileFormat, default=FileFormat.PDF)
    rhythm = models.CharField(_("rhythm"), max_length=8, choices=Rhythm, default=Rhythm.WEEKLY)
    at = models.TimeField(_("at"), default=time(7, 0))
    timezone = models.CharField(
        _("time zone"), max_length=64, blank=True, default="", db_default="", validators=[validate_timezone]
    )
    weekday = models.CharField(_("on"), max_length=1, choices=Weekday, default=Weekday.MONDAY)
    day = models.PositiveSmallIntegerField(
        _("day of the month"), default=1, validators=[MinValueValidator(1), MaxValueValidator(31)]
    )
    period_kind = models.CharField(_("each"), max_length=8, choices=PERIOD_KINDS, default="quarter")
    days_after = models.PositiveSmallIntegerField(
        _("days after closing"), default=0, validators=[MaxValueValidator(90)]
    )
    roles = ArrayField(models.CharField(max_length=24), default=list, blank=True, verbose_name=_("roles"))
    to_partners = models.BooleanField(_("to partners"), default=False)
    message = models.TextField(_("message"), blank=True, max_length=1000)
    status = models.CharField(_("status"), max_length=8, choices=ScheduleStatus, default=ScheduleStatus.ACTIVE)
    next_due_at = models.DateTimeField(_("next"), null=True, editable=False)
    since = models.DateTimeField(_("closings after"), default=now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(_("created"), default=now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=now, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("report schedule")
        verbose_name_plural = _("report schedules")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                condition=~models.Q(status=ScheduleStatus.ENDED),
                name="report_schedule_name_unique",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "next_due_at"],
                condition=models.Q(status=ScheduleStatus.ACTIVE),
                name="report_schedule_due",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """Whose hour is meant; asked inside the tenant's scope."""
        return ZoneInfo(self.timezone) if self.timezone else require_scope().tenant.zone

    @property
    def timing(self) -> Timing:
        """The rhythm as the rules take it."""
        return Timing(
            rhythm=self.rhythm,
            at=self.at,
            weekday=int(self.weekday),
            day=self.day,
            period_kind=self.period_kind,
            days_after=self.days_after,
        )


class ScheduleMember(TenantModel):
    """A person of the workspace who gets what a schedule produces."""

    schedule = TenantForeignKey(Schedule, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("recipient of a schedule")
        verbose_name_plural = _("recipients of a schedule")
        constraints = [models.UniqueConstraint(fields=["tenant", "schedule", "user"], name="schedule_member_once")]

    def __str__(self) -> str:
        return str(self.user)


class Dispatch(TenantModel):
    """One time that a schedule was due, or sent at once. `occasion` names it: the moment due, the period that was
    closed, or a press of the button; a schedule has one sending for each."""

    public_id = PublicIdField()
    schedule = TenantForeignKey(Schedule, on_delete=models.CASCADE, related_name="dispatches")
    occasion = models.CharField(_("occasion"), max_length=60)
    due_at = models.DateTimeField(_("due"))
    period = models.CharField(_("closed period"), max_length=8, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=DispatchStatus, default=DispatchStatus.WAITING)
    as_of = models.DateField(_("as of"), null=True)
    planned_at = models.DateTimeField(_("planned"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.TextField(_("error"), blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )

    class Meta:
        ordering = ["-due_at", "-id"]
        verbose_name = _("sending")
        verbose_name_plural = _("sendings")
        constraints = [models.UniqueConstraint(fields=["tenant", "schedule", "occasion"], name="dispatch_once")]
        indexes = [
            models.Index(
                fields=["tenant", "due_at"],
                condition=models.Q(status__in=[DispatchStatus.WAITING, DispatchStatus.RUNNING]),
                name="dispatch_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule}, {self.occasion}"


class Delivery(TenantModel):
    """What one recipient got of one sending. `key` names the recipient: a person of the workspace (`u12`), a partner
    (`p7`). The audience says which file: recipients who may see the same rows share one."""

    dispatch = TenantForeignKey(Dispatch, on_delete=models.CASCADE, related_name="deliveries")
    key = models.CharField(_("recipient"), max_length=30)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    partner = TenantForeignKey(Partner, null=True, on_delete=models.CASCADE, related_name="+")
    audience = models.CharField(_("audience"), max_length=40)
    status = models.CharField(_("status"), max_length=8, choices=DeliveryStatus, default=DeliveryStatus.WAITING)
    reason = models.CharField(_("because"), max_length=8, choices=Withheld, blank=True)
    people = models.PositiveIntegerField(_("people told"), default=0)
    produced = TenantForeignKey(Produced, null=True, related_name="deliveries", verbose_name=_("file"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.TextField(_("error"), blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["tenant", "dispatch", "key"], name="delivery_once")]
        indexes = [models.Index(fields=["tenant", "dispatch", "status"], name="delivery_by_status")]

    def __str__(self) -> str:
        return f"{self.dispatch_id}, {self.key}"
