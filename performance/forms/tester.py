"""Choosing a partner and a period to try a KPI out on."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from performance.forms.benchmark import PartnerNumberField
from performance.models import PeriodRow


class TesterForm(forms.Form):
    """Sent by GET, so that a trial has an address. Periods are those that have cards."""

    try_partner = PartnerNumberField(label=_("Partner number"))
    try_period = forms.ChoiceField(label=_("Period"))

    def __init__(self, *args: Any, periods: Sequence[PeriodRow], portfolio: Any | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["try_partner"].portfolio = portfolio
        fields["try_period"].choices = [(row.label, row.label) for row in periods]
