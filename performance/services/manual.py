"""Measurements typed in by a person. They go the way of all measurements and carry who said so and why."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from partners.models import Partner
from performance.choices import SourceType
from performance.models import KPI, Measurement, MeasurementEvidence
from performance.rules.sources import MANUAL_SOURCE, is_manual
from performance.services.ingest import MeasurementRow, record_measurements
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict, InvalidInput
from prm.files.documents import keep_document
from prm.files.models import StoredFile

EVIDENCE = "evidence"
"""The purpose of the files."""

EVIDENCE_FIELDS = ("evidence", "evidence_name")


def enter_measurement(
    *,
    actor: Actor,
    kpi: KPI,
    partner: Partner,
    occurred_on: date,
    value: Decimal | None,
    weight: Decimal | None,
    note: str,
    evidence: UploadedFile | None = None,
    source: str = MANUAL_SOURCE,
) -> Measurement:
    """Take one typed-in measurement. The note and the evidence are kept with it.

    Raises:
        InvalidInput: the note is missing, the source is none that people type in for, the KPI asks for evidence and
            there is none, the file is none that is kept,
            or the measurement breaks a rule of its KPI, naming the field.
    """
    if not is_manual(source):
        raise InvalidInput(_("Choose a source that people type in for."), field="source")
    number = uuid.uuid4().hex
    proof = _keep(actor, kpi, evidence, former={})
    _write(
        actor,
        source,
        number,
        kpi=kpi,
        partner=partner,
        occurred_on=occurred_on,
        value=value,
        weight=weight,
        note=note,
        proof=proof,
    )
    measurement = Measurement.objects.get(source=source, external_id=number)
    proof.link(measurement)
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
    evidence: UploadedFile | None = None,
) -> Measurement:
    """Correct a typed-in measurement. The former version stays in its history; without new evidence it keeps its own.

    Raises:
        Conflict: it came from a file or another system; correct it there and import it again.
        InvalidInput: as for `enter_measurement`.
    """
    if not measurement.is_manual:
        raise Conflict(
            _("This measurement came from %(source)s. Correct it there and import it again.")
            % {"source": measurement.source}
        )
    before = (measurement.value, measurement.weight)
    proof = _keep(actor, kpi, evidence, former=measurement.attributes or {})
    _write(
        actor,
        measurement.source,
        measurement.external_id,
        kpi=kpi,
        partner=partner,
        occurred_on=occurred_on,
        value=value,
        weight=weight,
        note=note,
        proof=proof,
    )
    measurement.refresh_from_db()
    proof.link(measurement)
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


@dataclass(frozen=True, slots=True)
class _Proof:
    """The evidence of one version: what its attributes say, and the file if it is a new one."""

    attributes: dict[str, str]
    file: StoredFile | None = None

    def link(self, measurement: Measurement) -> None:
        """Let the file be found, and opened, through its measurement."""
        if self.file is not None:
            MeasurementEvidence.objects.create(measurement_id=measurement.pk, file=self.file)

    def discard(self) -> None:
        """Leave nothing on the disk of a measurement that is refused; the row goes with the transaction."""
        if self.file is not None:
            default_storage.delete(self.file.path)


def _keep(actor: Actor, kpi: KPI, upload: UploadedFile | None, *, former: Mapping[str, Any]) -> _Proof:
    if upload is None:
        kept = {name: str(former[name]) for name in EVIDENCE_FIELDS if former.get(name)}
        if kpi.needs_evidence and not kept:
            raise InvalidInput(
                _("This KPI asks for evidence. Add the document that shows the figure."),
                field="evidence",
                code="evidence_required",
            )
        return _Proof(kept)
    stored = keep_document(actor=actor, upload=upload, field="evidence", purpose=EVIDENCE)
    return _Proof({"evidence": str(stored.public_id), "evidence_name": stored.name}, stored)


def _write(
    actor: Actor,
    source: str,
    number: str,
    *,
    kpi: KPI,
    partner: Partner,
    occurred_on: date,
    value: Decimal | None,
    weight: Decimal | None,
    note: str,
    proof: _Proof,
) -> None:
    if not note.strip():
        proof.discard()
        raise InvalidInput(_("Say where the figure comes from."), field="note")
    row = MeasurementRow(
        row=1,
        partner=partner.external_id,
        kpi=kpi.code,
        occurred_on=occurred_on.isoformat(),
        value=None if value is None else f"{value:f}",
        weight=None if weight is None else f"{weight:f}",
        external_id=number,
        source=source,
        attributes=json.dumps({"note": note.strip(), "entered_by": actor.label, **proof.attributes}),
    )
    try:
        record_measurements([row], actor=actor, channel=SourceType.MANUAL)
    except InvalidInput as refusal:
        proof.discard()
        # One row: its number would only puzzle.
        raise InvalidInput(str(refusal.message).split(": ", 1)[-1], code=refusal.code, field=refusal.field) from refusal
