"""Writing the templates of plans, and the rules that propose them."""

from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Programme
from performance.models import KPI, PERIOD_KINDS
from performance.plans.choices import Side, TriggerKind
from performance.plans.forms.draft import BLANK_ROWS, MOST_ROWS, DaysField, says_something
from performance.plans.models import PlanTemplate, TriggerRule
from performance.plans.services.rules import UsualCommitment
from performance.queries.reference import bands_for
from prm.ui.rows import FormWithRows, RemovableRows


class RuleForm(forms.Form):
    """A rule. Fields that its kind does not use are ignored; what does not fit together the service refuses."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Stands on what it suggests."))
    kind = forms.ChoiceField(label=_("Propose a plan when"), choices=TriggerKind.choices)
    kpi: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=KPI.objects.none(), label=_("KPI"), required=False, empty_label=_("Any KPI of the scorecard")
    )
    periods = forms.IntegerField(
        label=_("Periods in a row"),
        min_value=1,
        max_value=8,
        initial=2,
        help_text=_("Closed periods under the floor, one after the other."),
    )
    grade = forms.ChoiceField(label=_("Grade or worse"), required=False)
    count = forms.IntegerField(
        label=_("KPIs at once"),
        min_value=2,
        max_value=20,
        initial=2,
        help_text=_("So many under their floors in one period."),
    )
    programme: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=Programme.objects.none(), label=_("Programme"), empty_label=None
    )
    period_kind = forms.ChoiceField(label=_("Looks at each closed"), choices=PERIOD_KINDS, initial="quarter")
    template: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=PlanTemplate.objects.none(),
        label=_("Plan template"),
        required=False,
        empty_label=_("None"),
        help_text=_("What a suggested plan begins with."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["kpi"].queryset = KPI.objects.filter(is_active=True).order_by("name")
        programmes = Programme.objects.filter(is_active=True).order_by("-is_default", "name")
        fields["programme"].queryset = programmes
        fields["template"].queryset = PlanTemplate.objects.order_by("-is_active", "name")
        today = timezone.localdate()
        keys = dict.fromkeys(band.key for programme in programmes for band in bands_for(programme.pk, today))
        fields["grade"].choices = [("", _("Choose a grade")), *((key, key) for key in keys)]

    @staticmethod
    def initial_of(rule: TriggerRule) -> dict[str, Any]:
        """The fields as the rule has them."""
        names = ("name", "kind", "kpi", "periods", "grade", "count", "programme", "period_kind", "template")
        return {name: getattr(rule, name) for name in names}


class UsualRow(forms.Form):
    """One usual promise."""

    title = forms.CharField(label=_("What"), max_length=200)
    side = forms.ChoiceField(label=_("Who"), choices=Side.choices, initial=Side.PARTNER)
    due_day = forms.IntegerField(label=_("Due on day"), min_value=0, max_value=730)


UsualRows = formset_factory(UsualRow, formset=RemovableRows, extra=BLANK_ROWS, can_delete=True, max_num=MOST_ROWS)


class TemplateForm(FormWithRows):
    """A template with what each side usually promises."""

    name = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(
        label=_("What it is for"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    length_days = forms.IntegerField(label=_("Days"), min_value=14, max_value=730, initial=90)
    checkpoint_days = DaysField()
    periods_to_succeed = forms.IntegerField(label=_("Periods in a row to succeed"), min_value=1, max_value=8, initial=2)
    margin_percent = forms.DecimalField(
        label=_("Margin of the exit"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        initial=5,
        help_text=_("How far beyond the floor, in percent of the way to the target."),
    )
    vendor_support = forms.CharField(
        label=_("What we support it with"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    is_active = forms.BooleanField(label=_("Offered for new plans"), required=False, initial=True)

    def __init__(self, *args: Any, template: PlanTemplate | None, **kwargs: Any) -> None:
        if template is not None:
            kwargs.setdefault("initial", template_values(template))
        super().__init__(*args, **kwargs)
        rows = [] if template is None or self.is_bound else list(template.commitments.all())
        self.rows = UsualRows(
            self.data if self.is_bound else None,
            prefix="c",
            initial=[{"title": row.title, "side": row.side, "due_day": row.due_day} for row in rows],
        )

    @property
    def values(self) -> dict[str, Any]:
        """The fields as the service takes them."""
        rows = [row.cleaned_data for row in self.rows if says_something(row)]
        promised = [UsualCommitment(side=row["side"], title=row["title"], due_day=row["due_day"]) for row in rows]
        return {**self.cleaned_data, "commitments": promised}


def template_values(template: PlanTemplate) -> dict[str, Any]:
    """The fields as the template has them."""
    names = ("name", "description", "length_days", "periods_to_succeed", "vendor_support", "is_active")
    return {
        **{name: getattr(template, name) for name in names},
        "margin_percent": f"{template.margin_percent.normalize():f}",
        "checkpoint_days": ", ".join(map(str, template.checkpoint_days)),
    }
