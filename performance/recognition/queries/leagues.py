"""League tables: rated partners of one programme and period in groups, each with its place and the one before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from partners.models import Partner
from performance.models import PeriodRow, Scorecard
from performance.queries.reference import periods_by_id
from performance.recognition import statements
from performance.recognition.models import LeagueSetting
from performance.recognition.words.cohorts import group_name
from performance.rules.scoring import COHORT_SHOWN_FROM
from prm.tenancy.scope import require_scope


@dataclass(frozen=True, slots=True)
class Place:
    """Where a partner stands in its group, and where it stood in the same group a period earlier."""

    partner_id: int
    place: int
    members: int
    total: Decimal
    grade: str
    place_before: int | None
    members_before: int | None
    is_named: bool

    @property
    def moved(self) -> int | None:
        """Places gained; negative when lost. None where it was not in this group before."""
        return None if self.place_before is None else self.place_before - self.place


_OF_PARTNERS = " AND n.partner_id = ANY(%(partners)s)"
_OF_GROUP = " AND {column} IS NOT DISTINCT FROM %({column})s"
_ORDER = " ORDER BY n.place, n.partner_id LIMIT %(most)s"


def places_of(partner_ids: Collection[int], *, programme_id: int, period: PeriodRow, cohort: str) -> dict[int, Place]:
    """The places of some partners, each in its own group, by partner; one statement."""
    sql = statements.places(cohort) + _OF_PARTNERS
    rows = _rows(sql, {**_parameters(programme_id, period), "partners": list(partner_ids)})
    return {row.partner_id: row for row in rows}


def top_of(card: Scorecard, *, period: PeriodRow, cohort: str, top: int) -> list[Place]:
    """The first places in the group of a card, the highest first; ties at the end are all there, up to twice `top`."""
    group = {name: getattr(card, name) for name in statements.COHORT_COLUMNS[cohort]}
    narrowed = "".join(_OF_GROUP.format(column=name).replace(" AND ", " AND n.", 1) for name in group)
    sql = statements.places(cohort) + narrowed + " AND n.place <= %(top)s" + _ORDER
    return _rows(sql, {**_parameters(card.programme_id, period), **group, "top": top, "most": 2 * top})


def _parameters(programme_id: int, period: PeriodRow) -> dict[str, Any]:
    before = next(
        (row.pk for row in periods_by_id().values() if row.kind == period.kind and row.seq == period.seq - 1), None
    )
    tenant_id = require_scope().tenant_id
    return {"tenant": tenant_id, "programme": programme_id, "period": period.pk, "before": before}


def _rows(sql: str, params: dict[str, Any]) -> list[Place]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [Place(*values) for values in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table as a partner reads it: `name` is empty where the holder of the place stays unnamed."""

    place: Place
    name: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class LeagueTable:
    """What a partner sees: the first places of its group, and its own place where it is not among them."""

    setting: LeagueSetting
    period: PeriodRow
    group: str
    own: Place | None
    lines: Sequence[Line]
    members: int

    @property
    def is_too_small(self) -> bool:
        """Whether so few are rated that places would say too much about each."""
        return self.members < COHORT_SHOWN_FROM

    @property
    def is_listed(self) -> bool:
        """Whether the own place is among the lines."""
        return any(line.is_own for line in self.lines)


def league_of(card: Scorecard, setting: LeagueSetting, period: PeriodRow) -> LeagueTable:
    """The table that the partner of a card sees for the card's period."""
    group = group_name(card, setting.cohort)
    own = places_of([card.partner_id], programme_id=card.programme_id, period=period, cohort=setting.cohort).get(
        card.partner_id
    )
    found = top_of(card, period=period, cohort=setting.cohort, top=setting.top) if card.rated else []
    members = own.members if own else 0
    if members < COHORT_SHOWN_FROM:
        return LeagueTable(setting, period, group, None, [], members)
    named = [row.partner_id for row in found if row.is_named and setting.shows_names]
    names = dict(Partner.objects.filter(pk__in=named).values_list("pk", "name"))
    names[card.partner_id] = str(card.partner)
    lines = [Line(row, names.get(row.partner_id, ""), row.partner_id == card.partner_id) for row in found]
    return LeagueTable(setting, period, group, own, lines, members)
