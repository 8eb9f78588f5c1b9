"""Awards as a person may see them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery

from performance.queries.alerts import is_mine
from performance.recognition.choices import AwardStatus
from performance.recognition.models import Award, Badge, PartnerNaming

HALL_ENTRIES = 12
HOLDERS_NAMED = 6
STANDING = Q(status=AwardStatus.STANDING)


def awards(portfolio: Any | None = None) -> QuerySet[Award]:
    """All awards of the partners a person may see, with what a line of a list shows."""
    rows = Award.objects.select_related("badge__kpi", "partner", "programme", "period", "scorecard")
    rows = rows.defer("scorecard__lines")
    return rows if portfolio is None else rows.filter(partner_id__in=portfolio)


def awards_of(partner_id: int) -> QuerySet[Award]:
    """What one partner holds, the newest first."""
    return awards().filter(STANDING, partner_id=partner_id).order_by("-awarded_at", "-pk")


def my_awards(portfolio: Any | None, user_id: int) -> QuerySet[Award]:
    """Awards of the partners that a person looks after."""
    return awards(portfolio).filter(is_mine(user_id))


def badges(portfolio: Any | None = None) -> QuerySet[Badge]:
    """Every badge with how many partners hold it, how often it was awarded, and when last."""
    seen = Q() if portfolio is None else Q(awards__partner_id__in=portfolio)
    standing = seen & Q(awards__status=AwardStatus.STANDING)
    return Badge.objects.select_related("programme", "kpi").annotate(
        holder_count=Count("awards__partner_id", filter=standing, distinct=True),
        award_count=Count("awards", filter=standing),
        last_awarded_at=Max("awards__awarded_at", filter=standing),
    )


@dataclass(frozen=True, slots=True)
class HallEntry:
    """A badge of one period (or by hand, of none) and those who hold it; `count` in all."""

    holders: list[Award]
    count: int

    @property
    def first(self) -> Award:
        """One of the awards: badge, period and rule are those of all."""
        return self.holders[0]

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.holders)


def hall_of_fame(programme_ids: list[int], *, entries: int = HALL_ENTRIES) -> list[HallEntry]:
    """The newest badges of the programmes with their holders, in three statements; each award says `is_named`: whether
    other partners read the holder's name.

    Awards of badges without a programme belong to every hall.
    """
    rows = Award.objects.filter(STANDING).filter(Q(programme_id__in=programme_ids) | Q(programme_id=None))
    newest = rows.order_by().values_list("badge_id", "period_id").annotate(last=Max("awarded_at"), count=Count("id"))
    groups = {(badge, period): count for badge, period, _last, count in newest.order_by("-last", "badge_id")[:entries]}
    if not groups:
        return []
    named = Subquery(PartnerNaming.objects.filter(partner_id=OuterRef("partner_id")).values("is_named")[:1])
    first = [
        rows.filter(badge_id=badge, period_id=period).order_by(F("rank").asc(nulls_last=True), "pk").values("pk")
        for badge, period in groups
    ]
    shown = [found[:HOLDERS_NAMED] for found in first]
    found = awards().filter(pk__in=[row["pk"] for row in shown[0].union(*shown[1:], all=True)]).annotate(named=named)
    holders: dict[tuple[int, int | None], list[Award]] = {key: [] for key in groups}
    for award in found.order_by(F("rank").asc(nulls_last=True), "pk"):
        award.is_named = award.named is not False  # type: ignore[attr-defined]  # for the cells
        holders[award.badge_id, award.period_id].append(award)
    return [HallEntry(holders[key], count) for key, count in groups.items() if holders[key]]


def is_named(partner_id: int) -> bool:
    """Whether other partners read this one's name."""
    row = PartnerNaming.objects.filter(partner_id=partner_id).first()
    return row is None or row.is_named
