"""What-ifs as they are listed, and what came of their replays: the figures, who would move."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Abs

from partners.models import Programme
from performance.choices import TemplateStatus
from performance.models import (
    PeriodRow,
    ScorecardTemplate,
    WhatIf,
    WhatIfMove,
)
from performance.rules.what_if import Outcome, together


def what_ifs() -> QuerySet[WhatIf]:
    """All of them with programme and draft, newest first."""
    return WhatIf.objects.select_related("programme", "template").order_by("-created_at", "-id")


def kinds_scored(programme: Programme) -> set[str]:
    """The kinds of period that a published version of the programme scores."""
    versions = ScorecardTemplate.objects.filter(programme=programme, status=TemplateStatus.PUBLISHED)
    return {kind for kinds in versions.values_list("period_kinds", flat=True) for kind in kinds}


# --- What came of it -----------------------------------------------------------------------------------------------


def outcomes_of(what_if: WhatIf) -> list[Outcome]:
    """The figures period by period, newest first; none before the first replay."""
    return [Outcome.from_json(stored) for stored in (what_if.figures or {}).get("periods", ())]


def outcome_of_all(what_if: WhatIf) -> Outcome:
    """All periods as one."""
    return together(outcomes_of(what_if))


MOVE_ORDER = ("down", "unrated", "gone", "up", "rated", "new")


def moves(what_if: WhatIf, portfolio: Any | None = None) -> QuerySet[WhatIfMove]:
    """Who would move, of those the person may see."""
    rows = WhatIfMove.objects.filter(what_if=what_if).select_related("partner", "period", "tier")
    if portfolio is not None:
        rows = rows.filter(partner_id__in=portfolio)
    return rows.annotate(
        size=Abs("change"),
        kind_place=Case(
            *[When(kind=kind, then=Value(place)) for place, kind in enumerate(MOVE_ORDER)],
            output_field=IntegerField(),
        ),
    )


def largest_moves(rows: QuerySet[WhatIfMove], period: str, count: int) -> list[WhatIfMove]:
    """Those of a period that move furthest, losses first, each with the largest change on the outside."""
    of_period = rows.filter(period__label=period)
    lost = of_period.filter(kind="down").order_by("change", "partner_id")[:count]
    gained = of_period.filter(kind="up").order_by("-change", "partner_id")[:count]
    found = list(lost.union(gained, all=True))
    return sorted(found, key=lambda row: (row.kind != "down", row.change or 0, row.partner_id))


def open_count() -> int:
    """How many what-ifs are not settled."""
    return WhatIf.objects.aggregate(open=Count("id", filter=Q(status="open")))["open"]


def open_what_if_of(template: ScorecardTemplate) -> WhatIf | None:
    """The newest open what-if that tries this draft out."""
    return WhatIf.objects.filter(template=template, status="open").order_by("-id").first()


def named(rows: Sequence[PeriodRow]) -> str:
    """Periods in words, oldest first."""
    return ", ".join(row.label for row in sorted(rows, key=lambda row: row.start))
