"""What plans are made from: their templates, and the rules that propose them, tried on the last closed period first."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.plans.forms.setup import RuleForm, TemplateForm
from performance.plans.models import Plan, PlanTemplate, TriggerRule
from performance.plans.permissions import PLAN_RULES, PLAN_VIEW
from performance.plans.services.proposing import PlanPreview, preview
from performance.plans.services.rules import check_rule, fill, save_rule, save_template, switch_rule
from performance.plans.views.base import url_of
from performance.plans.words.plans import rule_sentence
from performance.views.base import Page, ServiceFormView, get_or_404
from prm.access.portfolio import portfolio_of
from prm.access.views import TenantView
from prm.errors import DomainError
from prm.ui.steps import ServiceButton, refuse

SHOWN = 50


class PlanRuleList(Page):
    """Every rule with what it looks for and what it has suggested."""

    permission = PLAN_VIEW
    template_name = "plans/plan_rule_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = TriggerRule.objects.select_related("programme", "kpi", "template").order_by("-is_active", "name")
        rules = list(found)
        made = Plan.objects.filter(rule__isnull=False).order_by().values_list("rule_id").annotate(Count("pk"))
        counts = dict(made)
        for rule in rules:
            rule.sentence, rule.made = rule_sentence(rule), counts.get(rule.pk, 0)
        return super().get_context_data(rules=rules, **kwargs)


class PlanRuleEditor(Page):
    """Write a rule. “Preview” shows for whom it would propose a plan now, “Save” keeps it."""

    permission = PLAN_RULES
    template_name = "plans/plan_rule_form.html"
    preview: PlanPreview | None = None
    tried: TriggerRule | None = None

    @cached_property
    def rule(self) -> TriggerRule | None:
        """The rule that is edited; None for a new one."""
        if "plan_rule" not in self.kwargs:
            return None
        rule: TriggerRule = get_or_404(TriggerRule.objects.all(), public_id=self.kwargs["plan_rule"])
        return rule

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        initial = RuleForm.initial_of(self.rule) if self.rule else {}
        return self.render_to_response(self.get_context_data(form=RuleForm(initial=initial)))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = RuleForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            with transaction.atomic():
                if "preview" in request.POST:
                    self.preview = self._preview(form)
                else:
                    save_rule(actor=self.actor, rule=self.rule, **form.cleaned_data)
        except DomainError as refusal:
            refuse(form, refusal)
            return self.render_to_response(self.get_context_data(form=form), status=422)
        if self.preview is not None:
            return self.render_to_response(self.get_context_data(form=form))
        messages.success(request, _("The rule is saved. It looks at the next period that is closed."))
        return HttpResponseRedirect(url_of(self.request, "plan_rule_list"))

    def _preview(self, form: RuleForm) -> PlanPreview:
        self.tried = TriggerRule(pk=self.rule.pk if self.rule else None)
        check_rule(fill(self.tried, **form.cleaned_data))
        return preview(self.tried, portfolio=portfolio_of(self.request.membership))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.preview.rows[:SHOWN] if self.preview else []
        context = {
            "rule": self.rule,
            "preview": self.preview,
            "preview_rows": rows,
            "preview_programme": self.tried.programme if self.tried else None,
            "preview_more": self.preview.count - len(rows) if self.preview else 0,
            "back_url": url_of(self.request, "plan_rule_list"),
        }
        return super().get_context_data(**{**context, **kwargs})


class PlanRuleSwitch(ServiceButton, TenantView):
    """Switch a rule off, or on again."""

    permission = PLAN_RULES
    http_method_names = ("post",)
    rule: TriggerRule

    def load(self, *, plan_rule: Any, **_kwargs: Any) -> None:
        self.rule = get_or_404(TriggerRule.objects.all(), public_id=plan_rule)

    def perform(self) -> str:
        with transaction.atomic():
            rule = switch_rule(rule=self.rule, actor=self.actor, is_active=not self.rule.is_active)
        if rule.is_active:
            return _("%(rule)s proposes plans from the next closing on.") % {"rule": rule.name}
        return _("%(rule)s proposes nothing any more.") % {"rule": rule.name}

    def back(self) -> str:
        return url_of(self.request, "plan_rule_list")


class PlanTemplateList(Page):
    """Every template with what it brings and how often it was used."""

    permission = PLAN_VIEW
    template_name = "plans/plan_template_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        promised = Count("commitments", distinct=True)
        rows = list(PlanTemplate.objects.annotate(promised=promised).order_by("-is_active", "name"))
        used = dict(
            Plan.objects.filter(template__isnull=False).order_by().values_list("template_id").annotate(Count("pk"))
        )
        for row in rows:
            row.used = used.get(row.pk, 0)
        return super().get_context_data(templates=rows, **kwargs)


class PlanTemplateEditor(ServiceFormView):
    """Write a template. Plans that were made from it stay as they are."""

    permission = PLAN_RULES
    form_class = TemplateForm
    template_name = "plans/plan_template_form.html"
    success_message = gettext_lazy("The template is saved.")

    @cached_property
    def template(self) -> PlanTemplate | None:
        """The template that is edited; None for a new one."""
        if "plan_template" not in self.kwargs:
            return None
        found: PlanTemplate = get_or_404(PlanTemplate.objects.all(), public_id=self.kwargs["plan_template"])
        return found

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        if self.template is not None:
            kwargs.pop("initial")
        return {**kwargs, "template": self.template}

    def call(self, form: Any) -> PlanTemplate:
        return save_template(actor=self.actor, template=self.template, **form.values)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"template": self.template, "back_url": self.get_success_url(), **kwargs})

    def get_success_url(self) -> str:
        return url_of(self.request, "plan_template_list")
