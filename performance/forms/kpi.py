"""Defining a KPI."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from performance.choices import Aggregation
from performance.models import KPI
from prm.accounts.models import User
from prm.tenancy.forms import TenantModelForm
from prm.tenancy.scope import require_scope


class KPIForm(TenantModelForm):
    """A KPI in plain words and as a machine rule. The code cannot change once files and formulas refer to it."""

    class Meta:
        model = KPI
        fields = (
            "code",
            "name",
            "definition",
            "source_kind",
            "unit",
            "decimals",
            "aggregation",
            "multiplier",
            "is_share",
            "direction",
            "value_min",
            "value_max",
            "owner",
            "is_active",
        )
        widgets: ClassVar = {"definition": forms.Textarea(attrs={"rows": 3})}
        help_texts: ClassVar = {
            "code": _("Files and other systems use it. Capital letters, digits and _, such as ON_TIME."),
            "definition": _("The partner reads this beside the number. Say what counts and what does not."),
            "decimals": _("How many decimals the screens show; the calculation keeps six."),
            "aggregation": _("How the measurements of a period become one number."),
            "multiplier": _("For a ratio: 1 for a plain one, 100 for percent, 1,000,000 for parts per million."),
            "value_min": _("A measurement below it is refused. Leave empty for no limit."),
            "value_max": _("A measurement above it is refused. Leave empty for no limit."),
            "owner": _("Who answers questions about this figure."),
            "is_active": _("Only KPIs in use can be measured and put on new scorecards."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tenant = require_scope().tenant
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = User.objects.filter(
            memberships__tenant=tenant, memberships__is_active=True
        ).order_by("full_name", "email")
        fields["owner"].empty_label = _("Nobody")
        self.fields["source_kind"].label = _("Part of the business")
        for name in ("multiplier", "value_min", "value_max"):
            number = self.initial.get(name)
            if number is not None:
                self.initial[name] = f"{number.normalize():f}"
        if self.instance.pk:
            self.fields["code"].disabled = True
            self.fields["code"].help_text = _("The code stays as it is: files and formulas refer to it.")

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].strip().upper()
        if KPI.objects.filter(code=code).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is already a KPI with the code %(code)s.") % {"code": code})
        return code

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        low, high = data.get("value_min"), data.get("value_max")
        if low is not None and high is not None and low > high:
            self.add_error("value_max", _("The highest value must not be below the lowest value."))
        if data.get("aggregation") != Aggregation.RATIO:
            if data.get("multiplier") not in (None, 1):
                self.add_error("multiplier", _("Only a ratio has a multiplier. Set it to 1."))
            if data.get("is_share"):
                self.add_error("is_share", _("Only a ratio can be a share of its weight."))
        elif data.get("multiplier") is not None and data["multiplier"] <= 0:
            self.add_error("multiplier", _("The multiplier must be above zero."))
        return data
