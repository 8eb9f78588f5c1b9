"""What people say in a review: assessments and ratings, a contested figure, signatures."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from performance.models import KPI
from performance.reviews.choices import ContestOutcome, Side
from performance.reviews.models.review import Review
from performance.reviews.models.template import RaterRole, ReviewQuestion, ReviewSection
from prm.files.models import StoredFile
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel


class Rater(TenantModel):
    """A member who is asked to rate in a role. Until it is submitted the rating is a draft and counts for nothing.

    `asked_on` and `due_on` are set when the ratings begin and stay as they were; `released_on` is the day on which the
    ratings ended without this one.
    """

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="raters")
    role = TenantForeignKey(RaterRole, related_name="+", verbose_name=_("role"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    asked_on = models.DateField(_("asked"), null=True, editable=False)
    due_on = models.DateField(_("due"), null=True, editable=False)
    released_on = models.DateField(_("not asked any more since"), null=True, editable=False)
    saved_at = models.DateTimeField(_("last saved"), null=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True)

    class Meta:
        ordering = ["role__position", "id"]
        verbose_name = _("rater")
        verbose_name_plural = _("raters")
        constraints = [models.UniqueConstraint(fields=["tenant", "review", "role", "user"], name="review_rater_once")]
        indexes = [
            models.Index(fields=["tenant", "user", "submitted_at"], name="review_rater_by_user"),
            models.Index(fields=["tenant", "due_on"], name="review_rater_by_due"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.role}"


class Answer(TenantModel):
    """A level from 1 to 5 with a comment: of the partner (no rater) on a section or a question asked of it, or of a
    rater on a question of the rater's role."""

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="answers")
    rater = TenantForeignKey(Rater, null=True, on_delete=models.CASCADE, related_name="answers")
    section = TenantForeignKey(ReviewSection, related_name="+")
    question = TenantForeignKey(ReviewQuestion, null=True, related_name="+")
    level = models.PositiveSmallIntegerField(_("level"), null=True)
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("answer in a review")
        verbose_name_plural = _("answers in reviews")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "review", "rater", "section", "question"],
                nulls_distinct=False,
                name="review_answer_once",
            ),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__range=(1, 5)), name="review_answer_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section_id}: {self.level}"


class Contest(TenantModel):
    """One named figure that the partner does not accept, with its text and evidence, and what became of it.

    `answer_due_on` is the day by which the partner was to have our answer, from the template as it was then.
    """

    public_id = PublicIdField()
    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="contests")
    kpi = TenantForeignKey(KPI, related_name="+", verbose_name=_("KPI"))
    text = models.TextField(_("what is wrong"))
    evidence = TenantForeignKey(StoredFile, null=True, related_name="+", verbose_name=_("evidence"))
    raised_at = models.DateTimeField(_("contested"), default=timezone.now)
    raised_by = models.CharField(_("by"), max_length=160, blank=True)
    answer_due_on = models.DateField(_("answer due"), null=True, editable=False)
    outcome = models.CharField(_("outcome"), max_length=10, choices=ContestOutcome, default=ContestOutcome.OPEN)
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.CharField(_("decided by"), max_length=160, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        ordering = ["-raised_at"]
        verbose_name = _("contested figure")
        verbose_name_plural = _("contested figures")
        constraints = [models.UniqueConstraint(fields=["tenant", "review"], name="review_contest_once")]

    def __str__(self) -> str:
        return f"{self.review}: {self.kpi}"


class Signature(TenantModel):
    """A side's signature under the review, with a time stamp. The partner may add remarks."""

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="signatures")
    side = models.CharField(_("side"), max_length=8, choices=Side)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    name = models.CharField(_("name"), max_length=160)
    signed_at = models.DateTimeField(_("signed"), default=timezone.now)
    remarks = models.TextField(_("remarks"), blank=True)

    class Meta:
        ordering = ["signed_at", "id"]
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [models.UniqueConstraint(fields=["tenant", "review", "side"], name="review_signature_once")]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_side_display()}"
