"""KPIs from files, each through its service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.choices import Aggregation, Direction, GrowthBase, SourceKind
from performance.imports.fields import delete_row, number_field, typed, values_of, word_in
from performance.models import KPI, Benchmark, Measurement
from performance.services.kpis import create_kpi, update_kpi
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput
from prm.imports.expressions import BOOL, MAX_LENGTH, NUMBER
from prm.imports.kinds import KindField
from prm.imports.models import ImportBatch
from prm.imports.rows import RowKind, RowResult
from prm.imports.runs import CREATED, UNCHANGED, UPDATED, ImportRun
from prm.tenancy.scope import require_scope

KPI_FIELDS = (
    KindField(
        "code",
        gettext_lazy("Code"),
        required=True,
        max_length=60,
        bare_words=True,
        example="ON_TIME",
        doc=gettext_lazy("Capital letters, digits and _. Found by it, the KPI is updated."),
        synonyms=("code", "kpi", "kpi code", "key"),
    ),
    KindField(
        "name",
        gettext_lazy("Name"),
        max_length=160,
        example="On-time delivery",
        doc=gettext_lazy("Needed for a new KPI."),
        synonyms=("name", "title", "kpi name", "bezeichnung"),
    ),
    KindField(
        "definition",
        gettext_lazy("Definition"),
        max_length=4000,
        doc=gettext_lazy("What it says, in plain words."),
        synonyms=("definition", "description", "meaning", "beschreibung"),
    ),
    KindField(
        "unit",
        gettext_lazy("Unit"),
        max_length=40,
        bare_words=True,
        example="%",
        synonyms=("unit", "einheit"),
    ),
    KindField(
        "aggregation",
        gettext_lazy("Aggregation"),
        bare_words=True,
        example="ratio",
        doc=gettext_lazy(
            "sum, average, ratio, last, count, median, distinct, growth, quotient or formula. "
            "A new KPI without one is a sum."
        ),
        synonyms=("aggregation", "method", "aggregate"),
    ),
    KindField(
        "direction",
        gettext_lazy("Direction"),
        bare_words=True,
        example="higher",
        doc=gettext_lazy("higher, lower or band: which way is better."),
        synonyms=("direction", "better", "richtung"),
    ),
    KindField(
        "multiplier",
        gettext_lazy("Multiplier of a ratio"),
        NUMBER,
        places=4,
        digits=8,
        example="100",
        doc=gettext_lazy("100 for percent, 1000000 for parts per million."),
        synonyms=("multiplier", "factor"),
    ),
    KindField(
        "attribute",
        gettext_lazy("Attribute to count"),
        max_length=60,
        bare_words=True,
        doc=gettext_lazy("For distinct: the attribute of the measurements whose different values are counted."),
        synonyms=("attribute", "distinct attribute"),
    ),
    KindField(
        "inputs",
        gettext_lazy("Made from"),
        max_length=200,
        doc=gettext_lazy(
            "Codes of KPIs with a comma between: one for growth, two for quotient, the one to divide first."
        ),
        synonyms=("inputs", "made from"),
    ),
    KindField(
        "compare_with",
        gettext_lazy("Growth against"),
        bare_words=True,
        doc=gettext_lazy("For growth: year (the same period a year earlier) or period (the period before)."),
        synonyms=("compare with", "growth against"),
    ),
    KindField(
        "formula",
        gettext_lazy("Formula"),
        max_length=MAX_LENGTH,
        doc=gettext_lazy(
            "For formula: an expression over codes of KPIs. A KPI must be there before a formula uses it."
        ),
        synonyms=("formula",),
    ),
    KindField(
        "decimals",
        gettext_lazy("Decimals shown"),
        NUMBER,
        places=0,
        digits=1,
        example="1",
        synonyms=("decimals", "places"),
    ),
    number_field(
        "value_min",
        gettext_lazy("Lowest measurement"),
        doc=gettext_lazy("A measurement below it is refused."),
        synonyms=("minimum", "min", "value min", "lowest"),
    ),
    number_field(
        "value_max",
        gettext_lazy("Highest measurement"),
        doc=gettext_lazy("A measurement above it is refused."),
        synonyms=("maximum", "max", "value max", "highest"),
    ),
    KindField(
        "is_share",
        gettext_lazy("Value is part of the weight"),
        BOOL,
        doc=gettext_lazy("Yes for a ratio such as on time out of all: a value above its weight is refused."),
        synonyms=("is share", "share"),
    ),
    KindField(
        "source_kind",
        gettext_lazy("Comes from"),
        bare_words=True,
        example="deliveries",
        doc=gettext_lazy(
            "sales, leads, marketing, deliveries, quality, service, feedback, training, compliance, "
            "project, manual or other."
        ),
        synonyms=("source kind", "comes from"),
    ),
    KindField(
        "is_active",
        gettext_lazy("In use"),
        BOOL,
        synonyms=("in use", "active", "is active"),
    ),
)

WORDS: dict[str, Any] = {
    "aggregation": Aggregation,
    "direction": Direction,
    "source_kind": SourceKind,
    "compare_with": GrowthBase,
}


def _values(kpi: KPI, names: Any) -> dict[str, Any]:
    values = values_of(kpi, [name for name in names if name != "inputs"])
    return {**values, "inputs": kpi.input_codes} if "inputs" in names else values


@dataclass(frozen=True)
class KpiKind(RowKind):
    """KPIs, found by their code."""

    def begin(self, run: ImportRun) -> None:
        return None

    def key(self, values: dict[str, Any], state: Any) -> tuple[str, ...]:
        return ((values.get("code") or "").upper(),)

    def apply(self, values: dict[str, Any], run: ImportRun, state: Any) -> RowResult:
        code = values["code"].strip().upper()
        given: dict[str, Any] = {}
        for name, value in values.items():
            if name == "code":
                continue
            if name in WORDS:
                if value:
                    given[name] = word_in(name, value, WORDS[name].choices)
            elif name in ("multiplier", "decimals", "is_share", "is_active"):
                if value is not None:
                    given[name] = int(value) if name == "decimals" else value
            elif name == "inputs":
                given[name] = [part.strip().upper() for part in (value or "").split(",") if part.strip()]
            elif name in ("value_min", "value_max"):
                given[name] = value
            elif value or name != "name":
                given[name] = value or ""
        existing = KPI.objects.filter(code=code).first()
        if existing is None:
            if not given.get("name"):
                raise InvalidInput(
                    _("There is no KPI %(code)s yet, and a new one needs a name.") % {"code": code},
                    code="missing_value",
                    field="name",
                )
            kpi = create_kpi(actor=run.actor, code=code, **given)
            return RowResult(CREATED, kpi.pk, f"{kpi.code} {kpi.name}", None, _values(kpi, given))
        before = _values(existing, given)
        kpi = update_kpi(actor=run.actor, kpi=existing, **given)
        after = _values(kpi, given)
        return RowResult(UNCHANGED if before == after else UPDATED, kpi.pk, f"{kpi.code} {kpi.name}", before, after)

    def snapshot(self, object_id: int) -> dict[str, Any] | None:
        kpi = KPI.objects.filter(pk=object_id).first()
        return None if kpi is None else _values(kpi, self.index)

    def restore(self, object_id: int, before: dict[str, Any] | None, after: dict[str, Any], actor: Actor) -> None:
        kpi = KPI.objects.get(pk=object_id)
        if before is not None:
            values = {name: value if name == "inputs" else typed(KPI, name, value) for name, value in before.items()}
            update_kpi(actor=actor, kpi=kpi, **values)
            return
        if Measurement.objects.filter(kpi=kpi).exists() or Benchmark.objects.filter(kpi=kpi).exists():
            raise Conflict(_("It is in use: it has measurements or benchmarks."))
        record(actor=actor, action="kpi.removed", target=kpi, reason=_("The import was taken back."))
        delete_row(kpi)

    def result_url(self, batch: ImportBatch) -> str:
        return reverse("performance:kpi_list", kwargs={"tenant": require_scope().tenant.slug})
