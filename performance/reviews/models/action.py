"""What both sides agreed to do, and how it is carried into the next review."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Contact, Partner
from performance.models import KPI
from performance.reviews.choices import ActionStatus, CarryVerdict, Side
from performance.reviews.models.review import Review
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel


class ActionItem(TenantModel):
    """Something one side will do by a day. Its owner is a person who signs in (`owner`) or a contact of the partner."""

    public_id = PublicIdField()
    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="actions", verbose_name=_("review"))
    partner = TenantForeignKey(Partner, on_delete=models.CASCADE, related_name="+", verbose_name=_("partner"))
    title = models.CharField(_("action"), max_length=200)
    kpi = TenantForeignKey(KPI, null=True, related_name="+", verbose_name=_("KPI"))
    side = models.CharField(_("side"), max_length=8, choices=Side, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("owner"),
    )
    contact = TenantForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    owner_name = models.CharField(_("owner's name"), max_length=160, blank=True)
    due_on = models.DateField(_("due"), null=True)
    status = models.CharField(_("status"), max_length=8, choices=ActionStatus, default=ActionStatus.PROPOSED)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    settled_at = models.DateTimeField(_("done or dropped"), null=True)
    reminded_on = models.DateField(_("last reminder"), null=True)

    class Meta:
        ordering = ["due_on", "id"]
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        indexes = [
            models.Index(fields=["tenant", "partner", "status"], name="review_action_by_partner"),
            models.Index(fields=["tenant", "status", "due_on"], name="review_action_by_due"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_complete(self) -> bool:
        """Whether it has what a signature needs: an owner and a day."""
        return bool(self.owner_name) and self.due_on is not None


class CarriedAction(TenantModel):
    """An action that was still open when the next review was created. That review must say what became of it."""

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="carried", verbose_name=_("review"))
    action = TenantForeignKey(ActionItem, on_delete=models.CASCADE, related_name="carries", verbose_name=_("action"))
    verdict = models.CharField(_("what became of it"), max_length=8, choices=CarryVerdict, blank=True)
    said_at = models.DateTimeField(_("said"), null=True)
    said_by = models.CharField(_("by"), max_length=160, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("carried action")
        verbose_name_plural = _("carried actions")
        constraints = [models.UniqueConstraint(fields=["tenant", "review", "action"], name="review_carried_once")]
