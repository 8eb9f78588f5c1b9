"""Where a demo tenant's measurements come from: its systems, what they brought week by week, and one that is late."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from performance.choices import SourceType
from performance.models import Measurement, MeasurementSource, SourceDelivery, SourceKPI
from performance.services.deliveries import Origin
from performance.services.ingest import Ingest, MeasurementRow
from performance.services.sources import create_source
from prm.access.actor import SYSTEM
from prm.accounts.models import User
from prm.tenancy.models import Tenant

WATCHED_DAYS = 200
"""So many days have a delivery each; what is older came with the first load."""

LATE_DAYS = 14
ADDED_DAYS = 760


@dataclass(frozen=True, slots=True)
class System:
    """A system of the demo company."""

    code: str
    name: str
    kind: SourceType
    description: str
    every: int
    grace: int
    brings: tuple[str, ...]
    by: str


SYSTEMS = (
    System(
        "erp", "Group ERP", SourceType.API, "Invoiced sales, net of returns, as booked the evening before.",
        1, 1, ("sales",), "ERP interface",
    ),
    System(
        "crm", "Sales CRM", SourceType.API, "Leads and campaigns that partners accepted, by closing date.",
        1, 1, ("leads", "marketing"), "CRM interface",
    ),
    System(
        "logistics", "Carrier reports", SourceType.FILE, "Deliveries with promised and actual day, one file a week.",
        7, 2, ("deliveries",), "Logistics team",
    ),
    System(
        "service-desk", "Service desk", SourceType.API, "Tickets and complaints that were closed, with their times.",
        1, 2, ("quality", "service"), "Service desk",
    ),
    System(
        "survey", "Customer survey", SourceType.FILE,
        "Answers to the survey after each purchase. The institute sends a file every week.",
        7, 2, ("feedback",), "Survey institute",
    ),
    System(
        "lms", "Learning system", SourceType.API, "Courses and certificates that people at partners completed.",
        7, 2, ("training",), "Learning system",
    ),
    System(
        "reports", "Monthly reports", SourceType.FILE, "What partners report about themselves, checked by the manager.",
        31, 10, ("compliance", "project", "manual", "other"), "Partner office",
    ),
)  # fmt: skip
LATE = "survey"
VISITS = "manual-visits"


def code_of(part_of_business: str) -> str:
    """The system that brings a KPI's measurements."""
    return next((system.code for system in SYSTEMS if part_of_business in system.brings), "reports")


def has_arrived(code: str, day: date, today: date) -> bool:
    """Whether a fact of a day is there yet; those of the late system are missing for two weeks."""
    return code != LATE or day < today - timedelta(days=LATE_DAYS)


def add_systems(tenant: Tenant, codes: Sequence[str], owners: Sequence[User]) -> None:
    """Describe the systems that this tenant has, each with somebody who looks after it."""
    for place, system in enumerate(system for system in SYSTEMS if system.code in codes):
        create_source(
            actor=SYSTEM,
            code=system.code,
            name=system.name,
            kind=system.kind,
            description=system.description,
            owner=owners[place % len(owners)],
            system_url=f"https://{system.code}.{tenant.slug}.example/",
            expected_every=system.every,
            grace_days=system.grace,
        )
    create_source(
        actor=SYSTEM,
        code=VISITS,
        name="Field visits",
        kind=SourceType.MANUAL,
        description="What our own people saw on site and typed in, with a note.",
        owner=owners[0],
    )


def spread_deliveries(tenant: Tenant, *, today: date) -> None:
    """Put the deliveries down as they would have come: the facts were made in one go."""
    SourceDelivery.objects.all().delete()
    added = timezone.now() - timedelta(days=ADDED_DAYS)
    MeasurementSource.objects.update(created_at=added)
    SourceKPI.objects.update(seen_at=added)
    facts: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    days = Measurement.objects.order_by().values_list("source", "occurred_on")
    for code, day in days.iterator(chunk_size=10_000):
        facts[code][day] += 1
    sources = {source.code: source for source in MeasurementSource.objects.all()}
    for system in SYSTEMS:
        if system.code in facts:
            rows = _deliveries(system, sources[system.code], facts[system.code], tenant, today)
            SourceDelivery.objects.bulk_create(rows)


def _deliveries(
    system: System, source: MeasurementSource, facts: dict[date, int], tenant: Tenant, today: date
) -> Iterator[SourceDelivery]:
    former = date.min
    for place, day in enumerate(_days(system, today)):
        count = sum(number for on, number in facts.items() if former <= on < day)
        at = min(datetime.combine(day, time(4, 10 + place % 20), tenant.zone), timezone.now())
        yield SourceDelivery(
            source=source, channel=system.kind, by=system.by, first_at=at, last_at=at, taken_at=at, created=count
        )
        former = day


def _days(system: System, today: date) -> list[date]:
    """The days on which a system delivered: every day, Mondays, or the first of the month."""
    last = today - timedelta(days=LATE_DAYS) if system.code == LATE else today
    days = [last - timedelta(days=back) for back in range(WATCHED_DAYS, -1, -1)]
    if system.every == 1:
        return days
    if system.every == 7:
        return [day for day in days if day.weekday() == 0]
    return [day for day in days if day.day == 1]


def send_wrongly(partner_number: str, kpi: str, today: date) -> None:
    """A call of last night that was refused: one partner does not exist, one number is a word."""
    day = today.isoformat()
    rows = [
        MeasurementRow(1, "999999", kpi, day, "1200", None, "INV-88121", "erp"),
        MeasurementRow(2, partner_number, kpi, day, "n/a", None, "INV-88122", "erp"),
    ]
    with Ingest(Origin(SourceType.API, "ERP interface")) as ingest:
        ingest.stage(rows)
        ingest.check()
        ingest.refuse(list(ingest.errors()))
