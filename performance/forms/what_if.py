"""Editing a what-if: weights and thresholds of each KPI, grades, coverage and the periods to replay, in one form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Partner, PartnerType, Programme, Region, Tier
from partners.reference import regions_by_id, scored_types, tiers_by_id
from performance.choices import BenchmarkBasis, Direction, TemplateStatus
from performance.forms.benchmark import PartnerNumberField, threshold_problem
from performance.forms.template import BandFormSet, TemplateForm, check_weights
from performance.models import (
    KPI,
    Benchmark,
    PeriodRow,
    ScorecardTemplate,
    TemplateLine,
    WhatIf,
    WhatIfBenchmark,
)
from performance.queries.what_if_draft import Draft
from performance.services.templates import BandSpec
from performance.services.what_ifs import THRESHOLDS, BenchmarkEdit, BenchmarkRemoval, TemplateEdit

GROUPS = {"tier": Tier, "type": PartnerType, "region": Region, "partner": Partner}
FIELDS = {"tier": "tier", "type": "partner_type", "region": "region", "partner": "partner"}


def short(value: Decimal | None) -> str | None:
    """A Decimal without trailing zeros, for an input."""
    return None if value is None else f"{value.normalize():f}"


@dataclass(frozen=True)
class Audience:
    """Whom the thresholds on the screen are for: everyone, or one tier, type, region or partner."""

    scope: str = "all"
    row: Any = None

    @property
    def key(self) -> str:
        """As the address has it."""
        return "" if self.row is None else f"{self.scope}:{self.row.pk}"

    @property
    def label(self) -> str:
        """In words."""
        return _("everyone") if self.row is None else str(self.row)

    @property
    def group(self) -> dict[str, Any]:
        """The group as the benchmark services take it."""
        return {} if self.row is None else {FIELDS[self.scope]: self.row}

    @property
    def lookup(self) -> dict[str, Any]:
        """How to find its benchmarks."""
        return {"scope": self.scope, **self.group}


def audience_of(text: str, portfolio: Any | None = None) -> Audience:
    """The audience that the address names; everyone for anything unknown."""
    scope, _colon, key = text.partition(":")
    model: Any = GROUPS.get(scope)
    if model is None or not key.isdecimal() or len(key) > 18:
        return Audience()
    rows = model.objects.filter(pk=int(key))
    if scope == "partner" and portfolio is not None:
        rows = rows.filter(pk__in=portfolio)
    row = rows.first()
    return Audience(scope, row) if row is not None else Audience()


def audiences(what_if: WhatIf) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be chosen, in groups."""
    tiers = [row for row in tiers_by_id().values() if row.programme_id == what_if.programme_id]
    named = (
        (_("Tiers"), "tier", tiers[::-1]),
        (_("Partner types"), "type", scored_types()),
        (_("Regions"), "region", list(regions_by_id().values())),
    )
    return [(title, [(f"{scope}:{row.pk}", str(row)) for row in rows]) for title, scope, rows in named if rows]


