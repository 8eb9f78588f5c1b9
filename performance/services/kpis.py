"""Keeping the KPI library."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from performance.choices import Aggregation, GrowthBase
from performance.errors import KpiCodeTaken, KpiInUse
from performance.models import KPI, Benchmark, KPIInput, Measurement
from performance.services.checking import check_fields
from performance.services.scheduling import schedule_recompute
from prm.access.actor import Actor
from prm.audit.services import changes_between, record
from prm.errors import InvalidInput
from prm.imports.expressions import NUMBER, ExpressionError, parse
from prm.tenancy.scope import require_scope

SCORING_FIELDS = {"aggregation", "direction", "multiplier", "attribute", "compare_with", "formula", "inputs"}
"""A change of these changes scores."""

LOCK_CLASS = 0x4B91
"""First half of the advisory lock under which definitions change; the second is the tenant."""

MAX_LEVELS = 12
"""So many derived KPIs may stand on one another."""

WITH_MULTIPLIER = (Aggregation.RATIO, Aggregation.GROWTH, Aggregation.QUOTIENT)


def create_kpi(*, actor: Actor, code: str, name: str, inputs: Sequence[str] = (), **fields: Any) -> KPI:
    """A new KPI. `code` is stored in capitals, `inputs` are the codes that a growth or quotient is made from.

    Raises:
        KpiCodeTaken: another KPI of the tenant has the code.
        InvalidInput: a field is wrong, a formula cannot be read, an input is unknown or leads back to the KPI.
    """
    kpi = KPI(code=code.strip().upper(), name=name, **fields)
    _lock_definitions()
    sources = _check(kpi, inputs)
    if KPI.objects.filter(code=kpi.code).exists():
        raise KpiCodeTaken(_("There is already a KPI %(code)s.") % {"code": kpi.code}, field="code")
    kpi.save()
    _write_inputs(kpi, sources)
    record(actor=actor, action="kpi.created", target=kpi)
    return kpi


def update_kpi(*, kpi: KPI, actor: Actor, **changes: Any) -> KPI:
    """Change a KPI. What would give existing facts or benchmarks another meaning is refused.

    A new aggregation drops the attribute, formula and inputs of the former one unless they are given.

    Raises:
        KpiInUse: a new aggregation while measurements exist, a new direction while benchmarks exist, or a new code
            while formulas use the old one.
        KpiCodeTaken, InvalidInput: as for `create_kpi`.
    """
    if "code" in changes:
        changes["code"] = changes["code"].strip().upper()
    _lock_definitions()
    kpi = KPI.objects.select_for_update(no_key=True).get(pk=kpi.pk)
    former = kpi.input_codes
    if changes.get("aggregation", kpi.aggregation) != kpi.aggregation:
        changes = {"attribute": "", "formula": "", "inputs": [], **changes}
    if "inputs" in changes:
        changes["inputs"] = [code.strip().upper() for code in changes["inputs"]]
    if changes.get("aggregation", kpi.aggregation) == Aggregation.FORMULA:
        changes["inputs"] = changes.get("inputs") or formula_codes(changes.get("formula", kpi.formula))
    before = {field: former if field == "inputs" else getattr(kpi, field) for field in changes}
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
    if "code" in changed and KPIInput.objects.filter(source=kpi, kpi__aggregation=Aggregation.FORMULA).exists():
        raise KpiInUse(
            _("Formulas use the code %(code)s, so it cannot change.") % {"code": before["code"]}, field="code"
        )
    inputs = changes.pop("inputs", former)
    for field, value in changes.items():
        setattr(kpi, field, value)
    sources = _check(kpi, inputs)
    if "code" in changed and KPI.objects.filter(code=kpi.code).exclude(pk=kpi.pk).exists():
        raise KpiCodeTaken(_("There is already a KPI %(code)s.") % {"code": kpi.code}, field="code")
    kpi.save()
    _write_inputs(kpi, sources)
    record(actor=actor, action="kpi.updated", target=kpi, changes=changed)
    if SCORING_FIELDS & changed.keys():
        schedule_recompute(kpi.tenant)
    return kpi


def formula_codes(formula: str) -> list[str]:
    """The codes of KPIs in a formula, in the order in which they first appear; what is no KPI's code is left out."""
    words = dict.fromkeys(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", re.sub(r"'[^']*'|\"[^\"]*\"", "", formula)))
    known = set(KPI.objects.filter(code__in=list(words)).values_list("code", flat=True))
    return [word for word in words if word in known]


