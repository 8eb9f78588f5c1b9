"""Keeping the sources of measurements: describing, changing, retiring them, and which codes are taken."""

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from performance.choices import SourceType
from performance.errors import SourceCodeTaken
from performance.models import KPI, MeasurementSource, SourceKPI, SourceRules
from performance.models.measurement import SOURCE_LENGTH
from performance.rules.sources import MANUAL_SOURCE, is_manual
from performance.services.checking import check_fields
from prm.access.actor import Actor
from prm.audit.services import changes_between, record
from prm.errors import InvalidInput

CODE = re.compile(r"[a-z0-9][a-z0-9._-]*")
FIELDS = ("name", "kind", "description", "owner", "system_url", "expected_every", "grace_days")


def create_source(*, actor: Actor, code: str, kpis: Iterable[KPI] = (), **values: Any) -> MeasurementSource:
    """A source before its first measurement, so that it is known and expected.

    Raises:
        SourceCodeTaken: another source has the code.
        InvalidInput: naming the field and the rule it breaks.
    """
    code = code.strip()
    if not CODE.fullmatch(code) or len(code) > SOURCE_LENGTH:
        raise InvalidInput(
            _("Use up to 40 small letters, digits, dots, dashes and underlines, such as erp or shop-eu."), field="code"
        )
    source = MeasurementSource(code=code)
    _fill(source, values)
    _check(source)
    _check_kind_of_code(source)
    if MeasurementSource.objects.filter(code=code).exists():
        raise SourceCodeTaken(_("There is already a source %(code)s.") % {"code": code}, field="code")
    source.save()
    source.refresh_from_db(fields=["public_id"])
    _name_kpis(source, kpis)
    record(actor=actor, action="measurement_source.created", target=source)
    return source


def update_source(
    *, source: MeasurementSource, actor: Actor, kpis: Iterable[KPI] | None = None, **values: Any
) -> MeasurementSource:
    """Change what a source says of itself. Its code stays: it is part of the key of every measurement.

    Whoever changes a source that a delivery had made has described it.

    Raises:
        InvalidInput: naming the field and the rule it breaks.
    """
    source = MeasurementSource.objects.select_for_update(of=("self",)).get(pk=source.pk)
    before = {name: getattr(source, name) for name in FIELDS}
    named = _named(source)
    _fill(source, values)
    _check(source)
    _check_kind_of_code(source)
    changes = changes_between(before, {name: getattr(source, name) for name in FIELDS})
    if kpis is not None:
        _name_kpis(source, kpis)
        if named != _named(source):
            changes["kpis"] = [named, _named(source)]
    if not changes and source.is_described:
        return source
    source.is_described = True
    if "expected_every" in changes and source.expected_every is None:
        source.late_since = None
    source.save()
    record(actor=actor, action="measurement_source.updated", target=source, changes=changes)
    return source


def retire_source(*, source: MeasurementSource, actor: Actor) -> MeasurementSource:
    """Take no more measurements of a source. What it brought stays and counts.

    Raises:
        InvalidInput: it is the source of what is typed in.
    """
    source = MeasurementSource.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if source.code == MANUAL_SOURCE:
        raise InvalidInput(_("What is typed in always has this source. It cannot be retired."))
    if source.is_active:
        source.is_active, source.late_since = False, None
        source.save(update_fields=["is_active", "late_since", "updated_at"])
        record(actor=actor, action="measurement_source.retired", target=source)
    return source


def resume_source(*, source: MeasurementSource, actor: Actor) -> MeasurementSource:
    """Take measurements of a retired source again."""
    source = MeasurementSource.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if not source.is_active:
        source.is_active = True
        source.save(update_fields=["is_active", "updated_at"])
        record(actor=actor, action="measurement_source.resumed", target=source)
    return source


def set_source_rules(*, actor: Actor, refuses_unknown: bool) -> SourceRules:
    """Say whether measurements with a code that no source has are taken in or refused."""
    rules, _made = SourceRules.objects.select_for_update().get_or_create()
    if rules.refuses_unknown != refuses_unknown:
        rules.refuses_unknown = refuses_unknown
        rules.save()
        changes = {"refuses_unknown": [not refuses_unknown, refuses_unknown]}
        record(actor=actor, action="source_rules.updated", target=rules, changes=changes)
    return rules


def _fill(source: MeasurementSource, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name not in FIELDS:
            raise ValueError(f"A source has no {name}.")
        setattr(source, name, value)
    source.name = source.name.strip()
    source.grace_days = source.grace_days or 0


def _check(source: MeasurementSource) -> None:
    check_fields(source)
    if source.grace_days and source.expected_every is None:
        raise InvalidInput(
            _("Days of grace belong to a rhythm. Say every how many days the source is expected, or leave them out."),
            field="grace_days",
        )


def _check_kind_of_code(source: MeasurementSource) -> None:
    """Whether figures were typed in can be told from the code, everywhere a measurement is shown."""
    if source.kind == SourceType.MANUAL and not is_manual(source.code):
        raise InvalidInput(
            _("The code of a source that people type in for begins with manual-, such as manual-visits."),
            field="code" if source.pk is None else "kind",
        )
    if source.kind != SourceType.MANUAL and is_manual(source.code):
        raise InvalidInput(
            _("Codes that begin with manual are kept for figures that people type in."),
            field="code" if source.pk is None else "kind",
        )


def _named(source: MeasurementSource) -> list[str]:
    rows = SourceKPI.objects.filter(source=source, is_named=True)
    return sorted(rows.values_list("kpi__code", flat=True))


def _name_kpis(source: MeasurementSource, kpis: Iterable[KPI]) -> None:
    """Keep the KPIs a person named; those that deliveries brought stay."""
    wanted = {kpi.pk for kpi in kpis}
    rows = {row.kpi_id: row for row in SourceKPI.objects.filter(source=source)}
    for kpi_id, row in rows.items():
        if row.is_named and kpi_id not in wanted and row.seen_at is None:
            row.delete()
        elif row.is_named != (kpi_id in wanted):
            row.is_named = kpi_id in wanted
            row.save(update_fields=["is_named"])
    SourceKPI.objects.bulk_create(
        SourceKPI(source=source, kpi_id=kpi_id, is_named=True) for kpi_id in sorted(wanted - rows.keys())
    )
