"""Which partners are due for a review of a period, by the cadence of their tier and type."""

from collections.abc import Sequence
from dataclasses import dataclass

from partners.choices import PartnerStatus
from partners.models import Partner, Programme, Tier, TierAssignment
from partners.reference import tiers_by_id, with_type_and_region
from performance.models import PeriodRow, Scorecard
from performance.reviews.models import Review, ReviewCadence
from performance.reviews.rules.cadence import CadenceRule, kind_for
from performance.services.alert_news import responsible_for

REVIEWED = (PartnerStatus.ACTIVE, PartnerStatus.ONBOARDING, PartnerStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Due:
    """A partner that is due: its tier, the state of its scorecard, who would own the review, or that there is one."""

    partner: Partner
    tier: Tier | None
    total: object
    has_card: bool
    owner_id: int | None
    exists: bool


@dataclass(frozen=True)
class Round:
    """What creating the reviews of a period would do."""

    programme: Programme
    period: PeriodRow
    rows: Sequence[Due]

    @property
    def new(self) -> list[Due]:
        """Those that would get a review."""
        return [row for row in self.rows if not row.exists and row.has_card]

    @property
    def existing(self) -> int:
        """How many have their review already."""
        return sum(row.exists for row in self.rows)

    @property
    def without_card(self) -> list[Due]:
        """Those that are due and have no scorecard in the period: there is nothing to review."""
        return [row for row in self.rows if not row.exists and not row.has_card]


def rules_of(programme_id: int) -> list[CadenceRule]:
    """The cadence of a programme as the rules take it."""
    rows = ReviewCadence.objects.filter(programme_id=programme_id)
    return [CadenceRule(row.period_kind, row.tier_id, row.partner_type_id) for row in rows]


def round_of(programme: Programme, period: PeriodRow) -> Round:
    """Everybody whom the cadence reviews after a period of this kind, in a fixed number of statements.

    The tier is the one held when the period began, as on the scorecard.
    """
    rules = rules_of(programme.pk)
    tiers = tiers_by_id()
    held = dict(
        TierAssignment.objects.filter(programme=programme, valid_from__lte=period.start)
        .exclude(valid_to__lte=period.start)
        .values_list("partner_id", "tier_id")
    )
    partners = list(Partner.objects.filter(status__in=REVIEWED, partner_type__is_scored=True).order_by("name", "pk"))
    due = [
        partner
        for partner in partners
        if kind_for(rules, tier=held.get(partner.pk), partner_type=partner.partner_type_id) == period.kind
    ]
    with_type_and_region(due)
    numbers = [partner.pk for partner in due]
    cards = Scorecard.objects.filter(programme=programme, period=period, partner_id__in=numbers).order_by()
    totals = dict(cards.values_list("partner_id", "total"))
    there = set(
        Review.objects.filter(programme=programme, period=period).order_by().values_list("partner_id", flat=True)
    )
    people = responsible_for(numbers)
    return Round(
        programme,
        period,
        [
            Due(
                partner,
                tiers.get(held.get(partner.pk, 0)),
                totals.get(partner.pk),
                partner.pk in totals,
                next(iter(people.get(partner.pk, ())), None),
                partner.pk in there,
            )
            for partner in due
        ],
    )
