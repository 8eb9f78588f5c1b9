"""Which partners are due for a review of a period, by the cadence of their tier and type."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, FilteredRelation, Q

from partners.choices import PartnerStatus
from partners.models import Partner, Programme, Tier
from partners.reference import scored_types, tiers_by_id, with_type_and_region
from performance.models import PeriodRow, Scorecard
from performance.queries.alerts import people_to_tell, who_hears
from performance.reviews.models import Review, ReviewCadence
from performance.reviews.rules.cadence import CadenceRule, kind_for
from prm.tenancy.reference import reference

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


@reference
def rules_of(programme_id: int) -> tuple[CadenceRule, ...]:
    """The cadence of a programme as the rules take it, kept between requests."""
    rows = ReviewCadence.objects.filter(programme_id=programme_id)
    return tuple(CadenceRule(row.period_kind, row.tier_id, row.partner_type_id) for row in rows)


def round_of(programme: Programme, period: PeriodRow) -> Round:
    """Everybody whom the cadence reviews after a period of this kind, in a fixed number of statements.

    The tier is the one held when the period began, as on the scorecard.
    """
    rules = rules_of(programme.pk)
    tiers = tiers_by_id()
    held = Q(tier_assignments__programme=programme, tier_assignments__valid_from__lte=period.start)
    held &= Q(tier_assignments__valid_to__isnull=True) | Q(tier_assignments__valid_to__gt=period.start)
    partners = Partner.objects.filter(status__in=REVIEWED, partner_type__in=scored_types()).annotate(
        held=FilteredRelation("tier_assignments", condition=held), held_tier_id=F("held__tier_id")
    )
    due = [
        partner
        for partner in partners.order_by("name", "pk")
        if kind_for(rules, tier=partner.held_tier_id, partner_type=partner.partner_type_id) == period.kind
    ]
    with_type_and_region(due)
    numbers = [partner.pk for partner in due]
    cards = Scorecard.objects.filter(programme=programme, period=period, partner_id__in=numbers).order_by()
    totals = dict(cards.values_list("partner_id", "total"))
    there = set(
        Review.objects.filter(programme=programme, period=period).order_by().values_list("partner_id", flat=True)
    )
    people = people_to_tell()
    return Round(
        programme,
        period,
        [
            Due(
                partner,
                tiers.get(partner.held_tier_id or 0),
                totals.get(partner.pk),
                partner.pk in totals,
                next(iter(who_hears(partner.owner_id, people)), None),
                partner.pk in there,
            )
            for partner in due
        ],
    )
