"""The rules that raise alerts: list, writing one with a preview of what it would have raised, switching on and off."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Programme
from performance.forms.alert import AlertRuleForm
from performance.models import AlertRule
from performance.permissions import ALERT_RULE_EDIT, ALERT_VIEW
from performance.queries.alerts import rules
from performance.screens.alerts import PreviewPage, build_preview
from performance.services.alert_rules import (
    check_rule,
    default_rules,
    delete_rule,
    fill,
    pause_rule,
    resume_rule,
    save_rule,
)
from performance.views.base import Page, get_or_404
from prm.access.views import TenantView
from prm.errors import DomainError
from prm.ui.steps import ServiceButton, refuse


class AlertRuleList(Page):
    """Every rule with what it watches and what it has raised."""

    permission = ALERT_VIEW
    template_name = "performance/alert_rule_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = list(rules().order_by("-is_active", "name"))
        return super().get_context_data(rules=found, active=sum(rule.is_active for rule in found), **kwargs)


class AlertRuleEditor(Page):
    """Write a rule. “Preview” shows what it would have raised, “Save” keeps it."""

    permission = ALERT_RULE_EDIT
    template_name = "performance/alert_rule_form.html"
    preview: PreviewPage | None = None

    @cached_property
    def rule(self) -> AlertRule | None:
        """The rule that is edited; None for a new one."""
        if "rule" not in self.kwargs:
            return None
        rule: AlertRule = get_or_404(rules(), public_id=self.kwargs["rule"])
        return rule

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        initial = AlertRuleForm.initial_of(self.rule) if self.rule else {}
        return self.render_to_response(self.get_context_data(form=AlertRuleForm(initial=initial)))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = AlertRuleForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            with transaction.atomic():
                if "preview" in request.POST:
                    self.preview = self._preview(form)
                else:
                    save_rule(actor=self.actor, rule=self.rule, **form.values)
        except DomainError as refusal:
            refuse(form, refusal)
            return self.render_to_response(self.get_context_data(form=form), status=422)
        if self.preview is not None:
            return self.render_to_response(self.get_context_data(form=form))
        messages.success(request, _("The rule is saved. It looks at the scores now; alerts follow in a moment."))
        return HttpResponseRedirect(self._list_url())

    def _preview(self, form: AlertRuleForm) -> PreviewPage:
        tried = AlertRule(pk=self.rule.pk if self.rule else None)
        check_rule(fill(tried, **form.values))
        return build_preview(tried, today=timezone.localdate())

    def _list_url(self) -> str:
        return reverse("performance:alert_rule_list", kwargs={"tenant": self.kwargs["tenant"]})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(rule=self.rule, preview=self.preview, back_url=self._list_url(), **kwargs)


class AlertRuleDefaults(ServiceButton, TenantView):
    """Begin with the usual rules, for every programme that has a scorecard and no rules yet."""

    permission = ALERT_RULE_EDIT
    http_method_names = ("post",)

    def perform(self) -> str:
        with transaction.atomic():
            programmes = Programme.objects.filter(is_active=True).order_by("-is_default", "name")
            made = [rule for one in programmes for rule in default_rules(actor=self.actor, programme=one)]
        if not made:
            return _("No programme needed rules: each has some, or no scorecard yet.")
        return ngettext("%(count)d rule is switched on.", "%(count)d rules are switched on.", len(made)) % {
            "count": len(made)
        }

    def back(self) -> str:
        return reverse("performance:alert_rule_list", kwargs={"tenant": self.request.tenant.slug})


class _RuleButton(ServiceButton, TenantView):
    permission = ALERT_RULE_EDIT
    http_method_names = ("post",)
    rule: AlertRule

    def load(self, *, rule: Any, **_kwargs: Any) -> None:
        self.rule = get_or_404(AlertRule.objects.all(), public_id=rule)

    def back(self) -> str:
        return reverse("performance:alert_rule_list", kwargs={"tenant": self.request.tenant.slug})


class AlertRuleSwitch(_RuleButton):
    """Pause a rule, or switch it on again."""

    def perform(self) -> str:
        with transaction.atomic():
            if self.rule.is_active:
                pause_rule(rule=self.rule, actor=self.actor)
                return _("%(rule)s is paused and its alerts are resolved.") % {"rule": self.rule.name}
            resume_rule(rule=self.rule, actor=self.actor)
            return _("%(rule)s watches again. Alerts follow in a moment.") % {"rule": self.rule.name}


class AlertRuleDelete(_RuleButton):
    """Remove a rule that has raised nothing."""

    def perform(self) -> str:
        with transaction.atomic():
            delete_rule(rule=self.rule, actor=self.actor)
        return _("The rule is deleted.")
