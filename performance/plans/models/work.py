"""What is done in a plan: commitments with their files, checkpoints, notes, signatures, what follows from a failure."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from performance.plans.choices import (
    CommitmentState,
    ConsequenceKind,
    ConsequenceState,
    Level,
    Side,
    Verdict,
)
from performance.plans.models.approval import Approval
from performance.plans.models.plan import PERSON, Objective, Plan
from prm.files.models import StoredFile
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel

SHARE: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


class Commitment(TenantModel):
    """What one side promised, by a day. What the vendor owes after its day stops the plan's clock.

    `reminded_on` is the day of the last reminder.
    """

    public_id = PublicIdField()
    plan = TenantForeignKey(Plan, on_delete=models.CASCADE, related_name="commitments")
    objective = TenantForeignKey(
        Objective, null=True, blank=True, on_delete=models.CASCADE, related_name="commitments", verbose_name=_("for")
    )
    side = models.CharField(_("who"), max_length=8, choices=Side)
    title = models.CharField(_("what"), max_length=200)
    due_on = models.DateField(_("due"))
    owner = models.ForeignKey(verbose_name=_("who does it"), **PERSON)
    state = models.CharField(
        _("state"), max_length=8, choices=CommitmentState, default=CommitmentState.OPEN, editable=False
    )
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True, editable=False)
    settled_by = models.CharField(_("settled by"), max_length=160, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    place = models.PositiveSmallIntegerField(default=1)
    reminded_on = models.DateField(_("last reminder"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["plan", "due_on", "place", "id"]
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        indexes = [
            models.Index(
                fields=["tenant", "due_on"], condition=models.Q(state="open"), name="plan_commitment_open_by_day"
            ),
            models.Index(
                fields=["tenant", "due_on"], condition=models.Q(side="vendor"), name="plan_commitment_of_vendor"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CommitmentFile(TenantModel):
    """A file that shows what was done."""

    commitment = TenantForeignKey(Commitment, on_delete=models.CASCADE, related_name="files")
    file = TenantForeignKey(StoredFile, related_name="+", verbose_name=_("file"))
    side = models.CharField(_("given by"), max_length=8, choices=Side)
    added_by = models.CharField(_("by"), max_length=160, blank=True)
    added_at = models.DateTimeField(_("given"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["added_at", "id"]
        verbose_name = _("file of a commitment")
        verbose_name_plural = _("files of commitments")

    def __str__(self) -> str:
        return str(self.file_id)


class CheckIn(TenantModel):
    """A checkpoint, judged by itself on its day: once each, whoever runs the evaluation twice.

    `expected` is the share of the time that is over, `found` what each objective had reached: [{"kpi", "value",
    "period", "progress", "verdict"}]. A missed one is taken a level higher than the one before.
    """

    plan = TenantForeignKey(Plan, on_delete=models.CASCADE, related_name="check_ins")
    day = models.PositiveSmallIntegerField(_("day of the plan"))
    round = models.PositiveSmallIntegerField(_("after relapses"), default=0)
    due_on = models.DateField(_("due"))
    judged_at = models.DateTimeField(_("judged"), default=timezone.now, editable=False)
    verdict = models.CharField(_("found"), max_length=8, choices=Verdict)
    expected = models.DecimalField(_("time over"), **SHARE)
    progress = models.DecimalField(_("progress of the last objective in line"), null=True, **SHARE)
    found = models.JSONField(default=list)
    escalated_to = models.PositiveSmallIntegerField(_("taken up to"), choices=Level, default=Level.NONE)

    class Meta:
        ordering = ["plan", "round", "day"]
        verbose_name = _("check-in")
        verbose_name_plural = _("check-ins")
        constraints = [models.UniqueConstraint(fields=["tenant", "plan", "round", "day"], name="plan_check_in_once")]

    def __str__(self) -> str:
        return f"{self.plan_id}, {self.day}"


class PlanNote(TenantModel):
    """What somebody wrote on a plan. An internal one is never shown to the partner."""

    plan = TenantForeignKey(Plan, on_delete=models.CASCADE, related_name="notes")
    side = models.CharField(max_length=8, choices=Side)
    is_internal = models.BooleanField(_("for us alone"), default=False)
    text = models.TextField(_("note"), max_length=2000)
    written_by = models.CharField(_("by"), max_length=160)
    written_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-written_at", "-id"]
        verbose_name = _("note on a plan")
        verbose_name_plural = _("notes on plans")

    def __str__(self) -> str:
        return self.text[:60]


class Signature(TenantModel):
    """One side's agreement to one version of a plan."""

    plan = TenantForeignKey(Plan, on_delete=models.CASCADE, related_name="signatures")
    side = models.CharField(max_length=8, choices=Side)
    version = models.PositiveIntegerField()
    user = models.ForeignKey(**PERSON)
    signed_by = models.CharField(_("signed by"), max_length=160)
    signed_at = models.DateTimeField(_("signed"), default=timezone.now, editable=False)
    remarks = models.CharField(_("remarks"), max_length=1000, blank=True)

    class Meta:
        ordering = ["signed_at", "id"]
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "plan", "version", "side"], name="plan_signature_once")
        ]

    def __str__(self) -> str:
        return self.signed_by


class PlanConsequence(TenantModel):
    """What somebody chose to follow from a failed plan; taken once enough people agree."""

    public_id = PublicIdField()
    plan = TenantForeignKey(Plan, on_delete=models.CASCADE, related_name="consequences")
    kind = models.CharField(_("what"), max_length=8, choices=ConsequenceKind)
    reason = models.CharField(_("reason"), max_length=1000)
    state = models.CharField(
        _("state"), max_length=8, choices=ConsequenceState, default=ConsequenceState.WAITING, editable=False
    )
    chosen_at = models.DateTimeField(_("chosen"), default=timezone.now, editable=False)
    settled_at = models.DateTimeField(_("settled"), null=True, editable=False)
    settled_reason = models.CharField(max_length=1000, blank=True, editable=False)

    class Meta:
        ordering = ["-chosen_at", "-id"]
        verbose_name = _("consequence of a plan")
        verbose_name_plural = _("consequences of plans")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "plan"],
                condition=models.Q(state__in=["waiting", "taken"]),
                name="plan_consequence_once",
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class ConsequenceApproval(Approval):
    """One person's agreement to a consequence; nobody agrees twice."""

    consequence = TenantForeignKey(PlanConsequence, on_delete=models.CASCADE, related_name="approvals")

    class Meta(Approval.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "consequence", "user"], name="plan_consequence_approval_once")
        ]
