"""Measurements typed in by a person. They go the way of all measurements and carry who said so and why."""

import json
import uuid
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from partners.models import Partner
from performance.models import KPI, Measurement
from performance.services.ingest import MeasurementRow, record_measurements
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput

MANUAL_SOURCE = "manual"


def enter_measurement(
    *,
    actor: Actor,
    kpi: KPI,
    partner: Partner,
    occurred_on: date,
    value: Decimal | None,
    weight: Decimal | None,
    note: str,
) -> Measurement:
    """Take one typed-in measurement. The note is kept with it.

    Raises:
        InvalidInput: the note is missing or the measurement breaks a rule of its KPI, naming the field.
    """
    number = uuid.uuid4().hex
    _write(actor, number, kpi=kpi, partner=partner, occurred_on=occurred_on, value=value, weight=weight, note=note)
    measurement = Measurement.objects.get(source=MANUAL_SOURCE, external_id=number)
    record(
        actor=actor,
        action="measurement.entered",
        target=measurement,
        target_label=f"{kpi.name}, {occurred_on}",
        partner_id=partner.pk,
        changes={"value": [None, value], "weight": [None, weight]},
        reason=note,
    )
    return measurement


def correct_measurement(
    *,
    measurement: Measurement,
    actor: Actor,
    kpi: KPI,
    partner: Partner,
    occurred_on: date,
    value: Decimal | None,
    weight: Decimal | None,
    note: str,
) -> Measurement:
    """Correct a typed-in measurement. The former version stays in its history.

    Raises:
        Conflict: it came from a file or another system; correct it there and import it again.
        InvalidInput: as for `enter_measurement`.
    """
    if measurement.source != MANUAL_SOURCE:
        raise Conflict(
            _("This measurement came from %(source)s. Correct it there and import it again.")
            % {"source": measurement.source}
        )
    before = (measurement.value, measurement.weight)
    number = measurement.external_id
    _write(actor, number, kpi=kpi, partner=partner, occurred_on=occurred_on, value=value, weight=weight, note=note)
    measurement.refresh_from_db()
    record(
        actor=actor,
        action="measurement.corrected",
        target=measurement,
        target_label=f"{kpi.name}, {occurred_on}",
        partner_id=partner.pk,
        changes={"value": [before[0], value], "weight": [before[1], weight]},
        reason=note,
    )
    return measurement


def _write(
    actor: Actor,
    number: str,
    *,
    kpi: KPI,
    partner: Partner,
    occurred_on: date,
    value: Decimal | None,
    weight: Decimal | None,
    note: str,
) -> None:
    if not note.strip():
        raise InvalidInput(_("Say where the figure comes from."), field="note")
    row = MeasurementRow(
        row=1,
        partner=partner.external_id,
        kpi=kpi.code,
        occurred_on=occurred_on.isoformat(),
        value=None if value is None else f"{value:f}",
        weight=None if weight is None else f"{weight:f}",
        external_id=number,
        source=MANUAL_SOURCE,
        attributes=json.dumps({"note": note.strip(), "entered_by": actor.label}),
    )
    try:
        record_measurements([row], actor=actor)
    except InvalidInput as refusal:
        # One row: its number would only puzzle.
        raise InvalidInput(str(refusal.message).split(": ", 1)[-1], code=refusal.code, field=refusal.field) from refusal
