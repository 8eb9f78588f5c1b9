"""Beginning a plan: whom it is for, what it is about, which template it begins with."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.models import Programme
from partners.reference import programmes
from performance.forms.benchmark import PartnerNumberField
from performance.plans.models import PlanTemplate
from performance.plans.screens.proposal import KpiChoice


class WhomForm(forms.Form):
    """Whom a plan is for, and in which programme."""

    partner = PartnerNumberField(label=_("Partner"), help_text=_("Its number or its name."))
    programme = forms.ModelChoiceField(
        queryset=Programme.objects.none(), label=_("Programme"), required=False, to_field_name="key", empty_label=None
    )

    def __init__(self, *args: Any, portfolio: Any | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["partner"].portfolio = portfolio
        if len(programmes()) > 1:
            fields["programme"].queryset = Programme.objects.filter(is_active=True).order_by("-is_default", "name")
        else:
            del self.fields["programme"]


class WhatForm(forms.Form):
    """What a plan is about. Those under their floors are chosen beforehand."""

    title = forms.CharField(
        label=_("Title"), max_length=160, required=False, help_text=_("Left empty it is named after its KPIs.")
    )
    template: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=PlanTemplate.objects.none(),
        label=_("Template"),
        required=False,
        empty_label=_("None, begin empty"),
        to_field_name="public_id",
        help_text=_("Brings its length, its checkpoints and what each side usually promises."),
    )
    kpis = forms.TypedMultipleChoiceField(label=_("KPIs"), coerce=int, required=False)

    def __init__(self, *args: Any, offered: list[KpiChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["template"].queryset = PlanTemplate.objects.filter(is_active=True).order_by("name")
        fields["kpis"].choices = [(one.kpi.pk, one.kpi.name) for one in offered]
        if self.is_bound:
            data: Any = self.data
            chosen = set(data.getlist("kpis"))
            for one in offered:
                one.is_chosen = str(one.kpi.pk) in chosen
