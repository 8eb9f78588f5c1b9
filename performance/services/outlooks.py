"""Keeps what is foreseen for the cards of running periods up to date: each night and after their cards changed."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from performance.models import CardOutlook, PeriodRow, Scorecard, ScorecardTemplate
from performance.outlook.card import CardRules
from performance.queries.lines import Line, lines_of_cards
from performance.queries.outlook import Mark, histories_of, projection_of, reasons_of, rules_of
from performance.rules.scoring import delta_of
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

CHUNK = 500
WITHOUT_TOTAL = -1
WRITTEN = ("period", "as_of", "of_total", "of_grade", "total", "grade", "change", "reasons")


def refresh_outlooks(*, tenant: Tenant, at: datetime | None = None) -> int:
    """Work out what is missing or no longer fits its card, in transactions of 500 cards each; how many that were.

    A second call on the same day writes nothing, and two at once write the same. What was foreseen for periods that
    are over or closed, and for cards that are gone, is dropped.
    """
    at = at or timezone.now()
    with tenant_scope(tenant):
        today = tenant.local_date(at)
        periods = {row.pk: row for row in PeriodRow.objects.filter(closed_at=None, start__lte=today, end__gt=today)}
        templates = ScorecardTemplate.objects.filter(status="published").prefetch_related("bands")
        rules = {row.pk: rules_of(row) for row in templates}
        cards = Scorecard.objects.filter(pk=OuterRef("scorecard_id"), period_id__in=list(periods))
        CardOutlook.objects.filter(~Exists(cards)).delete()
        stale = list(_stale(list(periods), today).values_list("pk", flat=True))
    for place in range(0, len(stale), CHUNK):
        with tenant_scope(tenant):
            _work_out(stale[place : place + CHUNK], periods, rules, today)
    return len(stale)


def _stale(period_ids: Sequence[int], today: date) -> QuerySet[Scorecard]:
    fits = CardOutlook.objects.filter(
        scorecard_id=OuterRef("pk"),
        as_of=today,
        of_grade=OuterRef("grade"),
        of_total=Coalesce(OuterRef("total_e4"), WITHOUT_TOTAL),
    )
    return Scorecard.objects.filter(~Exists(fits), period_id__in=period_ids).order_by("pk")


def _work_out(card_ids: Sequence[int], periods: dict[int, PeriodRow], rules: dict[int, CardRules], today: date) -> None:
    cards = list(Scorecard.objects.filter(pk__in=card_ids).defer("lines").order_by("pk"))
    lines = lines_of_cards(card_ids)
    before = _before(cards, periods)
    outlooks = []
    for card in cards:
        card.period = periods[card.period_id]
        history = {card.period.seq - 1: before[card.pk]} if card.pk in before else {}
        outlooks.append(_outlook(card, lines[card.pk], history, rules[card.template_id], today))
    CardOutlook.objects.bulk_create(
        outlooks, update_conflicts=True, unique_fields=["tenant", "scorecard"], update_fields=WRITTEN
    )


def _before(cards: Sequence[Scorecard], periods: dict[int, PeriodRow]) -> dict[int, Mark]:
    """The figures of the immediately preceding cards, by card, in one query for each kind of period."""
    found = {}
    for programme_id, period_id in {(card.programme_id, card.period_id) for card in cards}:
        mine = [card for card in cards if (card.programme_id, card.period_id) == (programme_id, period_id)]
        period = periods[period_id]
        histories = histories_of(period, [card.partner_id for card in mine], programme_id, count=2)
        for card in mine:
            if period.seq - 1 in histories[card.partner_id]:
                found[card.pk] = histories[card.partner_id][period.seq - 1]
    return found


def _outlook(
    card: Scorecard, lines: Sequence[Line], history: dict[int, Mark], rules: CardRules, today: date
) -> CardOutlook:
    projection = projection_of(lines, rules, card.period, today)
    score = projection.score if projection else None
    before = history.get(card.period.seq - 1)
    return CardOutlook(
        scorecard=card,
        period=card.period,
        as_of=today,
        of_total=WITHOUT_TOTAL if card.total_e4 is None else card.total_e4,
        of_grade=card.grade,
        total=score.total if score else None,
        grade=(score.grade or "") if score else "",
        change=delta_of(score.total, before.total if before else None) if score else None,
        reasons=[str(reason) for reason in reasons_of(card, lines, history, rules, today, projection)],
    )
