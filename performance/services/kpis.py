"""Keeping the KPI library."""

from typing import Any

from django.utils.translation import gettext as _

from performance.choices import Aggregation
from performance.errors import KpiCodeTaken, KpiInUse
from performance.models import KPI, Benchmark, Measurement
from performance.services.checking import check_fields
from performance.services.scheduling import schedule_recompute
from prm.access.actor import Actor
from prm.audit.services import changes_between, record
from prm.errors import InvalidInput

SCORING_FIELDS = {"aggregation", "direction", "multiplier"}
"""A change of these changes scores."""


def create_kpi(*, actor: Actor, code: str, name: str, **fields: Any) -> KPI:
    """A new KPI. `code` is stored in capitals.

    Raises:
        KpiCodeTaken: another KPI of the tenant has the code.
        InvalidInput: a field is wrong.
    """
    kpi = KPI(code=code.strip().upper(), name=name, **fields)
    _check(kpi)
    if KPI.objects.filter(code=kpi.code).exists():
        raise KpiCodeTaken(_("There is already a KPI %(code)s.") % {"code": kpi.code}, field="code")
    kpi.save()
    record(actor=actor, action="kpi.created", target=kpi)
    return kpi


def update_kpi(*, kpi: KPI, actor: Actor, **changes: Any) -> KPI:
    """Change a KPI. What would give existing facts or benchmarks another meaning is refused.

    Raises:
        KpiInUse: a new aggregation while measurements exist, or a new direction while benchmarks exist.
        KpiCodeTaken, InvalidInput: as for `create_kpi`.
    """
    if "code" in changes:
        changes["code"] = changes["code"].strip().upper()
    kpi = KPI.objects.select_for_update(no_key=True).get(pk=kpi.pk)
    before = {field: getattr(kpi, field) for field in changes}
    changed = changes_between(before, changes)
    if not changed:
        return kpi
    if "aggregation" in changed and Measurement.objects.filter(kpi=kpi).exists():
        raise KpiInUse(
            _("%(code)s has measurements, so its aggregation cannot change. Create a new KPI.") % {"code": kpi.code},
            field="aggregation",
        )
    if "direction" in changed and Benchmark.objects.filter(kpi=kpi).exists():
        raise KpiInUse(
            _("%(code)s has benchmarks, so its direction cannot change. Create a new KPI.") % {"code": kpi.code},
            field="direction",
        )
    for field, value in changes.items():
        setattr(kpi, field, value)
    _check(kpi)
    if "code" in changed and KPI.objects.filter(code=kpi.code).exclude(pk=kpi.pk).exists():
        raise KpiCodeTaken(_("There is already a KPI %(code)s.") % {"code": kpi.code}, field="code")
    kpi.save()
    record(actor=actor, action="kpi.updated", target=kpi, changes=changed)
    if SCORING_FIELDS & changed.keys():
        schedule_recompute(kpi.tenant)
    return kpi


def _check(kpi: KPI) -> None:
    check_fields(kpi)
    if kpi.multiplier <= 0:
        raise InvalidInput(_("The multiplier must be above 0."), field="multiplier")
    if kpi.value_min is not None and kpi.value_max is not None and kpi.value_min > kpi.value_max:
        raise InvalidInput(_("The lowest value is above the highest."), field="value_min")
    if kpi.is_share and kpi.aggregation != Aggregation.RATIO:
        raise InvalidInput(_("Only a ratio has a weight that its value can be a part of."), field="is_share")
