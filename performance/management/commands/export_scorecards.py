"""`manage.py export_scorecards`: the scorecards of a period, or their lines, to standard output."""

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from performance.models import PeriodRow, Scorecard
from performance.queries.lines import Line, lines_of_period
from prm.errors import DomainError
from prm.periods import FiscalCalendar
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

CARD_COLUMNS = (
    "partner",
    "period",
    "template",
    "total",
    "coverage",
    "rated",
    "grade",
    "rank",
    "cohort",
    "percentile",
    "delta",
)
LINE_COLUMNS = (
    "partner",
    "period",
    "kpi",
    "actual",
    "floor",
    "target",
    "stretch",
    "ceiling",
    "points",
    "weight",
    "contribution",
    "made_from",
)


class Command(BaseCommand):
    help = "Print the scorecards of a period, one row per partner, or with --lines one row per KPI."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--period", required=True, metavar="2013-Q2")
        parser.add_argument("--lines", action="store_true", help="One row per partner and KPI.")
        parser.add_argument("--format", choices=["csv", "json"], default="csv")

    def handle(self, **options: Any) -> None:
        """Print.

        Raises:
            CommandError: no such tenant, or the label is no period.
        """
        try:
            tenant = Tenant.objects.get(slug=options["tenant"])
            label = FiscalCalendar(tenant.fiscal_year_start).parse(options["period"]).label
        except Tenant.DoesNotExist as error:
            raise CommandError(f"There is no tenant {options['tenant']}.") from error
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        columns = LINE_COLUMNS if options["lines"] else CARD_COLUMNS
        with tenant_scope(tenant):
            rows = (line_rows if options["lines"] else card_rows)(label)
            if options["format"] == "json":
                self.stdout.write(json.dumps([dict(zip(columns, map(_json, row), strict=True)) for row in rows]))
                return
            writer = csv.writer(self.stdout, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_text(value) for value in row] for row in rows)


def card_rows(label: str) -> Iterator[tuple[Any, ...]]:
    """One row per card of the period, programme by programme in the order of the partners' external ids."""
    cards = Scorecard.objects.filter(period__label=label).select_related("partner", "template")
    for card in cards.order_by("programme", "partner__external_id"):
        yield (
            card.partner.external_id,
            label,
            str(card.template),
            card.total,
            card.coverage,
            card.rated,
            card.grade or None,
            card.rank,
            card.cohort,
            card.percentile,
            card.delta,
        )


def line_rows(label: str) -> Iterator[tuple[Any, ...]]:
    """One row per card and KPI of its template, also without benchmark or data, in the same order."""
    period = PeriodRow.objects.filter(label=label).first()
    if period is None:
        return
    cards = Scorecard.objects.filter(period=period).order_by("programme", "partner__external_id")
    order = {
        pk: (number, partner) for number, (pk, partner) in enumerate(cards.values_list("pk", "partner__external_id"))
    }
    rows = []
    for programme_id in dict.fromkeys(cards.values_list("programme_id", flat=True)):
        for line in lines_of_period(programme_id=programme_id, period_id=period.pk):
            number, partner = order[line.card_id]
            values = (line.actual, line.floor, line.target, line.stretch, line.ceiling, line.points)
            rows.append(
                (
                    number,
                    line.position,
                    (partner, label, line.code, *values, line.weight, line.contribution, _made_from(line)),
                )
            )
    for _number, _position, row in sorted(rows, key=lambda entry: entry[:2]):
        yield row


def _made_from(line: Line) -> str | None:
    """The inputs of a derived KPI with their actuals, such as `SALES=100; SALES@-12=80` for 12 months before."""
    if line.derivation is None:
        return None
    return "; ".join(
        f"{row.code}{f'@-{row.back}' if row.back else ''}={_text(row.actual)}" for row in line.derivation.inputs
    )


def _text(value: Any) -> str:
    """A CSV cell: nothing for None, true or false, and numbers without exponent."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _json(value: Any) -> Any:
    """A JSON value. Numbers are JSON numbers, exact up to 15 digits; the CSV is exact always."""
    return float(value) if isinstance(value, Decimal) else value
