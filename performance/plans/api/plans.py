"""Improvement plans for other systems: reading them, writing drafts, and the vendor's steps.

What a partner signs and reports it does in its portal; what follows from a failed plan people decide in the workspace.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import django_filters as filters
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from performance.plans.api.inputs import (
    CommitmentSettleSerializer,
    PlanChangeSerializer,
    PlanInputSerializer,
    PlanNoteInputSerializer,
    PlanReasonSerializer,
    PlanSignSerializer,
    PlanStartSerializer,
)
from performance.plans.api.serializers import ImprovementPlanDetailSerializer, ImprovementPlanSerializer
from performance.plans.choices import PlanOrigin, PlanStatus, Side
from performance.plans.models import Plan
from performance.plans.permissions import PLAN_EDIT, PLAN_VIEW
from performance.plans.queries.plans import one_plan, plans, standing_of
from performance.plans.services.drafting import dismiss, draft_plan, take_up
from performance.plans.services.editing import CommitmentSpec, ObjectiveSpec, edit_draft
from performance.plans.services.running import cancel_plan, extend_plan, settle_commitment, write_note
from performance.plans.services.signing import back_to_draft, offer_to_partner, sign, start_plan
from prm.api.views import ApiView, ListMixin

TAGS = ["plans"]


class PlanApiFilter(filters.FilterSet):
    """Plans by where they stand and what they are about."""

    status = filters.ChoiceFilter(choices=PlanStatus.choices)
    origin = filters.ChoiceFilter(choices=PlanOrigin.choices)
    partner = filters.CharFilter("partner__external_id", label="External number of the partner.")
    programme = filters.CharFilter("programme__key", label="Key of the programme.")
    kpi = filters.CharFilter("objectives__kpi__code", label="Code of a KPI that the plan is about.")
    created_since = filters.IsoDateTimeFilter("created_at", lookup_expr="gte", label="Created at or after.")
    ended_since = filters.IsoDateTimeFilter("ended_at", lookup_expr="gte", label="Ended at or after.")

    class Meta:
        model = Plan
        fields: list[str] = []


class PlanView(ApiView):
    """What all addresses of plans share."""

    permission = PLAN_VIEW
    write_permission = PLAN_EDIT
    serializer_class: Any = ImprovementPlanDetailSerializer

    def get_queryset(self) -> QuerySet[Plan]:
        return plans().order_by("id")

    def prepare(self, rows: Sequence[Any]) -> Sequence[Any]:
        today = timezone.localdate()
        for row in rows:
            row.standing = standing_of(row, today)
        return rows

    def answer(self, plan: UUID, status: int = 200) -> Response:
        """The plan with everything that stands in it."""
        try:
            row = one_plan(plan)
        except Plan.DoesNotExist:
            raise Http404 from None
        return Response(ImprovementPlanDetailSerializer(self.prepare([row])[0]).data, status=status)

    def step(self, plan: UUID, service: Callable[..., Any], **values: Any) -> Response:
        """Take one step with the plan and answer how it stands then."""
        row = self.one(public_id=plan)
        with transaction.atomic():
            service(plan=row, actor=self.actor, **values)
        return self.answer(plan)


class PlanList(ListMixin, PlanView):
    """Plans of all partners, and writing a new one."""

    serializer_class = ImprovementPlanSerializer
    filterset_class = PlanApiFilter

    @extend_schema(operation_id="list_plans", summary="List improvement plans", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="create_plan",
        summary="Draft an improvement plan",
        description="Objectives bring the results of the last closed periods along. Change the draft, then sign it.",
        tags=TAGS,
        request=PlanInputSerializer,
        responses={201: ImprovementPlanDetailSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.body(PlanInputSerializer)
        origin = PlanOrigin.TEMPLATE if values["template"] else PlanOrigin.MANUAL
        with transaction.atomic():
            row = draft_plan(actor=self.actor, origin=origin, **values)
        row.refresh_from_db(fields=["public_id"])
        return self.answer(row.public_id, status=201)


class PlanDetail(PlanView):
    """One plan."""

    @extend_schema(operation_id="get_plan", summary="Read an improvement plan", tags=TAGS)
    def get(self, request: Request, plan: UUID) -> Response:
        return self.answer(plan)

    @extend_schema(
        operation_id="update_plan",
        summary="Change a draft",
        description="Whoever has signed an older version signs anew.",
        tags=TAGS,
        request=PlanChangeSerializer,
    )
    def patch(self, request: Request, plan: UUID) -> Response:
        row = self.one(public_id=plan)
        values = self.body(PlanChangeSerializer)
        if "objectives" in values:
            values["objectives"] = [ObjectiveSpec(**one) for one in values["objectives"]]
        if "commitments" in values:
            values["commitments"] = [CommitmentSpec(**one) for one in values["commitments"]]
        with transaction.atomic():
            edit_draft(plan=row, actor=self.actor, **values)
        return self.answer(plan)


class PlanTakeUp(PlanView):
    """Making a draft of a suggestion."""

    permission = PLAN_EDIT

    @extend_schema(operation_id="take_up_plan", summary="Take a suggested plan up", tags=TAGS, request=None)
    def post(self, request: Request, plan: UUID) -> Response:
        return self.step(plan, take_up)


class PlanDismiss(PlanView):
    """Putting a suggestion away."""

    permission = PLAN_EDIT

    @extend_schema(
        operation_id="dismiss_plan",
        summary="Dismiss a suggested plan",
        description="The same results do not bring it back.",
        tags=TAGS,
        request=PlanReasonSerializer,
    )
    def post(self, request: Request, plan: UUID) -> Response:
        self.one(public_id=plan)
        return self.step(plan, dismiss, **self.body(PlanReasonSerializer))


class PlanOffer(PlanView):
    """Showing a draft to the partner."""

    permission = PLAN_EDIT

    @extend_schema(operation_id="offer_plan", summary="Offer a draft to the partner", tags=TAGS, request=None)
    def post(self, request: Request, plan: UUID) -> Response:
        return self.step(plan, offer_to_partner)


class PlanSign(PlanView):
    """The vendor's signature."""

    permission = PLAN_EDIT

    @extend_schema(
        operation_id="sign_plan",
        summary="Sign a draft for the vendor",
        description="In the name of the key. Offers the draft to the partner, where nobody has. The second signature "
        "of both sides makes it agreed.",
        tags=TAGS,
        request=PlanSignSerializer,
    )
    def post(self, request: Request, plan: UUID) -> Response:
        self.one(public_id=plan)
        return self.step(plan, sign, side=Side.VENDOR, **self.body(PlanSignSerializer))


