"""Benchmarks from files, each through its service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Partner, PartnerType, Region, Tier
from performance.choices import BenchmarkBasis
from performance.imports.fields import PARTNER_NUMBER_SYNONYMS, kpi_codes, number_field, values_of, word_in
from performance.models import KPI, PERIOD_KINDS, Benchmark
from performance.services.benchmarks import set_benchmark, withdraw_benchmark
from performance.services.scheduling import schedule_recompute
from prm.access.actor import Actor
from prm.errors import InvalidInput
from prm.imports.expressions import DATE
from prm.imports.kinds import KindField
from prm.imports.models import ImportBatch
from prm.imports.rows import RowKind, RowResult
from prm.imports.runs import CREATED, ImportRun
from prm.tenancy.scope import require_scope
from prm.ui.formats import day as day_text

BENCHMARK_FIELDS = (
    KindField(
        "kpi",
        gettext_lazy("KPI"),
        required=True,
        max_length=60,
        bare_words=True,
        example="ON_TIME",
        doc=gettext_lazy("Code of the KPI."),
        synonyms=("kpi", "kpi code", "code"),
        choices=kpi_codes,
    ),
    KindField(
        "period",
        gettext_lazy("Period"),
        required=True,
        bare_words=True,
        example="quarter",
        doc=gettext_lazy("month, quarter, half or year."),
        synonyms=("period", "period kind", "per"),
    ),
    KindField(
        "valid_from",
        gettext_lazy("From"),
        DATE,
        required=True,
        example="2026-01-01",
        synonyms=("from", "valid from", "start", "gültig ab"),
    ),
    KindField(
        "last_day",
        gettext_lazy("Last day"),
        DATE,
        example="2026-12-31",
        doc=gettext_lazy("The last day it holds, that day included. Empty: until the next one."),
        synonyms=("last day", "until", "valid until", "valid to", "end"),
    ),
    KindField(
        "partner",
        gettext_lazy("Partner number"),
        max_length=80,
        doc=gettext_lazy("For one partner only. Leave partner, tier, type and region empty for everyone."),
        synonyms=PARTNER_NUMBER_SYNONYMS,
    ),
    KindField(
        "tier",
        gettext_lazy("Tier"),
        bare_words=True,
        doc=gettext_lazy("For one tier only, by key or name."),
        synonyms=("tier",),
    ),
    KindField(
        "type",
        gettext_lazy("Type"),
        bare_words=True,
        doc=gettext_lazy("For one partner type only, by key or name."),
        synonyms=("type", "partner type"),
    ),
    KindField(
        "region",
        gettext_lazy("Region"),
        bare_words=True,
        doc=gettext_lazy("For one region only, by key or name."),
        synonyms=("region",),
    ),
    KindField(
        "basis",
        gettext_lazy("Measured by"),
        bare_words=True,
        example="absolute",
        doc=gettext_lazy(
            "absolute: values of the KPI. own_year, own_period: percent of the partner's own result a year earlier or "
            "in the period before. cohort: percentiles of similar partners in the last closed period. Empty: absolute."
        ),
        synonyms=("basis", "measured by"),
    ),
    number_field(
        "floor",
        gettext_lazy("Floor"),
        required=True,
        example="80",
        doc=gettext_lazy("No points at or below it."),
        synonyms=("floor", "minimum"),
    ),
    number_field(
        "target",
        gettext_lazy("Target"),
        required=True,
        example="95",
        doc=gettext_lazy("For a band its lower edge."),
        synonyms=("target", "goal", "ziel"),
    ),
    number_field(
        "stretch",
        gettext_lazy("Stretch"),
        required=True,
        example="99",
        doc=gettext_lazy("Full points from here on; for a band its upper edge."),
        synonyms=("stretch",),
    ),
    number_field(
        "ceiling",
        gettext_lazy("Ceiling"),
        doc=gettext_lazy("Only for a band: no points from here on."),
        synonyms=("ceiling",),
    ),
    number_field(
        "chart_target",
        gettext_lazy("Point on charts"),
        synonyms=("chart target",),
    ),
    KindField(
        "note",
        gettext_lazy("Note"),
        max_length=2000,
        synonyms=("note", "notes", "remark"),
    ),
)


@dataclass(frozen=True)
class BenchmarkKind(RowKind):
    """Benchmarks. Each row says what is expected from a day on; the former benchmark of the same group ends there."""

    def begin(self, run: ImportRun) -> dict[str, dict[str, Any]]:
        def words(model: Any, **filters: Any) -> dict[str, Any]:
            rows = list(model.objects.filter(**filters))
            return {row.name.casefold(): row for row in rows} | {row.key.casefold(): row for row in rows}

        return {
            "tier": words(Tier, programme__is_default=True),
            "type": words(PartnerType),
            "region": words(Region),
            "kpi": {kpi.code.casefold(): kpi for kpi in KPI.objects.all()},
        }

    def key(self, values: dict[str, Any], state: Any) -> tuple[str, ...]:
        group = [values.get(name) for name in ("kpi", "period", "partner", "tier", "type", "region", "valid_from")]
        return tuple("" if value is None else str(value).casefold() for value in group)

    def field_of(self, name: str | None) -> str:
        return {"partner_type": "type", "valid_to": "last_day", "period_kind": "period"}.get(
            name or ""
        ) or super().field_of(name)

    def apply(self, values: dict[str, Any], run: ImportRun, state: dict[str, dict[str, Any]]) -> RowResult:
        kpi = self._named(state, "kpi", values["kpi"])
        partner = None
        if values.get("partner"):
            partner = Partner.objects.filter(external_id=values["partner"]).first()
            if partner is None:
                raise InvalidInput(
                    _("There is no partner %(number)s. Import the partner first, or correct the number.")
                    % {"number": values["partner"]},
                    code="unknown_partner",
                    field="partner",
                )
        last_day = values.get("last_day")
        result = set_benchmark(
            actor=run.actor,
            kpi=kpi,
            period_kind=word_in("period", values["period"], PERIOD_KINDS),
            valid_from=values["valid_from"],
            valid_to=last_day + timedelta(days=1) if last_day else None,
            floor=values["floor"],
            target=values["target"],
            stretch=values["stretch"],
            ceiling=values.get("ceiling"),
            chart_target=values.get("chart_target"),
            basis=word_in("basis", values["basis"], BenchmarkBasis.choices) if values.get("basis") else "absolute",
            note=values.get("note") or "",
            tier=self._named(state, "tier", values.get("tier")),
            region=self._named(state, "region", values.get("region")),
            partner_type=self._named(state, "type", values.get("type")),
            partner=partner,
        )
        row = result.benchmark
        label = f"{kpi.code}, {row.scope_label}, {day_text(row.valid_from)}"
        before: dict[str, Any] | None = None if result.outcome == CREATED else {}
        return RowResult(
            result.outcome,
            row.pk,
            label,
            before,
            {"withdrawn": False, **values_of(row, ("floor", "target", "stretch"))},
        )

    @staticmethod
    def _named(state: dict[str, dict[str, Any]], name: str, text: str | None) -> Any:
        if not text:
            return None
        found = state[name].get(text.casefold())
        if found is None:
            raise InvalidInput(
                _("There is no %(what)s “%(value)s”. There are: %(known)s.")
                % {"what": name, "value": text[:60], "known": ", ".join(sorted(state[name])[:12]) or "–"},
                code=f"unknown_{name}",
                field=name,
            )
        return found

    def snapshot(self, object_id: int) -> dict[str, Any] | None:
        row = Benchmark.objects.filter(pk=object_id).first()
        if row is None:
            return None
        return {"withdrawn": row.withdrawn_at is not None, **values_of(row, ("floor", "target", "stretch"))}

    def restore(self, object_id: int, before: dict[str, Any] | None, after: dict[str, Any], actor: Actor) -> None:
        """Withdraw it and let the benchmark that it had ended go on, or the one it had replaced hold again."""
        row = Benchmark.objects.select_related("kpi").get(pk=object_id)
        withdraw_benchmark(benchmark=row, actor=actor, reason=_("The import was taken back."))
        if before is None:
            return
        same = Benchmark.objects.filter(
            kpi=row.kpi,
            period_kind=row.period_kind,
            scope=row.scope,
            tier=row.tier_id,
            region=row.region_id,
            partner_type=row.partner_type_id,
            partner=row.partner_id,
        ).exclude(pk=row.pk)
        former = same.filter(valid_to=row.valid_from, withdrawn_at__isnull=True).first()
        if former is not None:
            former.valid_to = row.valid_to
            former.save(update_fields=["valid_to"])
        else:
            former = (
                same.filter(valid_from=row.valid_from, withdrawn_at__isnull=False).order_by("-withdrawn_at").first()
            )
            if former is not None:
                former.withdrawn_at = None
                former.save(update_fields=["withdrawn_at"])
        schedule_recompute(row.tenant)

    def result_url(self, batch: ImportBatch) -> str:
        return reverse("performance:kpi_list", kwargs={"tenant": require_scope().tenant.slug})
