"""Writing a draft: its frame, the KPIs with what is to be reached, and what each side promises."""

from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from partners.services.owners import possible_owners
from performance.forms.benchmark import day_input
from performance.plans.choices import Side
from performance.plans.models import Plan
from performance.plans.screens.proposal import KpiChoice
from performance.plans.services.drafting import usual_exit
from performance.plans.services.editing import CommitmentSpec, ObjectiveSpec
from prm.accounts.models import PartnerAccess, User
from prm.ui.rows import FormWithRows, RemovableRows

BLANK_ROWS = 3
MOST_ROWS = 60


class People:
    """Who can look after a plan on each side, by key; read once for a form."""

    def __init__(self, plan: Plan) -> None:
        ours = list(possible_owners())
        rows = PartnerAccess.objects.filter(partner_id=plan.partner_id, is_active=True, user__is_active=True)
        theirs = [row.user for row in rows.select_related("user").order_by("user__full_name", "user__email")]
        self.by_key = {str(person.pk): person for person in (*ours, *theirs)}
        self.ours = [(str(person.pk), str(person)) for person in ours]
        self.theirs = [(str(person.pk), str(person)) for person in theirs]

    def get(self, key: str) -> User | None:
        """The person with this key; None for nobody."""
        return self.by_key.get(key)


