"""Filling a tenant from an industry pack: types, tiers, KPIs, benchmarks, the published scorecard, plans."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from partners.models import PartnerType, Programme, Tier
from performance.choices import Aggregation, MissingPolicy, SourceKind
from performance.models import KPI
from performance.services.alert_rules import default_rules
from performance.services.benchmarks import set_benchmark
from performance.services.kpis import create_kpi
from performance.services.templates import (
    BandSpec,
    LineSpec,
    SectionSpec,
    TemplateSpec,
    draft_template,
    publish_template,
    usual_consequences,
)
from portal.packs.plans import install_plans
from portal.packs.reading import read_pack
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict
from prm.periods import PeriodKind
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope

SINCE = date(2000, 1, 1)
"""Pack benchmarks and templates hold from before the first measurement anybody will import."""

UNIT_LABELS = {"percent": "%", "days": "days", "hours": "hours", "ppm": "ppm", "count": "", "ratio": "", "score": ""}


def install_pack(*, slug: str, actor: Actor) -> Programme:
    """Copy a pack into the open scope's tenant, which must still be empty. Returns its default programme.

    Raises:
        InvalidInput: there is no such pack.
        Conflict: the tenant has partner types or KPIs already.
    """
    tenant = require_scope().tenant
    pack = read_pack(slug)
    if PartnerType.objects.exists() or KPI.objects.exists():
        raise Conflict(
            _("%(tenant)s is set up already; a pack can only fill an empty workspace.") % {"tenant": tenant.name},
            code="not_empty",
            field="pack",
        )
    types = _create_types(pack)
    programme = create_default_programme(name=pack["scorecard"]["name"].removesuffix(" scorecard"))
    _create_tiers(pack, programme)
    kpis = _create_kpis(pack, tenant, actor)
    for entry in pack["kpis"]:
        _set_benchmarks(entry, kpis[entry["code"]], actor)
    _publish_scorecard(pack, programme, kpis, types, actor)
    default_rules(actor=actor, programme=programme)
    install_plans(pack, programme, kpis, actor)
    tenant.pack = slug
    tenant.vendor_term, tenant.partner_term = pack["vendor_term"], pack["partner_term"]
    tenant.save(update_fields=["pack", "vendor_term", "partner_term"])
    record(actor=actor, action="pack.installed", target_type="tenancy.tenant", target_label=pack["name"])
    return programme


def create_default_programme(*, name: str) -> Programme:
    """The programme every tenant has."""
    return Programme.objects.create(key="main", name=name[:80], is_default=True)


def _create_types(pack: Mapping[str, Any]) -> dict[str, PartnerType]:
    rows = [
        PartnerType(
            key=entry["key"],
            name=entry["name"],
            relationship=entry["relationship"],
            is_scored=entry["scored"],
            description=entry["description"],
        )
        for entry in pack["partner_types"]
    ]
    return {row.key: row for row in PartnerType.objects.bulk_create(rows)}


def _create_tiers(pack: Mapping[str, Any], programme: Programme) -> None:
    Tier.objects.bulk_create(
        Tier(programme=programme, key=entry["key"], name=entry["name"], rank=entry["rank"]) for entry in pack["tiers"]
    )


def _create_kpis(pack: Mapping[str, Any], tenant: Tenant, actor: Actor) -> dict[str, KPI]:
    return {
        entry["code"]: create_kpi(
            actor=actor,
            code=entry["code"],
            name=entry["name"],
            definition=entry["definition"],
            unit=tenant.currency if entry["unit"] == "currency" else UNIT_LABELS[entry["unit"]],
            aggregation=entry["aggregation"]["method"],
            direction=entry["direction"],
            multiplier=Decimal(str(entry["aggregation"]["multiplier"] or 1)),
            decimals=0 if entry["unit"] in ("currency", "count", "ppm") else 1,
            source_kind=SourceKind(entry["source_kind"]),
        )
        for entry in pack["kpis"]
    }


def _set_benchmarks(entry: Mapping[str, Any], kpi: KPI, actor: Actor) -> None:
    """One benchmark for each kind of period. Totals grow with the length of the period, rates do not."""
    limits = entry["thresholds"]
    own_months = PeriodKind(entry["period"]).months
    band = entry["direction"] == "band"
    for kind in PeriodKind:
        grows = kpi.aggregation in (Aggregation.SUM, Aggregation.COUNT)
        factor = Decimal(kind.months) / own_months if grows else Decimal(1)

        def scaled(name: str, factor: Decimal = factor) -> Decimal:
            return (Decimal(str(limits[name])) * factor).quantize(Decimal("0.000001"))

        set_benchmark(
            actor=actor,
            kpi=kpi,
            period_kind=kind.value,
            valid_from=SINCE,
            floor=scaled("floor"),
            target=scaled("low" if band else "target"),
            stretch=scaled("high" if band else "stretch"),
            ceiling=scaled("ceiling") if band else None,
            chart_target=scaled("target") if band else None,
            note=limits["note"] or "",
        )


def _publish_scorecard(
    pack: Mapping[str, Any],
    programme: Programme,
    kpis: Mapping[str, KPI],
    types: Mapping[str, PartnerType],
    actor: Actor,
) -> None:
    card = pack["scorecard"]
    applies_to = {entry["code"]: tuple(types[key] for key in entry["applies_to"]) for entry in pack["kpis"]}
    policy = MissingPolicy(card["scoring"]["missing_data"])
    spec = TemplateSpec(
        sections=[
            SectionSpec(
                section["key"],
                section["name"],
                [
                    LineSpec(kpis[item["code"]], Decimal(item["weight"]), policy, applies_to=applies_to[item["code"]])
                    for item in section["items"]
                ],
            )
            for section in card["sections"]
        ],
        bands=usual_consequences(
            [
                BandSpec(band["key"].upper(), Decimal(str(band["min_score"])), band["name"])
                for band in card["rating_bands"]
            ]
        ),
        settings={
            "points_at_target": Decimal(str(card["scoring"]["target_points"])),
            "minimum_coverage": Decimal(str(card["scoring"]["min_coverage"])) / 100,
            "period_kinds": [PeriodKind.MONTH.value, PeriodKind.QUARTER.value, PeriodKind.YEAR.value],
        },
    )
    template = draft_template(programme=programme, actor=actor, name=card["name"], spec=spec)
    publish_template(template=template, actor=actor, valid_from=SINCE)
