"""The steps of a plan: taking it up, showing, signing, starting, extending and ending it, notes and commitments."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.plans.choices import Side
from performance.plans.forms.moves import CommitmentForm, NoteForm, ReasonForm, SignForm, StartForm
from performance.plans.models import Commitment, Plan
from performance.plans.services.drafting import dismiss, take_up
from performance.plans.services.running import cancel_plan, extend_plan, settle_commitment, write_note
from performance.plans.services.signing import back_to_draft, offer_to_partner, sign, start_plan
from performance.plans.views.base import PlanButton, PlanForm, url_of
from performance.views.base import get_or_404


class PlanTakeUp(PlanButton):
    """Make a draft of a suggestion."""

    def perform(self) -> str:
        take_up(plan=self.plan, actor=self.actor)
        return _("It is a draft now. Say what each side does.")

    def onward(self) -> str:
        return url_of(self.request, "plan_update", plan=self.plan.public_id)


class PlanOffer(PlanButton):
    """Show a draft to the partner."""

    def perform(self) -> str:
        offer_to_partner(plan=self.plan, actor=self.actor)
        return _("%(partner)s sees the plan and was told.") % {"partner": self.plan.partner}


class PlanDismiss(PlanForm):
    """Put a suggestion away with a reason."""

    form_class = ReasonForm
    title = gettext_lazy("Dismiss the suggestion")
    text = gettext_lazy("The same results do not bring it back.")
    submit = gettext_lazy("Dismiss")
    is_danger = True
    success_message = gettext_lazy("The suggestion is dismissed.")

    def call(self, form: Any) -> Plan:
        return dismiss(plan=self.plan, actor=self.actor, reason=form.cleaned_data["reason"])


class PlanSign(PlanForm):
    """Sign the version that was read, for the vendor."""

    form_class = SignForm
    title = gettext_lazy("Sign the plan")
    submit = gettext_lazy("Sign")
    success_message = gettext_lazy("Your signature is under the plan.")

    @property
    def text(self) -> str:
        return _("Version %(version)d. A later change of the draft asks both sides again.") % {
            "version": self.plan.version
        }

    def get_initial(self) -> dict[str, Any]:
        return {"version": self.plan.version}

    def call(self, form: Any) -> Any:
        data = form.cleaned_data
        return sign(
            plan=self.plan, side=Side.VENDOR, version=data["version"], actor=self.actor, remarks=data["remarks"]
        )


class PlanStart(PlanForm):
    """Start an agreed plan: baselines are fixed."""

    form_class = StartForm
    title = gettext_lazy("Start the plan")
    text = gettext_lazy("The baselines are fixed with the newest closed results. From then on days count.")
    submit = gettext_lazy("Start the plan")
    success_message = gettext_lazy("The plan runs. Checkpoints judge it by themselves.")

    def call(self, form: Any) -> Plan:
        return start_plan(plan=self.plan, actor=self.actor, starts_on=form.cleaned_data["starts_on"])


class PlanBack(PlanForm):
    """Make a draft of an agreed plan again."""

    form_class = ReasonForm
    title = gettext_lazy("Change the plan again")
    text = gettext_lazy("It becomes a draft. Both sides sign anew.")
    submit = gettext_lazy("Make it a draft")
    success_message = gettext_lazy("It is a draft again.")

    def call(self, form: Any) -> Plan:
        return back_to_draft(plan=self.plan, actor=self.actor, reason=form.cleaned_data["reason"])


class PlanExtend(PlanForm):
    """Give a running plan more days, once."""

    form_class = ReasonForm
    title = gettext_lazy("Extend the plan")
    text = gettext_lazy("Once, by 30 days. Both sides see the reason.")
    submit = gettext_lazy("Extend")
    success_message = gettext_lazy("The plan is extended.")

    def call(self, form: Any) -> Plan:
        return extend_plan(plan=self.plan, actor=self.actor, reason=form.cleaned_data["reason"])


class PlanCancel(PlanForm):
    """End a plan by hand, without success or failure."""

    form_class = ReasonForm
    title = gettext_lazy("Cancel the plan")
    text = gettext_lazy("It counts neither as succeeded nor as failed. Nothing follows from it.")
    submit = gettext_lazy("Cancel the plan")
    is_danger = True
    success_message = gettext_lazy("The plan is cancelled.")

    def call(self, form: Any) -> Plan:
        return cancel_plan(plan=self.plan, actor=self.actor, reason=form.cleaned_data["reason"])


class PlanNoteWrite(PlanForm):
    """Write on a plan, for both sides or for the vendor alone."""

    form_class = NoteForm
    title = gettext_lazy("Add a note")
    submit = gettext_lazy("Save note")
    success_message = gettext_lazy("The note is saved.")

    def call(self, form: Any) -> Any:
        data = form.cleaned_data
        return write_note(
            plan=self.plan, side=Side.VENDOR, actor=self.actor, text=data["text"], is_internal=data["is_internal"]
        )

    def get_success_url(self) -> str:
        return f"{super().get_success_url()}#notes"


class CommitmentSettle(PlanForm):
    """Say what became of a commitment of either side."""

    form_class = CommitmentForm
    submit = gettext_lazy("Save")
    success_message = gettext_lazy("The commitment is settled.")

    @cached_property
    def commitment(self) -> Commitment:
        """The commitment of the address."""
        found: Commitment = get_or_404(self.plan.commitments.all(), public_id=self.kwargs["commitment"])
        return found

    @property
    def title(self) -> str:
        return str(self.commitment)

    @property
    def text(self) -> str:
        if self.commitment.side == Side.VENDOR:
            return _("Promised by us.")
        return _(
            "Promised by the partner, who says itself that it is done. You can say that it is not needed any more."
        )

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "is_ours": self.commitment.side == Side.VENDOR}

    def call(self, form: Any) -> Any:
        data = form.cleaned_data
        return settle_commitment(
            commitment=self.commitment,
            side=Side.VENDOR,
            actor=self.actor,
            state=data["state"],
            note=data["note"],
            upload=data.get("upload"),
        )
