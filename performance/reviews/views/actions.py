"""Actions of a review: written down, changed, settled, and those carried over from the one before."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.reviews.choices import ActionStatus, CarryVerdict, Side
from performance.reviews.forms.steps import ActionForm, ActionStatusForm, CarriedForm
from performance.reviews.models import ActionItem, CarriedAction
from performance.reviews.permissions import REVIEW_LEAD
from performance.reviews.services.actions import add_action, change_action, say_of_carried, set_action_status
from performance.reviews.views.base import ReviewForm
from performance.views.base import get_or_404


class ActionAdd(ReviewForm):
    """Write an action down."""

    permission = REVIEW_LEAD
    form_class = ActionForm
    title = gettext_lazy("Add an action")
    text = gettext_lazy("Both sides see it. What stays open is carried into the next review.")
    submit = gettext_lazy("Add action")
    success_message = gettext_lazy("The action is added.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "partner_id": self.review.partner_id}

    def call(self, form: Any) -> ActionItem:
        return add_action(review=self.review, actor=self.actor, **form.cleaned_data)


class OfAction(ReviewForm):
    """A form about one action of the review."""

    permission = REVIEW_LEAD

    @cached_property
    def action(self) -> ActionItem:
        action: ActionItem = get_or_404(
            ActionItem.objects.filter(review=self.review).select_related("review__partner", "review__period"),
            public_id=self.kwargs["action"],
        )
        return action


class ActionChange(OfAction):
    """Change what was written down."""

    form_class = ActionForm
    title = gettext_lazy("Change the action")
    submit = gettext_lazy("Save action")
    success_message = gettext_lazy("The action is changed.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "partner_id": self.review.partner_id}

    def get_initial(self) -> dict[str, Any]:
        action = self.action
        owner = f"u{action.owner_id}" if action.owner_id else f"c{action.contact_id}" if action.contact_id else ""
        return {"title": action.title, "owner": owner, "due_on": action.due_on, "kpi": action.kpi_id}

    def call(self, form: Any) -> ActionItem:
        return change_action(action=self.action, actor=self.actor, **form.cleaned_data)


class ActionSettle(OfAction):
    """Say where an action stands."""

    form_class = ActionStatusForm
    submit = gettext_lazy("Save status")
    success_message = gettext_lazy("The action has a new status.")

    @property
    def title(self) -> str:
        return self.action.title

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "choices": status_choices(self.action, Side.VENDOR)}

    def call(self, form: Any) -> ActionItem:
        data = form.cleaned_data
        return set_action_status(
            action=self.action, actor=self.actor, status=ActionStatus(data["status"]), note=data["note"]
        )


def status_choices(action: ActionItem, side: Side) -> list[tuple[str, Any]]:
    """What a side can say of an action now."""
    if side == Side.PARTNER and action.side != Side.PARTNER:
        return [(ActionStatus.ACCEPTED.value, ActionStatus.ACCEPTED.label)]
    return [
        (status.value, status.label)
        for status in (ActionStatus.ACCEPTED, ActionStatus.DONE, ActionStatus.DROPPED)
        if status != action.status
    ]


class CarriedSay(ReviewForm):
    """What became of an action of the last review."""

    permission = REVIEW_LEAD
    form_class = CarriedForm
    text = gettext_lazy("The review can be shared once each action of the last one has a status.")
    submit = gettext_lazy("Save")
    success_message = gettext_lazy("That is kept.")

    @cached_property
    def carried(self) -> CarriedAction:
        rows = CarriedAction.objects.filter(review=self.review).select_related("action__review", "review")
        carried: CarriedAction = get_or_404(rows, pk=self.kwargs["carried"])
        return carried

    @property
    def title(self) -> str:
        return _("What became of “%(action)s”?") % {"action": self.carried.action.title}

    def call(self, form: Any) -> CarriedAction:
        data = form.cleaned_data
        return say_of_carried(
            carried=self.carried, actor=self.actor, verdict=CarryVerdict(data["verdict"]), note=data["note"]
        )
