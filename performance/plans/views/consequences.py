"""What follows from a failed plan: choosing it, and a second person who agrees or refuses."""

from typing import Any

from django.forms import Form
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.plans.choices import ConsequenceState
from performance.plans.forms.moves import ConsequenceForm, ReasonForm
from performance.plans.models import PlanConsequence
from performance.plans.permissions import PLAN_DECIDE
from performance.plans.services.consequences import approve, choose_consequence, reject
from performance.plans.views.base import PlanForm
from performance.views.base import get_or_404


class ConsequenceChoose(PlanForm):
    """Choose what follows. What ends a partnership waits for a second person."""

    permission = PLAN_DECIDE
    form_class = ConsequenceForm
    title = gettext_lazy("Choose what follows")
    text = gettext_lazy("The end of the partnership takes two people; everything else happens at once.")
    submit = gettext_lazy("Choose")

    def call(self, form: Any) -> PlanConsequence:
        data = form.cleaned_data
        return choose_consequence(plan=self.plan, actor=self.actor, kind=data["kind"], reason=data["reason"])

    @property
    def success_message(self) -> str:
        if self.result.state == ConsequenceState.WAITING:
            return _("It waits for a second person.")
        return _("It is done and recorded.")


class OfConsequence(PlanForm):
    """A form about what somebody has chosen."""

    permission = PLAN_DECIDE

    @cached_property
    def consequence(self) -> PlanConsequence:
        """The consequence of the address."""
        found: PlanConsequence = get_or_404(self.plan.consequences.all(), public_id=self.kwargs["consequence"])
        return found


class ConsequenceApprove(OfConsequence):
    """Agree to what somebody else has chosen, after reading once more what it is."""

    form_class = Form
    is_danger = True

    @property
    def title(self) -> str:
        return _("Agree: %(kind)s") % {"kind": self.consequence.get_kind_display()}

    @property
    def text(self) -> str:
        return _("The reason given: “%(reason)s” With the last agreement it happens at once.") % {
            "reason": self.consequence.reason
        }

    submit = gettext_lazy("I agree")

    @property
    def success_message(self) -> str:
        if self.result.state == ConsequenceState.WAITING:
            return _("Your agreement is kept. Somebody else still has to agree.")
        return _("It is done and recorded.")

    def call(self, form: Any) -> PlanConsequence:
        return approve(consequence=self.consequence, actor=self.actor)


class ConsequenceReject(OfConsequence):
    """Refuse what somebody has chosen; something else can be chosen then."""

    form_class = ReasonForm
    title = gettext_lazy("Reject the choice")
    text = gettext_lazy("Nothing happens. Something else can be chosen afterwards.")
    submit = gettext_lazy("Reject")
    is_danger = True
    success_message = gettext_lazy("The choice is rejected.")

    def call(self, form: Any) -> PlanConsequence:
        return reject(consequence=self.consequence, actor=self.actor, reason=form.cleaned_data["reason"])
