"""Reporting a serious breach."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, Programme
from partners.reference import programmes
from performance.forms.benchmark import PartnerNumberField, day_input
from performance.plans.choices import BreachKind
from performance.plans.forms.moves import words
from performance.plans.services.breaches import TEXT_LENGTH, WHAT_LENGTH
from prm.files.forms import ManyFilesField


class BreachForm(forms.Form):
    """What happened, what shows it, and what the partner is to read. Once sent it is not changed any more."""

    partner = PartnerNumberField(label=_("Partner"), help_text=_("The partner's number, as in the list of partners."))
    kind = forms.ChoiceField(label=_("What kind of breach"), choices=[("", _("Choose a kind")), *BreachKind.choices])
    happened_on = forms.DateField(label=_("Happened on"), widget=day_input())
    programme = forms.ModelChoiceField(
        queryset=Programme.objects.none(),
        label=_("Programme"),
        required=False,
        to_field_name="key",
        empty_label=_("All programmes"),
        help_text=_("The partner is suspended as a whole. Only plans of this programme stand still meanwhile."),
    )
    what = words(
        _("What happened"),
        _("For us alone. Those who decide go by it: what was done, by whom, how it was found."),
        most=WHAT_LENGTH,
        rows=6,
    )
    uploads = ManyFilesField(
        label=_("Evidence"),
        required=False,
        help_text=_("For us alone. Up to ten files: PDF, image, office file or text, up to 10 MB each."),
    )
    partner_text = words(
        _("What the partner is told"),
        _("The partner reads this text and nothing else. Name no person and nothing that is still looked into."),
        most=TEXT_LENGTH,
        rows=3,
    )

    def __init__(self, *args: Any, portfolio: Any | None = None, partner: Partner | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["partner"].portfolio = portfolio
        fields["happened_on"].widget.attrs["max"] = timezone.localdate().isoformat()
        if partner is not None:
            fields["partner"].initial = partner.external_id
            fields["partner"].widget = forms.HiddenInput()
        if len(programmes()) > 1:
            fields["programme"].queryset = Programme.objects.filter(is_active=True).order_by("-is_default", "name")
        else:
            del self.fields["programme"]


class BreachReasonForm(forms.Form):
    """Why a report is refused or taken back."""

    reason = words(_("Reason"), _("Kept with the report. The partner never reads it."))
