"""The filters of a report as a form: everything that can be chosen, within what the reader sees."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.lookup import named_partners, suggested
from partners.models import Partner
from partners.reference import owner_choices, programmes, regions_by_id, scored_types, tiers_by_id
from performance.models import PERIOD_KINDS
from performance.queries.cards import KIND_PREFERENCE
from performance.queries.reference import periods_with_cards
from performance.reports.catalogue import Report
from performance.reports.question import Reader
from prm.errors import InvalidInput

Choices = list[tuple[Any, Any]]

SPECIFIC_SHOWN = 24


class FilterForm(forms.Form):
    """One select for each filter of the report. What is chosen stands in the address."""

    def __init__(self, data: Any = None, *, report: Report, reader: Reader, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.report, self.reader = report, reader
        chosen = (data.get("programme") if data else "") or kwargs.get("initial", {}).get("programme", "")
        active = programmes()
        programme = next((row for row in active if row.key == chosen), active[0] if active else None)
        add = self.fields.__setitem__
        if "programme" in report.filters and len(active) > 1:
            add("programme", _choice(gettext_lazy("Programme"), [(row.key, row.name) for row in active], ""))
        if "period" in report.filters and programme is not None:
            add("period", _choice(gettext_lazy("Period"), period_choices(programme.pk), _("Newest that is over")))
        if "tier" in report.filters and programme is not None:
            tiers = [(row.key, row.name) for row in tiers_by_id().values() if row.programme_id == programme.pk]
            add("tier", _choice(gettext_lazy("Tier"), tiers, _("All tiers")))
        if "region" in report.filters and regions_by_id():
            regions = [(row.key, row.name) for row in regions_by_id().values()]
            add("region", _choice(gettext_lazy("Region"), regions, _("All regions")))
        if "type" in report.filters:
            add("type", _choice(gettext_lazy("Type"), [(row.key, row.name) for row in scored_types()], _("All types")))
        if "owner" in report.filters and reader.portfolio is None:
            add("owner", _choice(gettext_lazy("Owner"), owner_choices(), _("All owners")))
        if "mine" in report.filters and reader.portfolio is None and reader.user_id is not None:
            add("mine", _choice(gettext_lazy("Portfolio"), [("yes", _("My partners"))], _("All partners")))
        if "partner" in report.filters:
            add("partner", PartnersField(among=self._partners))

    @property
    def values(self) -> dict[str, str]:
        """What was chosen, without what was left open."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    @property
    def _partners(self) -> QuerySet[Partner]:
        rows = Partner.objects.all()
        return rows if self.reader.portfolio is None else rows.filter(pk__in=self.reader.portfolio)

    @cached_property
    def some_partners(self) -> list[tuple[str, str]]:
        """Numbers and names to choose from as one types."""
        return suggested(self._partners) if "partner" in self.fields else []


class SeveralInputs(forms.Widget):
    """One input for each partner chosen, and one more: works by typing, without script, and in an address."""

    input_type = "text"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        given = data.getlist(name) if hasattr(data, "getlist") else [data.get(name) or ""]
        return [one.strip() for one in given if one and one.strip()]

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return f"{id_}_0" if id_ else ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = [value] if isinstance(value, str) and value else list(value or [])
        shared = {**self.attrs, **(attrs or {}), "type": "text", "name": name, "list": "report-partners"}
        parts = []
        for place, text in enumerate([*chosen, ""]):
            own = {"id": f"{shared.get('id', name)}_{place}", "aria-label": _("Another partner")} if place else {}
            hint = {} if text else {"placeholder": _("Name or number") if not chosen else _("And another")}
            parts.append(format_html("<input{}>", flatatt({**shared, **own, **hint, "value": text})))
        return format_html('<span class="rep-several">{}</span>', mark_safe("".join(parts)))  # noqa: S308  (escaped)


class PartnersField(forms.Field):
    """Partners by name or number; the value is their numbers, parted by commas."""

    widget = SeveralInputs

    def __init__(self, *, among: QuerySet[Partner]) -> None:
        super().__init__(label=gettext_lazy("Partners"), required=False)
        self.among = among

    def prepare_value(self, value: Any) -> Any:
        """What is shown: names, where the address has numbers."""
        given = [value] if isinstance(value, str) else list(value or [])
        shown: list[str] = []
        for text in given:
            try:
                shown += [one.name for one in named_partners([text], self.among)]
            except InvalidInput:
                shown.append(text)
        return shown

    def clean(self, value: Any) -> str:
        """The numbers, parted by commas."""
        try:
            found = named_partners(value or [], self.among)
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.message, code="unknown") from refusal
        return ",".join(one.external_id for one in found)


def _choice(label: Any, choices: Choices, everything: str) -> forms.ChoiceField:
    empty: Choices = [("", everything)] if everything else []
    return forms.ChoiceField(label=label, choices=[*empty, *choices], required=False)


def period_choices(programme_id: int) -> Choices:
    """Periods that move on by themselves, then those with scorecards by name."""
    rows = periods_with_cards(programme_id)
    names = dict(PERIOD_KINDS)
    moving: Choices = []
    today = timezone.localdate()
    for kind in KIND_PREFERENCE:
        if not any(row.kind == kind.value for row in rows):
            continue
        word = str(names[kind.value]).lower()
        moving.append((f"ended:{kind.value}", _("Last %(kind)s that is over") % {"kind": word}))
        moving.append((f"closed:{kind.value}", _("Last closed %(kind)s") % {"kind": word}))
        if any(row.kind == kind.value and row.start <= today < row.end for row in rows):
            moving.append((f"running:{kind.value}", _("Running %(kind)s") % {"kind": word}))
    groups: Choices = [(_("Moves on by itself"), moving)] if moving else []
    for kind in KIND_PREFERENCE:
        own = [(row.label, row.label) for row in rows if row.kind == kind.value][:SPECIFIC_SHOWN]
        if own:
            groups.append((str(names[kind.value]), own))
    return groups
