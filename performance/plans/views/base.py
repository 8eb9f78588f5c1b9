"""What the pages about one plan share: the plan itself, within the person's reach, and the way back to it."""

from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property

from performance.plans.models import Plan
from performance.plans.permissions import PLAN_EDIT
from performance.plans.queries.plans import plans
from performance.views.base import ServiceFormView, StepForm, get_or_404
from prm.access.portfolio import portfolio_of
from prm.access.requests import TenantRequest
from prm.access.views import TenantView
from prm.ui.steps import ServiceButton


def plan_in_reach(request: TenantRequest, public_id: Any) -> Plan:
    """The plan of the address, or 404 when it is none of this person's partners'."""
    plan: Plan = get_or_404(plans(portfolio_of(request.membership)), public_id=public_id)
    return plan


def url_of(request: TenantRequest, name: str, **kwargs: Any) -> str:
    """A page of plans in the same workspace."""
    return reverse(f"plans:{name}", kwargs={"tenant": request.tenant.slug, **kwargs})


class PlanForm(StepForm, ServiceFormView):
    """A small form about one plan, on a page of its own, that calls one service and goes back to the plan."""

    permission = PLAN_EDIT
    template_name = "plans/step.html"
    read_anew = ("plan",)

    @cached_property
    def plan(self) -> Plan:
        """The plan it is about."""
        return plan_in_reach(self.request, self.kwargs["plan"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"plan": self.plan, "back_url": self.get_success_url(), **kwargs})

    def get_success_url(self) -> str:
        return url_of(self.request, "plan_detail", plan=self.kwargs["plan"])


class PlanButton(ServiceButton, TenantView):
    """A button of a plan's page."""

    permission = PLAN_EDIT
    http_method_names = ("post",)
    plan: Plan
    request: TenantRequest

    def load(self, *, plan: Any, **_kwargs: Any) -> None:
        self.plan = plan_in_reach(self.request, plan)

    def back(self) -> str:
        return url_of(self.request, "plan_detail", plan=self.plan.public_id)
