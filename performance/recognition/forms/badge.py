"""Writing badges, awarding them by hand, withdrawing awards, and choosing what league tables show."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.models import Programme
from performance.choices import ConsequenceTiming
from performance.forms.benchmark import PartnerNumberField
from performance.models import KPI, PERIOD_KINDS, GradeBand, PeriodRow
from performance.recognition.choices import BadgeColour, BadgeIcon, BadgeKind, Cohort
from performance.recognition.models import Badge, LeagueSetting
from performance.recognition.services.awards import REASON_LENGTH
from performance.rules.scoring import HUNDRED

PERIODS_OFFERED = 24
LOOKS = ("name", "description", "icon", "colour")
NUMBERS = ("periods", "top", "minimum_rated")


class BadgeForm(forms.Form):
    """A badge. Fields that its kind does not use are hidden where the browser can and ignored in any case.

    A coverage is typed in percent and kept as a share. What does not fit together is refused by the service.
    """

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("For example: Partner of the quarter."))
    description = forms.CharField(
        label=_("What it stands for"), max_length=240, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    icon = forms.ChoiceField(label=_("Symbol"), choices=BadgeIcon.choices, initial=BadgeIcon.AWARD)
    colour = forms.ChoiceField(label=_("Colour"), choices=BadgeColour.choices, initial=BadgeColour.GOLD)
    kind = forms.ChoiceField(label=_("Granted for"), choices=BadgeKind.choices, initial=BadgeKind.RANK)
    programme: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=_("Programme"), required=False, empty_label=_("None, only for badges by hand")
    )
    period_kind = forms.ChoiceField(label=_("Scorecards of each"), choices=PERIOD_KINDS, initial="quarter")
    grade = forms.ChoiceField(label=_("Grade"), required=False, help_text=_("A better grade counts as well."))
    kpi: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=_("KPI"), required=False, empty_label=_("Choose a KPI")
    )
    periods = forms.IntegerField(
        label=_("Periods in a row"),
        min_value=1,
        max_value=12,
        initial=1,
        required=False,
        help_text=_("A period that is not rated interrupts the row."),
    )
    timing = forms.ChoiceField(
        label=_("How often"),
        required=False,
        initial=ConsequenceTiming.CROSSING,
        choices=[
            (ConsequenceTiming.CROSSING, _("Once, and again only after the row was interrupted")),
            (ConsequenceTiming.EVERY, _("In every period while it lasts")),
        ],
    )
    cohort = forms.ChoiceField(label=_("Ranked in"), choices=Cohort.choices, required=False, initial=Cohort.PROGRAMME)
    top = forms.IntegerField(
        label=_("Places that get it"),
        min_value=1,
        max_value=100,
        initial=1,
        required=False,
        help_text=_("Partners with the same figure share a place."),
    )
    minimum_rated = forms.IntegerField(
        label=_("Rated partners needed"),
        min_value=2,
        max_value=10_000,
        initial=5,
        required=False,
        help_text=_("In a smaller group nobody gets it."),
    )
    points = forms.DecimalField(
        label=_("Rise of at least"), required=False, max_digits=7, decimal_places=4, help_text=_("Points of the score.")
    )
    coverage = forms.DecimalField(
        label=_("Coverage of at least"),
        required=False,
        max_digits=6,
        decimal_places=2,
        help_text=_("Percent of the scorecard's weight. Empty: the scorecard's own minimum counts."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["programme"].queryset = Programme.objects.order_by("-is_default", "name")
        fields["kpi"].queryset = KPI.objects.filter(is_active=True).order_by("name")
        keys = GradeBand.objects.order_by("-minimum", "key").values_list("key", flat=True)
        fields["grade"].choices = [("", _("Choose a grade")), *((key, key) for key in dict.fromkeys(keys))]

    @staticmethod
    def initial_of(badge: Badge) -> dict[str, Any]:
        """The fields as the badge has them."""
        names = (*LOOKS, *NUMBERS, "kind", "programme", "period_kind", "grade", "kpi", "timing", "cohort")
        values = {name: getattr(badge, name) for name in names}
        coverage = None if badge.coverage is None else f"{(badge.coverage * HUNDRED).normalize():f}"
        points = None if badge.points is None else f"{badge.points.normalize():f}"
        return {**values, "coverage": coverage, "points": points}

    @property
    def values(self) -> dict[str, Any]:
        """The fields as the service takes them."""
        data = dict(self.cleaned_data)
        for name, usual in (("periods", 1), ("top", 1), ("minimum_rated", 5)):
            data[name] = data[name] or usual
        data["timing"] = data["timing"] or ConsequenceTiming.CROSSING
        data["cohort"] = data["cohort"] or Cohort.PROGRAMME
        coverage: Decimal | None = data["coverage"]
        data["coverage"] = None if coverage is None else coverage / HUNDRED
        return data


class AwardForm(forms.Form):
    """An award by hand."""

    badge: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=_("Badge"), empty_label=_("Choose a badge")
    )
    partner = PartnerNumberField(label=_("Partner"), help_text=_("Its name or number."))
    period = forms.ModelChoiceField(
        queryset=PeriodRow.objects.none(),
        label=_("For the period"),
        required=False,
        to_field_name="label",
        empty_label=_("No period in particular"),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands with the badge; the partner reads it."),
    )

    def __init__(self, *args: Any, portfolio: Any | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["badge"].queryset = Badge.objects.order_by("name")
        fields["partner"].portfolio = portfolio
        newest = PeriodRow.objects.order_by("-start", "kind").values("pk")[:PERIODS_OFFERED]
        fields["period"].queryset = PeriodRow.objects.filter(pk__in=newest)


class WithdrawForm(forms.Form):
    """Why an award is withdrawn."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept with the award; the partner reads it. There is no way back."),
    )


class LeagueForm(forms.Form):
    """What the partners of a programme see of its league table."""

    is_on = forms.BooleanField(
        label=_("Partners see a league table"),
        required=False,
        help_text=_("Of closed periods, in the portal. Groups of fewer than five rated partners are never shown."),
    )
    cohort = forms.ChoiceField(label=_("One table for"), choices=Cohort.choices)
    period_kind = forms.ChoiceField(label=_("Scorecards of each"), choices=PERIOD_KINDS)
    top = forms.IntegerField(
        label=_("Places shown"),
        min_value=3,
        max_value=100,
        help_text=_("A partner always sees its own place besides."),
    )
    shows_names = forms.BooleanField(
        label=_("Show the names of the partners"),
        required=False,
        help_text=_("A partner may stay unnamed; it is counted all the same."),
    )
    shows_scores = forms.BooleanField(label=_("Show their scores"), required=False)

    @staticmethod
    def initial_of(setting: LeagueSetting) -> dict[str, Any]:
        """The fields as they are kept."""
        return {name: getattr(setting, name) for name in LeagueForm.base_fields}
