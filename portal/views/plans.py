"""A partner's improvement plans: what was agreed, how far it is, and its own part in it."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from partners.models import Partner
from performance.plans import cells
from performance.plans.addresses import portal_address
from performance.plans.choices import PlanStatus, Side
from performance.plans.forms.moves import OwnCommitmentForm, OwnNoteForm, SignForm
from performance.plans.models import Commitment, CommitmentFile, Plan
from performance.plans.permissions import OWN_PLAN_SIGN, OWN_PLAN_VIEW, OWN_PLAN_WORK
from performance.plans.queries.plans import shown_to_partner
from performance.plans.screens.plan import build_plan
from performance.plans.services.running import settle_commitment, write_note
from performance.plans.services.signing import sign
from performance.plans.views.plans import plan_words, whole_plan
from performance.views.base import StepForm, get_or_404
from portal.views.base import PartnerPage
from prm.access.requests import PortalRequest
from prm.access.views import PortalView
from prm.files.documents import download
from prm.ui.lists import Column, ListPage
from prm.ui.markup import fill


def plan_link(plan: Plan, value: str) -> SafeString:
    """The title, leading to the plan in the portal."""
    return fill('<a class="w5" href="{}">{}</a>', portal_address(plan), value)


class OwnPlanList(ListPage, PortalView):
    """The plans that were shown to the partner, the newest first."""

    permission = OWN_PLAN_VIEW
    key = "own_plans"
    title = gettext_lazy("Improvement plans")
    base_template = "base_portal.html"
    template_name = "portal/plan_list.html"
    default_sort = "-created"
    search_fields = ("title",)
    has_saved_views = False
    has_export = False
    counted = ngettext_lazy("%(count)s improvement plan", "%(count)s improvement plans", "count")
    empty_title = gettext_lazy("No plan needed")
    empty_text = gettext_lazy("When a figure stays under its floor, what both sides do about it stands here.")
    empty_art = "done"
    columns = (
        Column(
            "title",
            gettext_lazy("Plan"),
            value="title",
            sort="title",
            always=True,
            phone="head",
            draw=plan_link,
            css="wr",
        ),
        Column("status", gettext_lazy("Status"), value="get_status_display", phone="head", draw=cells.status),
        Column("kpis", gettext_lazy("What it is about"), value=cells.kpi_names, phone="full", css="wr"),
        Column("pace", gettext_lazy("Progress"), value=cells.pace_words, draw=cells.pace),
        Column("day", gettext_lazy("Day"), value=cells.days, numeric=True),
        Column("due", gettext_lazy("Next due"), value="next_due", sort="next_due", draw=cells.due),
        Column(
            "created",
            gettext_lazy("Shown to you"),
            value="offered_at",
            sort="offered_at",
            descending_first=True,
            phone="hide",
        ),
    )

    def rows(self) -> QuerySet[Any]:
        return shown_to_partner(self.partner_id)

    def prepare(self, objects: list[Any]) -> list[Any]:
        return cells.with_standing(objects)


class OwnPlanDetail(PartnerPage):
    """One plan in plain words: what is to be reached, how far it is, who does what."""

    permission = OWN_PLAN_VIEW
    template_name = "portal/plan_detail.html"

    @cached_property
    def plan(self) -> Plan:
        """The plan of the address, once it was shown to the partner."""
        plan = whole_plan(self.kwargs["plan"], [self.partner_id])
        if plan.offered_at is None or plan.status == PlanStatus.SUGGESTED:
            raise Http404
        return plan

    @property
    def partner(self) -> Partner:
        """The partner comes with its plan."""
        return self.plan.partner

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = build_plan(self.plan, for_partner=True)
        context = {"page": page, "plan": self.plan, "is_portal": True, **plan_words(page)}
        return super().get_context_data(**{**kwargs, **context})


class OwnPlanForm(PortalView, StepForm):
    """A small form of the partner about one of its plans, on a page of its own."""

    request: PortalRequest

    permission = OWN_PLAN_WORK
    template_name = "portal/plan_step.html"
    read_anew = ("plan",)

    @cached_property
    def plan(self) -> Plan:
        """The plan of the address, only ever one that was shown to the partner."""
        plan: Plan = get_or_404(shown_to_partner(self.partner_id), public_id=self.kwargs["plan"])
        return plan

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {"plan": self.plan, "partner": self.plan.partner, "back_url": self.get_success_url()}
        return super().get_context_data(**{**context, **kwargs})

    def get_success_url(self) -> str:
        return portal_address(self.plan)


class OwnPlanSign(OwnPlanForm):
    """Sign the version that was read, for the partner."""

    permission = OWN_PLAN_SIGN
    form_class = SignForm
    title = gettext_lazy("Sign the plan")
    submit = gettext_lazy("Sign")
    success_message = gettext_lazy("Your signature is under the plan.")

    @property
    def text(self) -> str:
        return _("You sign version %(version)d. If it changes later, you are asked again.") % {
            "version": self.plan.version
        }

    def get_initial(self) -> dict[str, Any]:
        return {"version": self.plan.version}

    def call(self, form: Any) -> Any:
        data = form.cleaned_data
        return sign(
            plan=self.plan, side=Side.PARTNER, version=data["version"], actor=self.actor, remarks=data["remarks"]
        )


class OwnPlanNote(OwnPlanForm):
    """Write on a plan, for both sides."""

    form_class = OwnNoteForm
    title = gettext_lazy("Add a note")
    submit = gettext_lazy("Save note")
    success_message = gettext_lazy("The note is saved.")

    def call(self, form: Any) -> Any:
        return write_note(plan=self.plan, side=Side.PARTNER, actor=self.actor, text=form.cleaned_data["text"])


class OwnCommitment(OwnPlanForm):
    """Report an own commitment done, with a file that shows it."""

    form_class = OwnCommitmentForm
    text = gettext_lazy("Say that it is done. A file that shows it spares questions later.")
    submit = gettext_lazy("Report it done")
    success_message = gettext_lazy("Reported as done.")

    @cached_property
    def commitment(self) -> Commitment:
        """The commitment of the address, only ever the partner's own."""
        own = self.plan.commitments.filter(side=Side.PARTNER)
        found: Commitment = get_or_404(own, public_id=self.kwargs["commitment"])
        return found

    @property
    def title(self) -> str:
        return str(self.commitment)

    def call(self, form: Any) -> Any:
        data = form.cleaned_data
        return settle_commitment(
            commitment=self.commitment,
            side=Side.PARTNER,
            actor=self.actor,
            note=data["note"],
            upload=data["upload"],
        )


class OwnPlanFile(PortalView):
    """Send a file of a plan; never shown in the page, always as a download."""

    permission = OWN_PLAN_VIEW

    def get(self, request: PortalRequest, **_kwargs: Any) -> FileResponse:
        plan = get_or_404(shown_to_partner(self.partner_id), public_id=self.kwargs["plan"])
        found = CommitmentFile.objects.filter(commitment__plan=plan).select_related("file")
        row = get_or_404(found, commitment__public_id=self.kwargs["commitment"], file__public_id=self.kwargs["file"])
        return download(row.file)