class RulesForm(TemplateForm):
    """The two settings of the scorecard and the periods, with the rules of the template's own form."""

    periods = forms.MultipleChoiceField(
        label=gettext_lazy("Replayed over"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Periods of one kind, closed or open."),
    )

    def __init__(self, *args: Any, periods: Sequence[PeriodRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("programme", "period_kinds"):
            del self.fields[name]
        choices: Any = self.fields["periods"]
        choices.choices = [
            (row.label, row.label if row.is_closed else _("%(period)s, open") % {"period": row.label})
            for row in periods
        ]


class KpiForm(forms.Form):
    """Weight and thresholds of one KPI. Without any threshold the stored benchmark holds; `removed` does without it."""

    weight = forms.DecimalField(
        label=gettext_lazy("Weight"), min_value=0, max_value=100, max_digits=7, decimal_places=4
    )
    floor = forms.DecimalField(label=gettext_lazy("Floor"), max_digits=20, decimal_places=6, required=False)
    target = forms.DecimalField(label=gettext_lazy("Target"), max_digits=20, decimal_places=6, required=False)
    stretch = forms.DecimalField(label=gettext_lazy("Stretch"), max_digits=20, decimal_places=6, required=False)
    ceiling = forms.DecimalField(label=gettext_lazy("Ceiling"), max_digits=20, decimal_places=6, required=False)

    removed = forms.BooleanField(label=gettext_lazy("Without a benchmark"), required=False)

    def __init__(self, *args: Any, kpi: KPI, has_benchmark: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kpi = kpi
        if not has_benchmark:
            del self.fields["removed"]
        if kpi.direction != Direction.BAND:
            del self.fields["ceiling"]
        for form_field in self.fields.values():
            words = {"kpi": kpi.name, "what": form_field.label}
            form_field.widget.attrs["aria-label"] = _("%(what)s, %(kpi)s") % words

    @property
    def thresholds(self) -> list[str]:
        """The names of the thresholds this KPI has."""
        return [name for name in THRESHOLDS if name in self.fields]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        names = self.thresholds
        if data.get("removed"):
            for name in names:
                self.errors.pop(name, None)
            return data
        given = [name for name in names if data.get(name) is not None]
        if given and len(given) < len(names) and not self.errors:
            missing = next(name for name in names if data.get(name) is None)
            self.add_error(missing, _("Give all thresholds of this KPI, or none."))
        elif given and not self.errors:
            problem = threshold_problem(self.kpi.direction, data)
            if problem:
                self.add_error(*problem)
        return data


@dataclass(frozen=True)
class EditorRow:
    """One KPI of the editor: the form, and what is in force."""

    line: TemplateLine
    form: KpiForm
    stored: Benchmark | None
    drafted: WhatIfBenchmark | None
    old_weight: Decimal | None

    @property
    def cells(self) -> list[tuple[Any, str | None]]:
        """Each threshold's input with the stored value where the draft has another; None for the ceiling of others."""
        found: list[tuple[Any, str | None]] = []
        for name in THRESHOLDS:
            if name not in self.form.fields:
                continue
            before = getattr(self.stored, name) if self.stored else None
            changed = self.drafted is not None and not self.is_removed and getattr(self.drafted, name) != before
            found.append((self.form[name], (short(before) or "–") if changed else None))
        return found

    @property
    def weight_before(self) -> str | None:
        """The weight in force, where the draft has another."""
        return None if self.old_weight == self.line.weight else short(self.old_weight) or "–"

    @property
    def unit(self) -> str:
        """What the thresholds are in: the KPI's unit, or a part of an earlier result."""
        shown = self.drafted or self.stored
        if shown is not None and shown.is_relative:
            return str(BenchmarkBasis(shown.basis).label)
        return self.line.kpi.unit

    @property
    def is_removed(self) -> bool:
        """Whether the draft does without the stored benchmark."""
        return self.drafted is not None and self.drafted.is_removed

    @property
    def is_edited(self) -> bool:
        """Whether the draft changes anything of it."""
        return self.drafted is not None or self.weight_before is not None

    @property
    def error(self) -> str:
        """The first thing that is wrong, with its field."""
        for name, errors in self.form.errors.items():
            label = self.form.fields[name].label if name in self.form.fields else ""
            return f"{label}: {errors[0]}" if label else str(errors[0])
        return ""


class Editor:
    """The whole form of a what-if, for one audience of the thresholds."""

    def __init__(self, what_if: WhatIf, audience: Audience, data: Any = None) -> None:
        self.what_if = what_if
        self.audience = audience
        self.data = data
        self.draft = Draft(what_if, group=audience.lookup)
        self.errors: list[str] = []

    @property
    def template(self) -> ScorecardTemplate | None:
        """The version of the draft, or the one in force."""
        return self.draft.scored_by

    @property
    def lines(self) -> list[TemplateLine]:
        """The lines of the draft, or of the version in force."""
        return list(self.draft.lines)

    @property
    def kind(self) -> str:
        """The kind of the periods, for which the thresholds are."""
        return self.draft.kind

    @cached_property
    def rules(self) -> RulesForm:
        """Name, settings and periods."""
        initial: dict[str, Any] = {"name": self.what_if.name, "periods": self.what_if.periods}
        if self.template is not None:
            initial["points_at_target"] = short(self.template.points_at_target)
            initial["minimum_coverage"] = short(self.template.minimum_coverage * 100)
        return RulesForm(self.data, initial=initial, periods=self._periods())

    def _periods(self) -> list[PeriodRow]:
        """The periods of the chosen kind, and a year's worth of each other."""
        offered = self.draft.offered
        return [row for row in offered if row.kind == self.kind][:12] + [
            row
            for kind in ("quarter", "month", "half", "year")
            if kind != self.kind
            for row in [one for one in offered if one.kind == kind][:4]
        ]

    @cached_property
    def rows(self) -> list[EditorRow]:
        """The KPIs in the order of the card."""
        place = self.draft.thresholds()
        old = {line.kpi_id: line.weight for line in self.draft.base_lines}
        found = []
        for line in self.lines:
            stored, drafted = place.get(line.kpi_id, (None, None))
            shown = drafted or stored
            initial: dict[str, Any] = {"weight": short(line.weight)}
            if shown is not None:
                initial |= {name: short(getattr(shown, name)) for name in THRESHOLDS}
                initial["removed"] = drafted is not None and drafted.is_removed
            prefix, has_benchmark = f"k{line.kpi_id}", stored is not None
            form = KpiForm(self.data, initial=initial, prefix=prefix, kpi=line.kpi, has_benchmark=has_benchmark)
            found.append(EditorRow(line, form, stored, drafted, old.get(line.kpi_id)))
        return found

    @cached_property
    def bands(self) -> Any:
        """The grades."""
        rows = list(self.template.bands.all()) if self.template else []
        initial = [{"key": row.key, "name": row.name, "minimum": short(row.minimum)} for row in rows]
        return BandFormSet(self.data, initial=initial, prefix="bands")

    @property
    def weight_total(self) -> Decimal:
        """The sum of the weights as typed, where they are numbers."""
        total = Decimal(0)
        for row in self.rows:
            try:
                total += Decimal(str(row.form["weight"].value() or 0))
            except ArithmeticError:
                continue
        return total

    def is_valid(self) -> bool:
        """Check every part, and that the weights total exactly 100."""
        parts = [self.rules.is_valid(), self.bands.is_valid(), *[row.form.is_valid() for row in self.rows]]
        self.errors = [str(error) for error in self.bands.non_form_errors()]
        if all(row.form.is_valid() for row in self.rows):
            try:
                check_weights([row.form.cleaned_data["weight"] for row in self.rows])
            except forms.ValidationError as error:
                self.errors += error.messages
        return all(parts) and not self.errors

    @property
    def template_edit(self) -> TemplateEdit:
        """The checked scorecard."""
        settings = {name: self.rules.cleaned_data[name] for name in ("points_at_target", "minimum_coverage")}
        return TemplateEdit(
            weights={row.line.kpi_id: row.form.cleaned_data["weight"] for row in self.rows},
            bands=[BandSpec(band["key"], band["minimum"], band["name"]) for band in self.bands.kept],
            settings=settings,
        )

    @property
    def benchmark_edits(self) -> list[BenchmarkEdit | BenchmarkRemoval]:
        """The checked thresholds of the KPIs that have any, and the benchmarks to do without."""
        group = self.audience.group
        return [
            BenchmarkRemoval(row.line.kpi, self.kind, **group)
            if data.get("removed")
            else BenchmarkEdit(row.line.kpi, self.kind, **self._numbers(data), **group)
            for row in self.rows
            if (data := row.form.cleaned_data).get("removed") or data.get("target") is not None
        ]

    @property
    def dropped(self) -> list[WhatIfBenchmark]:
        """Drafted benchmarks whose thresholds were all emptied."""
        return [
            row.drafted
            for row in self.rows
            if row.drafted is not None
            and row.form.cleaned_data.get("target") is None
            and not row.form.cleaned_data.get("removed")
        ]

    @staticmethod
    def _numbers(data: Mapping[str, Any]) -> dict[str, Any]:
        return {name: data.get(name) for name in THRESHOLDS}


class BeginForm(forms.Form):
    """What a new what-if is about."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Under which others find it again. Empty: the day."),
    )
    programme: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label=gettext_lazy("Programme"), empty_label=None
    )
    template: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None,
        label=gettext_lazy("Begin with"),
        required=False,
        to_field_name="public_id",
        empty_label=gettext_lazy("The scorecard in force"),
        help_text=gettext_lazy("Or a draft that is there already."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["programme"].queryset = Programme.objects.filter(is_active=True).order_by("-is_default", "name")
        drafts = ScorecardTemplate.objects.filter(status=TemplateStatus.DRAFT).select_related("programme")
        fields["template"].queryset = drafts
        fields["template"].label_from_instance = lambda row: (
            _("%(name)s, version %(version)s (draft)")
            % {
                "name": row.name,
                "version": row.version,
            }
        )


class AudienceForm(forms.Form):
    """Whose thresholds to show: a group from the list, or a partner by its number."""

    audience = forms.ChoiceField(label=gettext_lazy("Benchmarks for"), required=False)
    partner = PartnerNumberField(label=gettext_lazy("or partner number"), required=False)

    def __init__(self, *args: Any, what_if: WhatIf, portfolio: Any | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["audience"].choices = [("", _("Everyone")), *audiences(what_if)]
        fields["partner"].portfolio = portfolio

    @property
    def chosen(self) -> Audience:
        """The group asked for; a partner number goes before."""
        if not self.is_valid():
            return Audience()
        if self.cleaned_data["partner"] is not None:
            return Audience("partner", self.cleaned_data["partner"])
        return audience_of(self.cleaned_data["audience"])
