"""Writing a review template and the cadence."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from partners.models import PartnerType, Programme, Tier
from performance.forms.benchmark import day_input
from performance.models import KPI, PERIOD_KINDS
from performance.reviews.models import ReviewTemplate
from performance.reviews.services.templates import (
    MOST_SECTIONS,
    QuestionSpec,
    ReviewTemplateSpec,
    RoleSpec,
    SectionSpec,
)
from prm.ui.rows import RemovableRows

HUNDRED = Decimal(100)


class TemplateHeadForm(forms.Form):
    """Name, levels, shares and days of a version."""

    name = forms.CharField(label=_("Name"), max_length=120)
    levels = forms.CharField(
        label=_("Levels 1 to 5"),
        max_length=240,
        initial=", ".join(ReviewTemplate._meta.get_field("levels").default()),
        help_text=_("Five names with commas between, the lowest first."),
    )
    score_share = forms.DecimalField(
        label=_("Share of the score"), min_value=0, max_value=100, decimal_places=1, max_digits=4, initial=70,
        help_text=_("The rest of the final result comes from the ratings."),
    )  # fmt: skip
    minimum_raters = forms.IntegerField(
        label=_("Fewest raters"), min_value=1, max_value=20, initial=2, help_text=_("With fewer there is no result.")
    )
    self_days = forms.IntegerField(label=_("For the self-assessment"), min_value=1, max_value=60, initial=10)
    rating_days = forms.IntegerField(label=_("For the ratings"), min_value=1, max_value=60, initial=5)
    contest_days = forms.IntegerField(label=_("To contest a figure"), min_value=1, max_value=60, initial=10)
    answer_days = forms.IntegerField(
        label=_("For us to answer a contested figure"), min_value=1, max_value=60, initial=10
    )
    sign_days = forms.IntegerField(label=_("To sign after the meeting"), min_value=1, max_value=60, initial=15)

    def clean_levels(self) -> list[str]:
        return [name.strip() for name in self.cleaned_data["levels"].split(",")]

    def clean_score_share(self) -> Decimal:
        return self.cleaned_data["score_share"] / HUNDRED


class RoleForm(forms.Form):
    """A rater role. A row without a name is left out."""

    name = forms.CharField(label=_("Role"), max_length=60, required=False)
    weight = forms.DecimalField(
        label=_("Weight"), min_value=Decimal("0.01"), max_value=100, max_digits=5, decimal_places=2, initial=1
    )
    has_owner = forms.BooleanField(label=_("The review's owner rates in it"), required=False)
    members = forms.TypedMultipleChoiceField(
        label=_("Who else rates in it"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, people: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["members"].choices = people


class SectionForm(forms.Form):
    """A section. Questions stand one to a line, behind the role that answers them; a row without a name is left out."""

    name = forms.CharField(label=_("Section"), max_length=80, required=False)
    hint = forms.CharField(label=_("What it is about"), max_length=240, required=False)
    kpis = forms.TypedMultipleChoiceField(
        label=_("KPIs it speaks about"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    questions = forms.CharField(
        label=_("Questions"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "One to a line, the role before a colon: “Sales: How well do they sell?”. “Partner:” asks the partner."
        ),
    )

    def __init__(self, *args: Any, kpis: Sequence[KPI] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {kpi.pk: kpi for kpi in kpis}
        fields: dict[str, Any] = self.fields
        fields["kpis"].choices = [(kpi.pk, kpi.name) for kpi in kpis]

    def clean_kpis(self) -> list[KPI]:
        return [self.known[pk] for pk in self.cleaned_data["kpis"]]

    def clean_questions(self) -> list[QuestionSpec]:
        found = []
        for line in self.cleaned_data["questions"].splitlines():
            if not line.strip():
                continue
            role, colon, text = line.partition(":")
            if not colon or not text.strip():
                raise forms.ValidationError(
                    _("Put the role before a colon in “%(line)s”."), code="role", params={"line": line.strip()[:60]}
                )
            is_partner = role.strip().lower() in ("partner", _now("Partner").lower())
            found.append(QuestionSpec(text.strip()[:240], "" if is_partner else role.strip()))
        return found


class _Rows(RemovableRows):
    """Rows with a name, in order. `shared` are keyword arguments of each form."""

    shared: dict[str, Any]

    def __init__(self, *args: Any, shared: dict[str, Any], **kwargs: Any) -> None:
        self.shared = shared
        super().__init__(*args, **kwargs)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), **self.shared}

    @property
    def kept(self) -> list[dict[str, Any]]:
        """The rows that count."""
        rows = (form.cleaned_data for form in self.forms if form not in self.deleted_forms)
        return [row for row in rows if row.get("name", "").strip()]


RoleFormSet = formset_factory(RoleForm, formset=_Rows, extra=2, max_num=12, can_delete=True)
SectionFormSet = formset_factory(SectionForm, formset=_Rows, extra=1, max_num=MOST_SECTIONS, can_delete=True)


def spec_from(head: TemplateHeadForm, roles: Any, sections: Any) -> ReviewTemplateSpec:
    """What the three parts of the page say together."""
    data = dict(head.cleaned_data)
    return ReviewTemplateSpec(
        name=data.pop("name"),
        roles=[RoleSpec(row["name"], row["weight"], row["has_owner"], row["members"]) for row in roles.kept],
        sections=[SectionSpec(row["name"], row["hint"], row["kpis"], row["questions"]) for row in sections.kept],
        settings=data,
    )


def initial_of(spec: ReviewTemplateSpec) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """The three parts of the page as a version has them."""
    head: dict[str, Any] = {"name": spec.name, **spec.settings}
    if "levels" in head:
        head["levels"] = ", ".join(head["levels"])
    if "score_share" in head:
        head["score_share"] = f"{(head['score_share'] * HUNDRED).normalize():f}"
    roles = [
        {"name": role.name, "weight": role.weight, "has_owner": role.has_owner, "members": list(role.members)}
        for role in spec.roles
    ]
    sections = [
        {
            "name": section.name,
            "hint": section.hint,
            "kpis": [kpi.pk for kpi in section.kpis],
            "questions": "\n".join(f"{one.role or _now('Partner')}: {one.text}" for one in section.questions),
        }
        for section in spec.sections
    ]
    return head, roles, sections


class CadenceForm(forms.Form):
    """How often whom."""

    programme: forms.ModelChoiceField = forms.ModelChoiceField(queryset=None, label=_("Programme"), empty_label=None)
    tier: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=_("Tier"), required=False, empty_label=_("All tiers")
    )
    partner_type: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=_("Partner type"), required=False, empty_label=_("All types")
    )
    period_kind = forms.ChoiceField(label=_("Reviewed each"), choices=PERIOD_KINDS, initial="quarter")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["programme"].queryset = Programme.objects.filter(is_active=True)
        fields["tier"].queryset = Tier.objects.select_related("programme").order_by("programme__name", "-rank")
        fields["partner_type"].queryset = PartnerType.objects.filter(is_scored=True).order_by("name")


class RoundForm(forms.Form):
    """When the score of the new reviews is frozen."""

    opens_on = forms.DateField(
        label=_("Freeze the score on"),
        widget=day_input(),
        help_text=_("On this day, once the period has ended, the partners are asked for their side."),
    )


class OneReviewForm(RoundForm):
    """One partner's review: of which programme and period."""

    what = forms.ChoiceField(label=_("Period"))
    field_order = ("what", "opens_on")

    def __init__(self, *args: Any, choices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["what"].choices = choices
