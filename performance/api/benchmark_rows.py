"""The rows of a call that sets many benchmarks: their shape, and the records that they name, found all at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from partners.models import Partner, PartnerType, Region, Tier
from performance.choices import BenchmarkBasis, BenchmarkScope
from performance.models import KPI, PERIOD_KINDS
from performance.services.benchmark_bulk import EVERYBODY, Factor, Group, Wanted
from performance.services.benchmarks import NUMBERS
from prm.api.serializers import StrictSerializer

NUMBER: dict[str, Any] = {"max_digits": 20, "decimal_places": 6, "required": False}
TARGETS = {
    "tier": BenchmarkScope.TIER,
    "region": BenchmarkScope.REGION,
    "partner_type": BenchmarkScope.PARTNER_TYPE,
    "partner": BenchmarkScope.PARTNER,
}


def percent_field(**kwargs: Any) -> serializers.DecimalField:
    """A change by percent; -100 would leave nothing to expect."""
    return serializers.DecimalField(max_digits=8, decimal_places=4, min_value=-99, max_value=1000, **kwargs)


def step_field() -> serializers.DecimalField:
    """The multiple that changed numbers are rounded to."""
    return serializers.DecimalField(
        max_digits=13,
        decimal_places=6,
        min_value=0,
        required=False,
        help_text="Round changed numbers, half away from zero, to a multiple of this: 0.1, 1, 1000.",
    )


class RowSerializer(StrictSerializer):
    """One benchmark to set, for everybody or for at most one group or partner: by numbers, or by `percent`."""

    default_error_messages = {
        "number": gettext_lazy("Give floor, target and stretch, or the percent by which what holds changes."),
        "both": gettext_lazy("Give numbers or a change by percent, not both."),
        "one_group": gettext_lazy(
            "A benchmark is for one partner, one tier, one type or one region. Give only one of them."
        ),
        "programme": gettext_lazy("Name the programme that the tier belongs to."),
        "step": gettext_lazy("Rounding goes with a change by percent, and to more than 0."),
    }

    kpi = serializers.CharField(max_length=60, help_text="Code of the KPI.")
    period_kind = serializers.ChoiceField(PERIOD_KINDS)
    programme = serializers.CharField(required=False, max_length=60, help_text="Key; needed with a tier.")
    tier = serializers.CharField(required=False, max_length=60, help_text="Key of a tier of the programme.")
    region = serializers.CharField(required=False, max_length=60, help_text="Key.")
    partner_type = serializers.CharField(required=False, max_length=60, help_text="Key.")
    partner = serializers.CharField(required=False, max_length=80, help_text="External number.")
    basis = serializers.ChoiceField(BenchmarkBasis.choices, required=False, help_text="Without it, values of the KPI.")
    floor = serializers.DecimalField(**NUMBER)
    target = serializers.DecimalField(**NUMBER)
    stretch = serializers.DecimalField(**NUMBER)
    ceiling = serializers.DecimalField(**NUMBER, help_text="Only for a KPI that is best inside a band.")
    percent = percent_field(required=False, help_text="Instead of numbers: change what holds on the first day by it.")
    round_to = step_field()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Numbers or percent, for at most one group."""
        groups = [name for name in TARGETS if name in attrs]
        if len(groups) > 1:
            self._refuse(groups[1], "one_group")
        if "tier" in attrs and "programme" not in attrs:
            self._refuse("programme", "programme")
        given = [name for name in ("floor", "target", "stretch", "ceiling", "basis") if name in attrs]
        if "percent" in attrs:
            if given:
                self._refuse(given[0], "both")
        else:
            missing = [name for name in ("floor", "target", "stretch") if name not in attrs]
            if missing:
                self._refuse(missing[0], "number")
        if "round_to" in attrs and ("percent" not in attrs or not attrs["round_to"]):
            self._refuse("round_to", "step")
        return attrs

    def _refuse(self, field: str, code: str) -> None:
        raise serializers.ValidationError({field: [ErrorDetail(str(self.error_messages[code]), code)]})


class _Named:
    """The records that the rows name, found with one query for each kind of record."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self.kpis = _found(KPI, "code", (row["kpi"].upper() for row in rows))
        tiers = Tier.objects.filter(key__in=_plain(row.get("tier") for row in rows)).select_related("programme")
        self.targets: dict[str, dict[Any, Any]] = {
            "tier": {(tier.programme.key, tier.key): tier for tier in tiers},
            "region": _found(Region, "key", (row.get("region") for row in rows)),
            "partner_type": _found(PartnerType, "key", (row.get("partner_type") for row in rows)),
            "partner": _found(Partner, "external_id", (row.get("partner") for row in rows)),
        }

    def of(self, row: dict[str, Any]) -> tuple[KPI | None, Group, list[str]]:
        """The KPI and the group of a row, and the fields that name what is not there."""
        kpi, group, missing = self.kpis.get(row["kpi"].upper()), EVERYBODY, []
        if kpi is None:
            missing.append("kpi")
        for name, scope in TARGETS.items():
            if name in row:
                key = (row["programme"], row["tier"]) if name == "tier" else row[name]
                group = Group(scope, self.targets[name].get(key))
                missing += [name] if group.target is None else []
        return kpi, group, missing


def wanted_of(rows: Sequence[dict[str, Any]]) -> list[Wanted]:
    """The rows with the records that they name.

    Raises:
        ValidationError: by row, what they name that is not there, and rows that say the same as an earlier one.
    """
    named, wanted = _Named(rows), []
    problems: dict[str, dict[str, list[ErrorDetail]]] = {}
    seen: dict[tuple[Any, ...], int] = {}
    for number, row in enumerate(rows):
        kpi, group, missing = named.of(row)
        if kpi is None or missing:
            problem = ErrorDetail(_("There is no such record."), "does_not_exist")
            problems[str(number)] = {name: [problem] for name in missing}
            continue
        place = (kpi.pk, row["period_kind"], group.scope, group.target.pk if group.target else 0)
        first = seen.setdefault(place, number)
        if first != number:
            said = _("Row %(row)s is about the same KPI, period and group already.") % {"row": first}
            problems[str(number)] = {"kpi": [ErrorDetail(said, "duplicate")]}
        wanted.append(_wanted(row, kpi, group))
    if problems:
        raise serializers.ValidationError({"rows": problems})
    return wanted


def _wanted(row: dict[str, Any], kpi: KPI, group: Group) -> Wanted:
    if "percent" in row:
        return Wanted(kpi, row["period_kind"], group, factor=Factor(row["percent"], row.get("round_to")))
    numbers = {name: row.get(name) for name in NUMBERS}
    return Wanted(kpi, row["period_kind"], group, numbers, basis=row.get("basis") or BenchmarkBasis.ABSOLUTE)


def _plain(names: Iterable[str | None]) -> set[str]:
    """The names given; PostgreSQL knows none with a zero byte."""
    return {name for name in names if name and "\x00" not in name}


def _found(model: type[Model], key: str, names: Iterable[str | None]) -> dict[str, Any]:
    wanted = _plain(names)
    rows = model._default_manager.filter(**{f"{key}__in": wanted}) if wanted else ()
    return {getattr(row, key): row for row in rows}