def _check(kpi: KPI, inputs: Sequence[str]) -> list[KPI]:
    """Check a KPI's fields; the KPIs that it is derived from, in order."""
    check_fields(kpi)
    if kpi.multiplier <= 0:
        raise InvalidInput(_("The multiplier must be above 0."), field="multiplier")
    if kpi.value_min is not None and kpi.value_max is not None and kpi.value_min > kpi.value_max:
        raise InvalidInput(_("The lowest value is above the highest."), field="value_min")
    if kpi.is_share and kpi.aggregation != Aggregation.RATIO:
        raise InvalidInput(_("Only a ratio has a weight that its value can be a part of."), field="is_share")
    if kpi.aggregation == Aggregation.DISTINCT and not kpi.attribute:
        raise InvalidInput(_("Name the attribute whose different values are counted."), field="attribute")
    if kpi.aggregation != Aggregation.DISTINCT and kpi.attribute:
        raise InvalidInput(_("Only a number of different values has an attribute."), field="attribute")
    if kpi.aggregation != Aggregation.FORMULA and kpi.formula:
        raise InvalidInput(_("Only a KPI that is computed by a formula has one."), field="formula")
    if kpi.aggregation != Aggregation.GROWTH:
        kpi.compare_with = GrowthBase.YEAR
    if not kpi.is_derived:
        if inputs:
            raise InvalidInput(_("Only a growth, a quotient or a formula is made from other KPIs."), field="inputs")
        return []
    if kpi.value_min is not None or kpi.value_max is not None:
        raise InvalidInput(_("A derived KPI has no measurements whose values could be limited."), field="value_min")
    return _sources_of(kpi, inputs)


def _sources_of(kpi: KPI, inputs: Sequence[str]) -> list[KPI]:
    field = "formula" if kpi.aggregation == Aggregation.FORMULA else "inputs"
    if kpi.aggregation == Aggregation.FORMULA:
        codes = _codes_of_formula(kpi, inputs)
    else:
        codes = [code.strip().upper() for code in inputs]
        if kpi.aggregation == Aggregation.GROWTH and len(codes) != 1:
            raise InvalidInput(_("Choose the one KPI whose growth is measured."), field=field)
        if kpi.aggregation == Aggregation.QUOTIENT and len(codes) != 2:
            raise InvalidInput(_("Choose two KPIs: the one to divide, then the one to divide by."), field=field)
    found = {row.code: row for row in KPI.objects.filter(code__in=codes)}
    for code in codes:
        if code == kpi.code:
            raise InvalidInput(_("%(code)s cannot be made from itself.") % {"code": code}, field=field)
        if code not in found:
            raise InvalidInput(_("There is no KPI %(code)s.") % {"code": code}, code="unknown_kpi", field=field)
    sources = [found[code] for code in codes]
    _refuse_circles(kpi, sources, field)
    return sources


def _codes_of_formula(kpi: KPI, inputs: Sequence[str]) -> list[str]:
    codes = KPI.objects.values_list("code", flat=True)
    try:
        expression = parse(kpi.formula, {code: NUMBER for code in [*codes, kpi.code]})
    except ExpressionError as error:
        raise InvalidInput(str(error), code="bad_formula", field="formula") from error
    if expression.type is not NUMBER:
        raise InvalidInput(_("The formula must come to a number."), code="bad_formula", field="formula")
    if not expression.names:
        raise InvalidInput(_("The formula must use at least one KPI."), code="bad_formula", field="formula")
    if inputs and {code.upper() for code in inputs} != expression.names:
        raise InvalidInput(_("A formula says itself which KPIs it uses. Leave the inputs out."), field="inputs")
    used = [word for word in re.findall(r"[A-Z][A-Z0-9_]*", kpi.formula) if word in expression.names]
    return list(dict.fromkeys(used))


def _refuse_circles(kpi: KPI, sources: Iterable[KPI], field: str) -> None:
    """Walk from the sources to what they are made from; the KPI itself must not be there."""
    made_from: dict[str, list[str]] = {}
    for code, source in KPIInput.objects.order_by("position").values_list("kpi__code", "source__code"):
        made_from.setdefault(code, []).append(source)
    pending: list[tuple[str, tuple[str, ...]]] = [(source.code, (kpi.code, source.code)) for source in sources]
    while pending:
        code, path = pending.pop()
        if code == kpi.code:
            raise InvalidInput(
                _("The definition goes in a circle: %(path)s.") % {"path": " → ".join(path)},
                code="circular_definition",
                field=field,
            )
        if len(path) > MAX_LEVELS:
            raise InvalidInput(
                _("More than %(limit)s derived KPIs stand on one another: %(path)s.")
                % {"limit": MAX_LEVELS, "path": " → ".join(path)},
                code="too_deep",
                field=field,
            )
        pending += [(source, (*path, source)) for source in made_from.get(code, ())]


def _write_inputs(kpi: KPI, sources: Sequence[KPI]) -> None:
    if [row.source_id for row in kpi.inputs.all()] == [source.pk for source in sources]:
        return
    kpi.inputs.all().delete()
    KPIInput.objects.bulk_create(
        KPIInput(kpi=kpi, source=source, position=place) for place, source in enumerate(sources, start=1)
    )


def _lock_definitions() -> None:
    """One change of definitions at a time, or two of them could make a circle together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, require_scope().tenant_id])
