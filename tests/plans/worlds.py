"""A programme whose periods are closed with chosen results, as the engine freezes them, without running it."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from performance.models import PeriodRow, Scorecard, ScorecardTemplate
from performance.services.closings import note_closing
from prm.periods import FiscalCalendar
from tests.factories.performance import PeriodRowFactory, ScorecardTemplateFactory

THRESHOLDS = {"floor": 60, "target": 90, "ceiling": None}
"""With the usual margin the exit is 61.5."""


def template_of(programme):
    return ScorecardTemplate.objects.filter(programme=programme).first() or ScorecardTemplateFactory(
        programme=programme
    )


def line(position, kpi, value, **thresholds):
    values = {"floor": 60, "target": 90, "ceiling": None, "weight": 50, **thresholds}
    return {
        "position": position,
        "kpi_id": kpi.pk,
        "code": kpi.code,
        "direction": kpi.direction,
        "state": "no_data" if value is None else "scored",
        "actual": value,
        "points": None if value is None else 0 if value < values["floor"] else 80,
        **values,
    }


def closed(label, results, *, programme, rated=True, grade="D", days=10):
    """Close a period with {partner: {kpi: value}}; its listeners have something to do. The period's row."""
    period = FiscalCalendar().parse(label)
    row = PeriodRow.objects.filter(label=label).first() or PeriodRowFactory(period=period)
    template = template_of(programme)
    for partner, values in results.items():
        Scorecard.objects.update_or_create(
            programme=programme,
            period=row,
            partner=partner,
            defaults={
                "template": template,
                "partner_type": partner.partner_type,
                "total": Decimal(50),
                "rated": rated,
                "grade": grade if rated else "",
                "coverage": Decimal(1) if rated else Decimal("0.3"),
                "lines": [line(place, kpi, value) for place, (kpi, value) in enumerate(values.items(), 1)],
            },
        )
    row.closed_at = datetime.combine(row.end + timedelta(days=days), time(9), UTC)
    row.save()
    note_closing(period=row)
    return row


def noon(day):
    return datetime.combine(day, time(12), UTC)
