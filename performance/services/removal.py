"""Taking single measurements away: the former version stays on record and the score follows."""

from django.db import connection

from performance.models import Measurement, MeasurementHistory
from performance.services.scheduling import schedule_scoring
from prm.access.actor import Actor
from prm.audit.services import record
from prm.tenancy.scope import require_scope

KEPT = ("source", "external_id", "kpi_id", "partner_id", "occurred_on", "occurred_at", "value", "weight", "attributes")

_MARK = """
INSERT INTO performance_dirtypair AS d (tenant_id, partner_id, ym) VALUES (%s, %s, %s)
ON CONFLICT (tenant_id, partner_id, ym) DO UPDATE SET gen = d.gen + 1, marked_at = now()
"""


def remove_measurement(*, measurement: Measurement, actor: Actor, reason: str = "") -> None:
    """Remove one measurement, keep it in the history as removed, and mark its partner and month for scoring."""
    tenant = require_scope().tenant
    row = Measurement.objects.select_for_update(of=("self",)).get(pk=measurement.pk)
    MeasurementHistory.objects.create(
        measurement_id=row.pk,
        batch_id=row.batch_id,
        recorded_at=row.recorded_at,
        was_removed=True,
        **{name: getattr(row, name) for name in KEPT},
    )
    record(
        actor=actor,
        action="measurement.removed",
        target=row,
        partner_id=row.partner_id,
        changes={"value": [row.value, None], "weight": [row.weight, None]},
        reason=reason,
    )
    partner_id, month = row.partner_id, row.ym
    row.delete()
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [tenant.pk, partner_id, month])
    schedule_scoring(tenant)
