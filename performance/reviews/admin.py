"""Reviews in the Django admin, for reading: both sides take their steps in the workspace and the portal."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from performance.reviews.models import (
    ActionItem,
    Contest,
    Rater,
    Review,
    ReviewCadence,
    ReviewSection,
    ReviewTemplate,
    Signature,
    Snapshot,
)
from prm.operators.model_admin import ReadOnlyInline, TenantModelAdmin

REVIEWS = (54, _("Reviews"))


class PartInline(ReadOnlyInline):
    """Rows of a review, which have no page of their own."""

    show_change_link = False


class SnapshotInline(PartInline):
    model = Snapshot
    fields = ["version", "total", "grade", "card_id", "run_id", "taken_at", "reason"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        return super().get_queryset(request).defer("lines")


class RaterInline(PartInline):
    model = Rater
    fields = ["user", "role", "saved_at", "submitted_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rater]:
        return super().get_queryset(request).select_related("user", "role")


class ContestInline(PartInline):
    model = Contest
    fields = ["kpi", "text", "outcome", "raised_at", "decided_by", "reason"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contest]:
        return super().get_queryset(request).select_related("kpi")


class ActionInline(PartInline):
    model = ActionItem
    fields = ["title", "owner_name", "side", "due_on", "status", "note"]


class SignatureInline(PartInline):
    model = Signature
    fields = ["side", "name", "signed_at", "remarks"]


@admin.register(Review)
class ReviewAdmin(TenantModelAdmin):
    """Reviews; their status moves by their services alone."""

    section = REVIEWS
    place = 10
    list_display = ["partner", "period", "programme", "status", "due_on", "final", "owner", "end"]
    list_filter = ["status", "end", "programme"]
    search_fields = ["partner__name", "partner__external_id"]
    list_select_related = ["partner", "period", "programme", "owner"]
    inlines = [SnapshotInline, RaterInline, ContestInline, ActionInline, SignatureInline]


class SectionInline(PartInline):
    model = ReviewSection
    fields = ["position", "name", "hint"]


@admin.register(ReviewTemplate)
class ReviewTemplateAdmin(TenantModelAdmin):
    """Versions of review templates; a change is the next version, written in the workspace."""

    section = REVIEWS
    place = 20
    list_display = ["programme", "version", "name", "score_share", "minimum_raters", "created_at", "actor_label"]
    list_filter = ["programme"]
    search_fields = ["name"]
    list_select_related = ["programme"]
    inlines = [SectionInline]


@admin.register(ReviewCadence)
class ReviewCadenceAdmin(TenantModelAdmin):
    """How often partners are reviewed."""

    section = REVIEWS
    place = 30
    list_display = ["programme", "tier", "partner_type", "period_kind"]
    list_filter = ["programme", "period_kind"]
    list_select_related = ["programme", "tier", "partner_type"]
