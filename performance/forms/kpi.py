"""Defining a KPI."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from performance.choices import DERIVED, Aggregation, GrowthBase
from performance.models import KPI
from performance.services.kpis import WITH_MULTIPLIER
from prm.accounts.models import User
from prm.tenancy.forms import TenantModelForm
from prm.tenancy.scope import require_scope

OWNERS = {
    "attribute": (Aggregation.DISTINCT,),
    "first": (Aggregation.GROWTH, Aggregation.QUOTIENT),
    "second": (Aggregation.QUOTIENT,),
    "formula": (Aggregation.FORMULA,),
}
"""Which ways of computing each of these fields belongs to."""


class KPIForm(TenantModelForm):
    """A KPI in plain words and as a machine rule. The code cannot change once files and formulas refer to it."""

    first: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label=_("Made from"),
        empty_label=_("No other KPI"),
        help_text=_("The KPI whose growth is measured, or the one that is divided."),
    )
    second: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label=_("Divided by"),
        empty_label=_("No other KPI"),
        help_text=_("For one KPI divided by another."),
    )

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
            "attribute",
            "compare_with",
            "formula",
            "direction",
            "value_min",
            "value_max",
            "owner",
            "needs_evidence",
            "is_active",
        )
        widgets: ClassVar = {
            "definition": forms.Textarea(attrs={"rows": 3}),
            "formula": forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "class": "mono"}),
        }
        help_texts: ClassVar = {
            "code": _("Files and other systems use it. Capital letters, digits and _, such as ON_TIME."),
            "definition": _("The partner reads this beside the number. Say what counts and what does not."),
            "decimals": _("How many decimals the screens show; the calculation keeps six."),
            "aggregation": _("How the measurements of a period become one number."),
            "multiplier": _(
                "For a ratio, a growth or a division: 1 for a plain one, 100 for percent, "
                "1,000,000 for parts per million."
            ),
            "attribute": _(
                "For a number of different values: the attribute of the measurements that is told apart, "
                "such as customer."
            ),
            "compare_with": _("For a growth: the earlier period that it looks back at."),
            "formula": _(
                "For a formula: codes of KPIs, numbers, + - * / and brackets, coalesce, min, max, abs, round, "
                "and a if b > c else d. For example (REVENUE - COST) / REVENUE * 100."
            ),
            "value_min": _("A measurement below it is refused. Leave empty for no limit."),
            "value_max": _("A measurement above it is refused. Leave empty for no limit."),
            "owner": _("Who answers questions about this figure."),
            "needs_evidence": _("Who types a measurement in must add a document that shows it."),
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
        self.fields["aggregation"].label = _("Computed as")
        self.fields["compare_with"].required = False
        for name in ("first", "second"):
            fields[name].queryset = KPI.objects.exclude(pk=self.instance.pk).order_by("name")
            fields[name].label_from_instance = lambda kpi: f"{kpi.name} ({kpi.code})"
        for name in ("multiplier", "value_min", "value_max"):
            number = self.initial.get(name)
            if number is not None:
                self.initial[name] = f"{number.normalize():f}"
        if self.instance.pk:
            if self.instance.aggregation != Aggregation.FORMULA:
                sources = [row.source_id for row in self.instance.inputs.all()]
                self.initial.update(zip(("first", "second"), sources, strict=False))
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
        data["compare_with"] = data.get("compare_with") or GrowthBase.YEAR
        aggregation = data.get("aggregation")
        if aggregation not in WITH_MULTIPLIER and data.get("multiplier") not in (None, 1):
            self.add_error("multiplier", _("Only a ratio, a growth and a division have a multiplier. Set it to 1."))
        elif data.get("multiplier") is not None and data["multiplier"] <= 0:
            self.add_error("multiplier", _("The multiplier must be above zero."))
        if aggregation != Aggregation.RATIO and data.get("is_share"):
            self.add_error("is_share", _("Only a ratio can be a share of its weight."))
        if aggregation in DERIVED:
            for name in ("value_min", "value_max"):
                if data.get(name) is not None:
                    self.add_error(name, _("A KPI made from others has no measurements to limit. Leave it empty."))
        if aggregation:
            self._check_definition(aggregation, data)
        return data

    def _check_definition(self, aggregation: str, data: dict[str, Any]) -> None:
        """What the way of computing needs must be there; what belonged to the former way goes."""
        missing = {
            "attribute": _("Name the attribute whose different values are counted."),
            "first": _("Choose the KPI that it is made from."),
            "second": _("Choose the KPI to divide by."),
            "formula": _("Write the formula."),
        }
        for name, owners in OWNERS.items():
            if aggregation in owners:
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, missing[name])
            elif data.get(name) and name in self.changed_data:
                words = " / ".join(str(owner.label) for owner in owners)
                self.add_error(name, _("This is only for: %(ways)s. Leave it empty.") % {"ways": words})
            else:
                data[name] = "" if name in ("attribute", "formula") else None

    @property
    def definition_fields(self) -> dict[str, Any]:
        """The cleaned values as the services take them."""
        data = dict(self.cleaned_data)
        sources = [data.pop("first"), data.pop("second")]
        return {**data, "inputs": [source.code for source in sources if source is not None]}
