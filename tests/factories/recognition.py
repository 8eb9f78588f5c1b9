"""Badges, awards, and closed scorecards with the figures that a test names. The open scope says whose they are."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from partners.models import Partner, Programme
from performance.models import PeriodRow, Scorecard, ScorecardTemplate
from performance.recognition.choices import AwardOrigin, BadgeKind
from performance.recognition.models import Award, Badge
from prm.periods import FiscalCalendar
from tests.factories.partners import PartnerFactory
from tests.factories.performance import PeriodRowFactory, ScorecardTemplateFactory

CLOSED_AT = datetime(2024, 1, 1, tzinfo=UTC)


class BadgeFactory(DjangoModelFactory):
    class Meta:
        model = Badge

    name = factory.Sequence(lambda n: f"Badge {n}")
    kind = BadgeKind.HAND


class AwardFactory(DjangoModelFactory):
    class Meta:
        model = Award

    badge = factory.SubFactory(BadgeFactory)
    partner = factory.SubFactory(PartnerFactory)
    origin = AwardOrigin.HAND
    reason = "Helped everybody through the winter."


def closed(label: str, *, at: datetime = CLOSED_AT) -> PeriodRow:
    """A closed period."""
    found = PeriodRow.objects.filter(label=label).first()
    row = found or PeriodRowFactory(period=FiscalCalendar().parse(label))
    row.closed_at = row.closed_at or at
    row.save()
    return row


def template_of(programme: Programme) -> ScorecardTemplate:
    """The programme's published scorecard with the usual grades."""
    found = ScorecardTemplate.objects.filter(programme=programme, status="published").first()
    return found or ScorecardTemplateFactory(programme=programme)


def card(partner: Partner, period: PeriodRow, total: Any, **values: Any) -> Scorecard:
    """A rated card of the default programme, as a closing leaves it."""
    programme = values.pop("programme", None) or Programme.objects.get(is_default=True)
    usual = {
        "programme": programme,
        "template": template_of(programme),
        "partner_type": partner.partner_type,
        "region": partner.region,
        "total": Decimal(total),
        "total_e4": int(Decimal(total) * 10_000),
        "rated": True,
        "coverage": Decimal(1),
        "grade": "A" if Decimal(total) >= 90 else "B" if Decimal(total) >= 75 else "C",
        "lines": [],
    }
    return Scorecard.objects.create(partner=partner, period=period, **{**usual, **values})