class PlanReopen(PlanView):
    """Making an agreed plan a draft again."""

    permission = PLAN_EDIT

    @extend_schema(
        operation_id="reopen_plan",
        summary="Make an agreed plan a draft again",
        description="Both sides sign anew.",
        tags=TAGS,
        request=PlanReasonSerializer,
    )
    def post(self, request: Request, plan: UUID) -> Response:
        self.one(public_id=plan)
        return self.step(plan, back_to_draft, **self.body(PlanReasonSerializer))


class PlanStart(PlanView):
    """Starting an agreed plan."""

    permission = PLAN_EDIT

    @extend_schema(
        operation_id="start_plan",
        summary="Start an agreed plan",
        description="Baselines are fixed with the newest closed results.",
        tags=TAGS,
        request=PlanStartSerializer,
    )
    def post(self, request: Request, plan: UUID) -> Response:
        self.one(public_id=plan)
        return self.step(plan, start_plan, **self.body(PlanStartSerializer))


class PlanExtend(PlanView):
    """Giving a plan more time."""

    permission = PLAN_EDIT

    @extend_schema(
        operation_id="extend_plan",
        summary="Extend a running plan",
        description="By 30 days, once.",
        tags=TAGS,
        request=PlanReasonSerializer,
    )
    def post(self, request: Request, plan: UUID) -> Response:
        self.one(public_id=plan)
        return self.step(plan, extend_plan, **self.body(PlanReasonSerializer))


class PlanCancel(PlanView):
    """Stopping a plan that is not needed any more."""

    permission = PLAN_EDIT

    @extend_schema(
        operation_id="cancel_plan", summary="Cancel an improvement plan", tags=TAGS, request=PlanReasonSerializer
    )
    def post(self, request: Request, plan: UUID) -> Response:
        self.one(public_id=plan)
        return self.step(plan, cancel_plan, **self.body(PlanReasonSerializer))


class PlanNotes(PlanView):
    """Writing a note."""

    permission = PLAN_EDIT

    @extend_schema(
        operation_id="write_plan_note",
        summary="Write a note on an improvement plan",
        tags=TAGS,
        request=PlanNoteInputSerializer,
    )
    def post(self, request: Request, plan: UUID) -> Response:
        self.one(public_id=plan)
        return self.step(plan, write_note, side=Side.VENDOR, **self.body(PlanNoteInputSerializer))


class CommitmentSettle(PlanView):
    """Saying what became of a commitment."""

    permission = PLAN_EDIT

    @extend_schema(
        operation_id="settle_plan_commitment",
        summary="Settle a commitment",
        description="The vendor's as done, those of both sides as dropped. That its own is done, the partner says.",
        tags=TAGS,
        request=CommitmentSettleSerializer,
    )
    def post(self, request: Request, plan: UUID, commitment: UUID) -> Response:
        row = self.one(public_id=plan)
        promised = row.commitments.filter(public_id=commitment).first()
        if promised is None:
            raise Http404
        values = self.body(CommitmentSettleSerializer)
        with transaction.atomic():
            settle_commitment(commitment=promised, side=Side.VENDOR, actor=self.actor, **values)
        return self.answer(plan)
