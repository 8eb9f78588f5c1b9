"""In-app notifications: one line for one person, with the page it is about."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.files.models import StoredFile
from prm.tenancy.fields import TenantForeignKey
from prm.tenancy.models import TenantModel


class Notification(TenantModel):
    """One message in a person's inbox. `partner_id` is set for messages in a portal's inbox."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    partner_id = models.BigIntegerField(null=True)
    kind = models.CharField(_("kind"), max_length=60)
    title = models.CharField(_("title"), max_length=200)
    body = models.CharField(_("text"), max_length=500, blank=True)
    url = models.CharField(_("page"), max_length=300, blank=True)
    amount = models.PositiveIntegerField(_("stands for"), default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    read_at = models.DateTimeField(_("read"), null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [models.Index(fields=["tenant", "user", "-created_at"], name="notification_by_user")]

    def __str__(self) -> str:
        return self.title


class NotificationPreference(TenantModel):
    """What a person wants to hear from a workspace and the portals in it. No row means the usual.

    `muted` are the parts left out of the morning mail; `notices` says by kind of news how far it goes (`Reach`).
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    muted = models.JSONField(_("left out"), default=list)
    notices = models.JSONField(_("by kind of news"), default=dict, db_default={})

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="mail_preference_once")]

    def __str__(self) -> str:
        return str(self.user)


class MorningMail(TenantModel):
    """The one mail of a morning to a person. The row is the key that keeps a second one from being sent."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True)
    subject = models.CharField(_("subject"), max_length=200)
    parts = models.JSONField(_("what it says"), default=list)

    class Meta:
        ordering = ["-day", "-id"]
        verbose_name = _("morning mail")
        verbose_name_plural = _("morning mails")
        constraints = [models.UniqueConstraint(fields=["tenant", "user", "day"], name="morning_mail_once")]

    def __str__(self) -> str:
        return f"{self.user}, {self.day}"


class Letter(TenantModel):
    """A mail to one person, kept until it has left. `key` says what it is about, so that nobody gets it twice.

    `partner_id` is set for news in a partner's portal. `stopped_at` says when it was held back for good, because the
    person may not get it any more; `error` then says why.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(_("about"), max_length=120)
    partner_id = models.BigIntegerField(null=True)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    file = TenantForeignKey(StoredFile, null=True, related_name="+", verbose_name=_("attached"))
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, db_default=0)
    sent_at = models.DateTimeField(_("sent"), null=True)
    stopped_at = models.DateTimeField(_("held back"), null=True)
    error = models.CharField(_("why it failed last"), max_length=300, blank=True, default="", db_default="")

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [models.UniqueConstraint(fields=["tenant", "user", "key"], name="letter_once")]
        indexes = [
            models.Index(fields=["tenant", "id"], condition=models.Q(sent_at__isnull=True), name="letter_unsent")
        ]

    def __str__(self) -> str:
        return self.subject
