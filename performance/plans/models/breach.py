"""A serious breach of a partner: reported by one person, approved by two others, and then the partner is suspended."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, Programme
from performance.plans.choices import BreachKind, BreachStatus
from performance.plans.models.approval import Approval
from performance.plans.models.plan import PERSON
from prm.files.models import StoredFile
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel


class Breach(TenantModel):
    """What somebody reported about a partner, and what became of it.

    `what` and the files never leave the workspace; `partner_text` is all that the partner reads. Without `programme`
    it concerns all of them. `suspended_on` is the tenant's day of the second approval. A partner is suspended as a
    whole; the programme says whose improvement plans stand still meanwhile.
    """

    public_id = PublicIdField()
    partner = TenantForeignKey(Partner, related_name="breaches", verbose_name=_("partner"))
    programme = TenantForeignKey(Programme, null=True, blank=True, related_name="+", verbose_name=_("programme"))
    kind = models.CharField(_("kind"), max_length=8, choices=BreachKind)
    happened_on = models.DateField(_("happened on"))
    what = models.TextField(_("what happened"), max_length=4000)
    partner_text = models.TextField(_("what the partner is told"), max_length=1000)
    status = models.CharField(
        _("status"), max_length=9, choices=BreachStatus, default=BreachStatus.REPORTED, editable=False
    )
    reporter = models.ForeignKey(verbose_name=_("reporter"), **PERSON)
    reported_by = models.CharField(_("reported by"), max_length=160, editable=False)
    reported_at = models.DateTimeField(_("reported"), default=timezone.now, editable=False)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True, editable=False)
    settled_by = models.CharField(_("settled by"), max_length=160, blank=True, editable=False)
    settled_reason = models.CharField(_("reason of the decision"), max_length=1000, blank=True, editable=False)
    suspended_on = models.DateField(_("suspended since"), null=True, blank=True, editable=False)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True, editable=False)
    lifted_by = models.CharField(_("lifted by"), max_length=160, blank=True, editable=False)
    lifted_reason = models.TextField(_("reason of the lifting"), blank=True, editable=False)

    class Meta:
        ordering = ["-reported_at", "-id"]
        verbose_name = _("serious breach")
        verbose_name_plural = _("serious breaches")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "partner"], condition=Q(status="reported"), name="breach_one_waiting_for_a_partner"
            ),
            models.CheckConstraint(
                name="breach_has_its_day_when_suspended",
                condition=~Q(status__in=["suspended", "lifted", "ended"]) | Q(suspended_on__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "status", "-reported_at"], name="breach_by_status"),
            models.Index(fields=["tenant", "partner", "-reported_at"], name="breach_by_partner"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class BreachFile(TenantModel):
    """Evidence that was given with the report."""

    breach = TenantForeignKey(Breach, on_delete=models.CASCADE, related_name="files")
    file = TenantForeignKey(StoredFile, related_name="+", verbose_name=_("file"))
    added_by = models.CharField(_("by"), max_length=160, blank=True)
    added_at = models.DateTimeField(_("given"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["added_at", "id"]
        verbose_name = _("evidence of a breach")
        verbose_name_plural = _("evidence of breaches")

    def __str__(self) -> str:
        return str(self.file_id)


class BreachApproval(Approval):
    """One person's agreement to a suspension; nobody agrees twice."""

    breach = TenantForeignKey(Breach, on_delete=models.CASCADE, related_name="approvals")

    class Meta(Approval.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "breach", "user"], name="plan_breach_approval_once")]