class CommitmentRow(forms.Form):
    """One promise."""

    public_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("What"), max_length=200)
    side = forms.ChoiceField(label=_("Who"), choices=Side.choices, initial=Side.PARTNER)
    due_on = forms.DateField(label=_("Due"), widget=day_input())
    kpi = forms.ChoiceField(label=_("For"), required=False)
    owner = forms.ChoiceField(label=_("Person"), required=False)

    def __init__(self, *args: Any, kpis: list[KpiChoice], people: People, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["kpi"].choices = [("", _("The whole plan")), *((str(one.kpi.pk), one.kpi.name) for one in kpis)]
        fields["owner"].choices = [("", _("Nobody named")), (_("Ours"), people.ours), (_("Theirs"), people.theirs)]


CommitmentRows = formset_factory(
    CommitmentRow, formset=RemovableRows, extra=BLANK_ROWS, can_delete=True, max_num=MOST_ROWS
)


class DaysField(forms.CharField):
    """Days of a plan with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        usual = {
            "label": _("Checkpoints"),
            "required": False,
            "initial": "30, 60, 90",
            "help_text": _("Days after the start at which the plan is judged by itself, such as 30, 60, 90."),
        }
        super().__init__(**{**usual, **kwargs})

    def to_python(self, value: Any) -> Any:
        words = (super().to_python(value) or "").replace(";", ",").split(",")
        try:
            return sorted({int(word) for word in words if word.strip()})
        except ValueError as error:
            raise forms.ValidationError(_("Write days with commas between them, such as 30, 60, 90.")) from error


class DraftForm(FormWithRows):
    """The whole draft. Each KPI of the scorecard is a box with the value to reach beside it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=160)
    length_days = forms.IntegerField(label=_("Days"), min_value=14, max_value=730)
    checkpoint_days = DaysField()
    periods_to_succeed = forms.IntegerField(
        label=_("Periods in a row to succeed"),
        min_value=1,
        max_value=8,
        help_text=_("Closed periods at or beyond the value to reach."),
    )
    margin_percent = forms.DecimalField(
        label=_("Margin of the exit"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        help_text=_("How far beyond the floor, in percent of the way to the target."),
    )
    owner = forms.ChoiceField(label=_("Owner"), required=False, help_text=_("Who leads it on our side."))
    partner_lead = forms.ChoiceField(
        label=_("Lead at the partner"), required=False, help_text=_("One of the people with access to the portal.")
    )
    vendor_support = forms.CharField(
        label=_("What we support it with"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Days on site, money, places on a course. The partner reads it."),
    )
    objectives = forms.TypedMultipleChoiceField(label=_("KPIs"), coerce=int, required=False)

    def __init__(self, *args: Any, plan: Plan, offered: list[KpiChoice], **kwargs: Any) -> None:
        kwargs.setdefault("initial", initial_of(plan))
        super().__init__(*args, **kwargs)
        self.offered = offered
        self.margin = plan.margin_percent
        self.people = People(plan)
        fields: dict[str, Any] = self.fields
        fields["owner"].choices = [("", _("Whoever looks after the partner")), *self.people.ours]
        fields["partner_lead"].choices = [("", _("Nobody named")), *self.people.theirs]
        fields["objectives"].choices = [(one.kpi.pk, one.kpi.name) for one in offered]
        data: Any = self.data
        chosen = set(data.getlist("objectives")) if self.is_bound else set()
        for one in offered:
            if self.is_bound:
                one.is_chosen = str(one.kpi.pk) in chosen
            fields[f"exit_{one.kpi.pk}"] = forms.DecimalField(
                label=_("To reach, %(kpi)s") % {"kpi": one.kpi.name},
                required=False,
                max_digits=20,
                decimal_places=6,
                initial=None if one.exit_value is None else f"{one.exit_value.normalize():f}",
            )
        rows = plan.commitments.order_by("due_on", "place", "pk").select_related("objective")
        self.rows = CommitmentRows(
            self.data if self.is_bound else None,
            prefix="c",
            initial=None if self.is_bound else [row_of(row) for row in rows],
            form_kwargs={"kpis": [one for one in offered if one.is_chosen], "people": self.people},
        )

    @cached_property
    def boxes(self) -> list[tuple[KpiChoice, Any]]:
        """Each KPI with the field of its value to reach."""
        return [(one, self[f"exit_{one.kpi.pk}"]) for one in self.offered]

    @property
    def near_boxes(self) -> list[tuple[KpiChoice, Any]]:
        """The KPIs that the plan is about or could well be; all of them where there is none."""
        return [box for box in self.boxes if _is_near(*box)] or self.boxes

    @property
    def other_boxes(self) -> list[tuple[KpiChoice, Any]]:
        """The other KPIs of the scorecard."""
        near = self.near_boxes
        return [box for box in self.boxes if box not in near]

    @property
    def values(self) -> dict[str, Any]:
        """The fields as the service takes them."""
        data = self.cleaned_data
        names = ("version", "title", "length_days", "margin_percent", "periods_to_succeed", "checkpoint_days")
        by_id = {one.kpi.pk: one for one in self.offered}
        return {
            **{name: data[name] for name in names},
            "vendor_support": data["vendor_support"],
            "owner": self.people.get(data["owner"]),
            "partner_lead": self.people.get(data["partner_lead"]),
            "objectives": [
                ObjectiveSpec(kpi=by_id[pk].kpi, exit_value=self._exit(by_id[pk]))
                for pk in dict.fromkeys(data["objectives"])
            ],
            "commitments": [self._commitment(row, by_id) for row in self.rows if says_something(row)],
        }

    def _exit(self, one: KpiChoice) -> Any:
        """What was typed. What followed from the former margin follows the new one."""
        name = f"exit_{one.kpi.pk}"
        row = one.objective
        is_followed = "margin_percent" in self.changed_data and name not in self.changed_data
        if is_followed and row is not None and usual_exit(row, self.margin) == row.exit_value:
            return None
        return self.cleaned_data[name]

    def _commitment(self, row: Any, kpis: dict[int, KpiChoice]) -> CommitmentSpec:
        data = row.cleaned_data
        return CommitmentSpec(
            side=data["side"],
            title=data["title"],
            due_on=data["due_on"],
            kpi=kpis[int(data["kpi"])].kpi if data["kpi"] else None,
            owner=self.people.get(data["owner"]),
            public_id=data["public_id"],
        )


def _is_near(one: KpiChoice, exit: Any) -> bool:
    """Whether a KPI of the scorecard stands before the others: chosen, under its floor, or filled in wrongly."""
    return one.is_chosen or one.is_red or one.objective is not None or bool(exit.errors)


def says_something(row: Any) -> bool:
    """Whether a row promises something and stays."""
    return bool(row.cleaned_data.get("title")) and not row.cleaned_data.get("DELETE")


def initial_of(plan: Plan) -> dict[str, Any]:
    """The fields as the draft has them."""
    names = ("version", "title", "length_days", "periods_to_succeed", "vendor_support")
    return {
        **{name: getattr(plan, name) for name in names},
        "margin_percent": f"{plan.margin_percent.normalize():f}",
        "checkpoint_days": ", ".join(map(str, plan.checkpoint_days)),
        "owner": str(plan.owner_id or ""),
        "partner_lead": str(plan.partner_lead_id or ""),
    }


def row_of(commitment: Any) -> dict[str, Any]:
    """A promise as its row shows it."""
    return {
        "public_id": commitment.public_id,
        "title": commitment.title,
        "side": commitment.side,
        "due_on": commitment.due_on,
        "kpi": str(commitment.objective.kpi_id) if commitment.objective else "",
        "owner": str(commitment.owner_id or ""),
    }
