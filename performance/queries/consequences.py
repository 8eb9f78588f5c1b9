"""What follows from grades: what would follow before it is switched on or a period is closed, and what has followed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.db.models.expressions import RawSQL

from performance.choices import OutcomeState
from performance.consequences import ConsequenceKind, consequence_kinds
from performance.engine import consequences as statements
from performance.models import BandConsequence, GradeBand, Outcome, PeriodRow, Scorecard, ScorecardTemplate
from performance.queries.cards import KIND_PREFERENCE
from performance.queries.reference import periods_with_cards
from prm.tenancy.scope import require_scope


@dataclass(frozen=True, slots=True)
class Due:
    """A consequence that follows from a card, or would."""

    card_id: int
    partner_id: int
    kind: str
    timing: str
    grade: str
    former_grade: str


@dataclass(frozen=True)
class DueList:
    """All consequences of one period, by card and by kind."""

    rows: Sequence[Due]

    @cached_property
    def by_card(self) -> dict[int, list[Due]]:
        """What follows from each card, in the order of the kinds."""
        found: dict[int, list[Due]] = {}
        places = {key: place for place, key in enumerate(consequence_kinds.keys)}
        for row in sorted(self.rows, key=lambda row: places[row.kind]):
            found.setdefault(row.card_id, []).append(row)
        return found

    @cached_property
    def kinds(self) -> list[tuple[ConsequenceKind, int]]:
        """Each kind with how many partners it is about."""
        partners = Counter(kind for kind, _partner in {(row.kind, row.partner_id) for row in self.rows})
        return [(kind, partners[kind.key]) for kind in consequence_kinds if partners[kind.key]]

    @cached_property
    def counts(self) -> dict[tuple[str, str], int]:
        """How many cards, by grade and kind."""
        return dict(Counter((row.grade, row.kind) for row in self.rows))

    @property
    def partner_count(self) -> int:
        """How many partners anything follows for."""
        return len({row.partner_id for row in self.rows})

    def cards(self, kind: str = "") -> QuerySet[Scorecard]:
        """The cards that something follows from, or that one kind does."""
        ids = sorted({row.card_id for row in self.rows if not kind or row.kind == kind})
        return Scorecard.objects.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", (ids,)))


def due_in_force(period: PeriodRow, *, partners: Iterable[int] | None = None) -> DueList:
    """What closing the period now would bring, by the versions that score it and have their consequences on."""
    return _due(statements.DUE_IN_FORCE, period, partners, template=None)


def due_as_version(template: ScorecardTemplate, period: PeriodRow, *, partners: Iterable[int] | None = None) -> DueList:
    """What the period would have brought had this version been in force, its consequences on."""
    return _due(statements.DUE_AS_VERSION, period, partners, template=template.pk)


def _due(statement: str, period: PeriodRow, partners: Iterable[int] | None, *, template: int | None) -> DueList:
    params = {
        "tenant": require_scope().tenant_id,
        "template": template,
        "kinds": consequence_kinds.keys,
        "period": period.pk,
        "cards": None,
        "partners": None if partners is None else list(partners),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return DueList([Due(*row) for row in cursor.fetchall()])


def has_choice(template: ScorecardTemplate) -> bool:
    """Whether a version has any consequence for any grade."""
    return BandConsequence.objects.filter(band__template=template).exists()


def trial_periods(template: ScorecardTemplate, today: date) -> list[PeriodRow]:
    """The periods that a version's consequences can be tried on, the newest first.

    Those of the kinds they follow from that have begun and have cards of the programme; of all its kinds where that
    leaves none.
    """
    begun = [row for row in periods_with_cards(template.programme_id) if row.start <= today]
    own = [row for row in begun if row.kind in template.consequence_periods]
    return own or [row for row in begun if row.kind in template.period_kinds]


def usual_period(periods: Sequence[PeriodRow], today: date) -> PeriodRow | None:
    """The one to begin with: the last closed of the main kind, else the last that has ended, else the running one."""
    kinds = [kind for kind in KIND_PREFERENCE if any(row.kind == kind for row in periods)]
    main = [row for row in periods if row.kind == kinds[0]] if kinds else list(periods)
    closed = [row for row in main if row.is_closed]
    ended = [row for row in main if row.end <= today]
    return next(iter(closed or ended or main), None)


def versions_of(period: PeriodRow) -> list[ScorecardTemplate]:
    """The versions that score the cards of a period, with their grades and what follows from them."""
    used = Scorecard.objects.filter(period=period).order_by().values("template_id").distinct()
    versions = ScorecardTemplate.objects.filter(pk__in=used).prefetch_related("bands__consequences")
    return list(versions.order_by("programme_id", "version"))


def bands_with_consequences(template: ScorecardTemplate) -> list[GradeBand]:
    """The grades of a version with what follows from each, the best first; read anew unless both are there already."""
    fetched = getattr(template, "_prefetched_objects_cache", {}).get("bands")
    if fetched is not None and all(
        "consequences" in getattr(band, "_prefetched_objects_cache", {}) for band in fetched
    ):
        return list(fetched)
    return list(template.bands.prefetch_related("consequences"))


def outcomes(portfolio: Any | None = None) -> QuerySet[Outcome]:
    """What has followed, about the partners a person may see, with what a line of the list shows."""
    rows = Outcome.objects.select_related(
        "partner__owner", "scorecard__period", "scorecard__programme", "scorecard__template", "restatement"
    )
    return rows if portfolio is None else rows.filter(partner_id__in=portfolio)


def outcomes_of(card: Scorecard, *, is_portal: bool = False) -> list[Outcome]:
    """What has followed from one card; for the partner only what it was told."""
    rows = Outcome.objects.filter(scorecard_id=card.pk).select_related("partner", "scorecard__period")
    if is_portal:
        told = [kind.key for kind in consequence_kinds if kind.tells_partner]
        rows = rows.filter(kind__in=told, state=OutcomeState.DONE)
    return list(rows.order_by("noted_at", "pk"))


def counts_by_period(period_ids: Iterable[int]) -> dict[int, int]:
    """How many consequences followed from each period."""
    rows = Outcome.objects.filter(scorecard__period_id__in=list(period_ids)).order_by()
    return dict(rows.values_list("scorecard__period_id").annotate(count=Count("pk")))
