"""Writing plans: whom one is for, what it is about, and the draft that both sides will sign."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from partners.models import Partner, Programme
from performance.models import KPI
from performance.plans.choices import PlanOrigin
from performance.plans.forms.begin import WhatForm, WhomForm
from performance.plans.forms.draft import DraftForm
from performance.plans.models import Plan
from performance.plans.permissions import PLAN_EDIT
from performance.plans.screens.proposal import KpiChoice, offer_for
from performance.plans.services.drafting import draft_plan
from performance.plans.services.editing import edit_draft
from performance.plans.views.base import PlanForm, url_of
from performance.queries.cards import default_programme
from performance.views.base import ServiceFormView
from prm.access.portfolio import portfolio_of


@dataclass(frozen=True, slots=True)
class Origin:
    """What a plan comes from: its kind, its name, its page."""

    kind: PlanOrigin
    label: str = ""
    url: str = ""


class PlanCreate(ServiceFormView):
    """First whom it is for, in the address; then the KPIs, those under their floors chosen beforehand."""

    permission = PLAN_EDIT
    form_class = WhatForm
    template_name = "plans/plan_create.html"
    success_message = gettext_lazy("The draft is made. Say what each side does.")

    @cached_property
    def whom(self) -> WhomForm:
        """Whom it is for, as the address says; empty at first."""
        asked = self.request.GET
        return WhomForm(asked if "partner" in asked else None, portfolio=portfolio_of(self.request.membership))

    @property
    def partner(self) -> Partner | None:
        """The partner, once there is a known one."""
        return self.whom.cleaned_data["partner"] if self.whom.is_valid() else None

    @cached_property
    def programme(self) -> Programme | None:
        """The programme, the usual one unless another was chosen."""
        return (self.whom.cleaned_data.get("programme") if self.whom.is_valid() else None) or default_programme()

    @cached_property
    def offered(self) -> list[KpiChoice]:
        """What the plan can be about."""
        return offer_for(self.partner, self.programme) if self.partner and self.programme else []

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "offered": self.offered}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.partner is None:
            return self.render_to_response(self.get_context_data(), status=422)
        return super().post(request, *args, **kwargs)

    def call(self, form: Any) -> Plan:
        assert self.partner is not None, "Looked at in `post`."
        assert self.programme is not None, "Whoever has partners has a programme."
        data = form.cleaned_data
        return draft_plan(
            partner=self.partner,
            programme=self.programme,
            kpis=list(KPI.objects.filter(pk__in=data["kpis"])),
            template=data["template"],
            title=data["title"],
            actor=self.actor,
            origin=self.origin.kind,
            origin_label=self.origin.label,
            origin_url=self.origin.url,
        )

    @property
    def origin(self) -> Origin:
        """What the plan comes from: somebody's own idea, unless a page says otherwise."""
        return Origin(PlanOrigin.MANUAL)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {
            "whom": self.whom,
            "partner": self.partner,
            "programme": self.programme,
            "offered": self.offered,
            "back_url": url_of(self.request, "plan_list"),
        }
        return super().get_context_data(**{**context, **kwargs})

    def get_success_url(self) -> str:
        return url_of(self.request, "plan_update", plan=self.result.public_id)


class PlanUpdate(PlanForm):
    """Change a draft. What somebody else has saved meanwhile is never overwritten."""

    form_class = DraftForm
    template_name = "plans/plan_form.html"
    success_message = gettext_lazy("The draft is saved. Both sides sign this version.")

    @cached_property
    def offered(self) -> list[KpiChoice]:
        """What the plan can be about."""
        return offer_for(self.plan.partner, self.plan.programme, self.plan)

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        kwargs.pop("initial")
        return {**kwargs, "plan": self.plan, "offered": self.offered}

    def call(self, form: Any) -> Plan:
        return edit_draft(plan=self.plan, actor=self.actor, **form.values)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"offered": self.offered, **kwargs})
