"""What is asked of a report, and whose eyes read the answer: programme, period, partners, resolved and narrowed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Partner, PartnerType, Programme, Region, Tier
from partners.reference import programmes, regions_by_id, scored_types, tiers_by_id
from performance.models import PERIOD_KINDS, GradeBand, PeriodRow, Scorecard
from performance.queries import overview
from performance.queries.cards import KIND_PREFERENCE, CardFilter, newest_run, region_with_children, trend_of
from performance.queries.reference import bands_for, periods_with_cards
from performance.queries.risks import RiskTest
from prm.access.permissions import all_permissions, permissions_of
from prm.access.portfolio import portfolio_of
from prm.accounts.models import Membership
from prm.errors import InvalidInput
from prm.tenancy.scope import require_scope
from prm.ui import formats

RELATIVE = ("running", "ended", "closed")
"""Periods that move on by themselves: `ended:quarter` is the newest quarter that is over on the day of reading."""

Filters = Mapping[str, str]

MOST_DIGITS = 19
"""No number of a person has as many."""
MOST_CHOSEN = 100
"""Whoever means more chooses a tier, a region, a type or an owner."""
NAMED = 4
"""So many partners are named in words; the others are counted."""

NOBODY = (0,)
"""The portfolio of somebody who looks after no partner: a number that no partner has. Statements written by hand take
conditions from querysets, and Django writes none for an empty list."""


@dataclass(frozen=True)
class Reader:
    """Whose rights an answer keeps within. `portfolio` None stands for the whole workspace; with `partner_id` the
    reader is a partner, who sees its own rows."""

    permissions: frozenset[str]
    portfolio: tuple[int, ...] | None = None
    user_id: int | None = None
    partner_id: int | None = None

    @classmethod
    def of_member(cls, membership: Membership) -> "Reader":
        """A person of the workspace, as their membership stands now."""
        ids = portfolio_of(membership)
        permissions = permissions_of(membership.role)
        if ids is None:
            return cls(permissions, None, membership.user_id)
        owned = Partner.objects.filter(pk__in=ids).order_by("pk").values_list("pk", flat=True)
        return cls(permissions, tuple(owned) or NOBODY, membership.user_id)

    @classmethod
    def of_partner(cls, partner_id: int, permissions: frozenset[str]) -> "Reader":
        """A partner, who reads what the workspace sends it."""
        return cls(permissions, (partner_id,), None, partner_id)

    @classmethod
    def of_workspace(cls, codes: Iterable[str] | None = None) -> "Reader":
        """The whole workspace: API keys with their scopes, the system itself."""
        return cls(frozenset(str(one) for one in all_permissions()) if codes is None else frozenset(codes))


@dataclass(frozen=True)
class AskedCards(CardFilter):
    """Cards narrowed by everything a report can be narrowed by."""

    tier_id: int | None = None
    owner_id: int | None = None
    partner_ids: tuple[int, ...] | None = None

    def cards(self) -> QuerySet[Scorecard]:
        """The cards, of all periods."""
        cards = super().cards()
        if self.tier_id is not None:
            cards = cards.filter(tier_id=self.tier_id)
        if self.owner_id is not None:
            cards = cards.filter(partner_id__in=Partner.objects.filter(owner_id=self.owner_id).values("pk"))
        if self.partner_ids is not None:
            cards = cards.filter(partner_id__in=self.partner_ids)
        return cards


@dataclass(frozen=True)
class Question:
    """What is asked, resolved on a day. Made by `ask`. `chosen` are the partners named one by one; None stands for
    nobody in particular."""

    filters: Filters
    reader: Reader
    today: date
    programme: Programme | None
    period: PeriodRow | None
    periods: Sequence[PeriodRow]
    tier: Tier | None
    region: Region | None
    partner_type: PartnerType | None
    owner_id: int | None
    chosen: tuple[Partner, ...] | None

    @property
    def partner(self) -> Partner | None:
        """The one partner asked about, if it is one."""
        return self.chosen[0] if self.chosen is not None and len(self.chosen) == 1 else None

    @cached_property
    def asked(self) -> AskedCards:
        """Whose cards."""
        regions = regions_by_id().values()
        return AskedCards(
            programme_id=self.programme.pk if self.programme else 0,
            region_ids=region_with_children(self.region.pk, regions) if self.region else (),
            partner_type_id=self.partner_type.pk if self.partner_type else None,
            portfolio=self.reader.portfolio,
            tier_id=self.tier.pk if self.tier else None,
            owner_id=self.owner_id,
            partner_ids=self._chosen_ids,
        )

    @property
    def _chosen_ids(self) -> tuple[int, ...] | None:
        return None if self.chosen is None else tuple(one.pk for one in self.chosen) or NOBODY

    def cards(self) -> QuerySet[Scorecard]:
        """The cards of the period."""
        return self.asked.cards().filter(period_id=self.period.pk if self.period else 0)

    def partners(self) -> QuerySet[Partner]:
        """The partners asked about, whether they have a card or not."""
        found = Partner.objects.all()
        if self.reader.portfolio is not None:
            found = found.filter(pk__in=self.reader.portfolio)
        if self.region is not None:
            found = found.filter(region_id__in=self.asked.region_ids)
        if self.partner_type is not None:
            found = found.filter(partner_type=self.partner_type)
        if self.owner_id is not None:
            found = found.filter(owner_id=self.owner_id)
        if self.tier is not None:
            found = found.filter(pk__in=self.asked.cards().values("partner_id"))
        return found if self._chosen_ids is None else found.filter(pk__in=self._chosen_ids)

    @cached_property
    def bands(self) -> list[GradeBand]:
        """The grades in force in the period."""
        return bands_for(self.programme.pk, self.period.start) if self.programme and self.period else []

    @cached_property
    def risk(self) -> RiskTest | None:
        """The rules by which a card of the period is at risk."""
        return RiskTest.of(self.bands, self.period, self.today) if self.period else None

    @cached_property
    def recent(self) -> list[PeriodRow]:
        """The period and those before it, oldest first."""
        return trend_of(self.period) if self.period else []

    @cached_property
    def trend(self) -> list[overview.TrendPoint]:
        """How the cards asked about stood in the last periods."""
        return overview.trend(self.asked, self.recent) if self.recent else []

    @cached_property
    def run_id(self) -> int | None:
        """The newest recompute: what the figures were as of."""
        run = newest_run()
        return run.pk if run else None

    def kept(self, key: str, make: Callable[[], Any]) -> Any:
        """What a report works out once for rows, chart and story alike."""
        store: dict[str, Any] = self.__dict__.setdefault("_kept", {})
        if key not in store:
            store[key] = make()
        return store[key]

    def words(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """The filters that a report uses, in words: what each is called and what was chosen."""
        said: list[tuple[str, str]] = []
        if "programme" in names and self.programme:
            said.append((_("Programme"), self.programme.name))
        if "period" in names:
            said.append((_("Period"), period_words(self.period) if self.period else _("None fits yet")))
        for name, label, row in (
            ("tier", _("Tier"), self.tier),
            ("region", _("Region"), self.region),
            ("type", _("Type"), self.partner_type),
        ):
            if name in names and row is not None:
                said.append((label, str(row.name)))
        if "partner" in names and self.chosen is not None:
            said.append((_("Partner") if len(self.chosen) == 1 else _("Partners"), _names_of(self.chosen)))
        if self.filters.get("mine"):
            said.append((_("Partners"), _("Those the reader looks after")))
        elif self.owner_id is not None and "owner" in names and self.reader.partner_id is None:
            said.append((_("Owner"), _owner_name(self.owner_id)))
        if self.reader.portfolio is not None and self.reader.partner_id is None:
            said.append((_("Reader"), _("Sees own partners only")))
        return said


def ask(
    filters: Filters, reader: Reader, *, today: date, period: PeriodRow | None = None, is_asking: bool = True
) -> Question:
    """Resolve filters for a reader on a day; `period` answers for another than the one the filters name.

    Where a reader is sent what somebody else chose, `is_asking` is False: partners that are not theirs to see are left
    out instead of refused.

    Raises:
        InvalidInput: a filter names something that does not exist; its `field` is the filter.
    """
    active = programmes()
    programme = _one(active, "key", filters.get("programme", ""), "programme", _("There is no such programme."))
    programme = programme or (active[0] if active else None)
    periods = periods_with_cards(programme.pk) if programme else ()
    types = scored_types()
    tiers = [row for row in tiers_by_id().values() if programme and row.programme_id == programme.pk]
    regions = list(regions_by_id().values())
    owner = filters.get("owner", "")
    if owner and not (owner.isascii() and owner.isdigit() and len(owner) < MOST_DIGITS):
        raise InvalidInput(_("There is no such owner."), field="owner")
    owner_id = int(owner) if owner else None
    if filters.get("mine"):
        owner_id = reader.user_id if reader.user_id is not None else 0
    if reader.partner_id is not None:
        owner_id = None
    return Question(
        filters=dict(filters),
        reader=reader,
        today=today,
        programme=programme,
        period=period or find_period(periods, filters.get("period", ""), today),
        periods=periods,
        tier=_one(tiers, "key", filters.get("tier", ""), "tier", _("The programme has no such tier.")),
        region=_one(regions, "key", filters.get("region", ""), "region", _("There is no such region.")),
        partner_type=_one(types, "key", filters.get("type", ""), "type", _("There is no such partner type.")),
        owner_id=owner_id,
        chosen=_chosen(filters.get("partner", ""), reader, is_asking=is_asking),
    )


def find_period(periods: Sequence[PeriodRow], text: str, today: date) -> PeriodRow | None:
    """The period that a filter names on a day, newest first in `periods`. Empty: the newest that is over.

    Raises:
        InvalidInput: it is neither a label of a period with scorecards nor a relative period.
    """
    if not text:
        ended = (_relative(periods, "ended", kind.value, today) for kind in KIND_PREFERENCE)
        return next((one for one in ended if one), periods[0] if periods else None)
    which, _colon, kind = text.partition(":")
    if kind and which in RELATIVE and kind in dict(PERIOD_KINDS):
        return _relative(periods, which, kind, today)
    found = next((one for one in periods if one.label == text), None)
    if found is None:
        raise InvalidInput(_("There is no period “%(label)s” with scorecards.") % {"label": text}, field="period")
    return found


def _relative(periods: Sequence[PeriodRow], which: str, kind: str, today: date) -> PeriodRow | None:
    def fits(one: PeriodRow) -> bool:
        if which == "closed":
            return one.is_closed
        return one.end <= today if which == "ended" else one.start <= today < one.end

    return next((one for one in periods if one.kind == kind and fits(one)), None)


def period_words(period: PeriodRow) -> str:
    """A period with its days and whether its figures are final."""
    span = f"{formats.day(period.start, year=True)} – {formats.day(period.value.last_day, year=True)}"
    state = _("final") if period.is_closed else _("not closed")
    return f"{period.label} ({span}, {state})"


def _one(rows: Sequence[Any], name: str, wanted: str, field: str, refusal: str) -> Any:
    if not wanted:
        return None
    found = next((row for row in rows if str(getattr(row, name)) == wanted), None)
    if found is None:
        raise InvalidInput(refusal, field=field)
    return found


def _chosen(numbers: str, reader: Reader, *, is_asking: bool) -> tuple[Partner, ...] | None:
    """The partners that a filter names by number, parted by commas."""
    if reader.partner_id is not None:
        return (Partner.objects.get(pk=reader.partner_id),)
    if not numbers:
        return None
    numbers = numbers.replace("\0", "�")  # no text in the database has that sign
    wanted = [one.strip() for one in numbers.split(",") if one.strip()]
    if len(wanted) > MOST_CHOSEN:
        raise InvalidInput(_("Choose at most %(count)s partners.") % {"count": MOST_CHOSEN}, field="partner")
    there = {row.external_id: row for row in Partner.objects.filter(external_id__in=[*wanted, numbers])}
    wanted = [numbers] if numbers in there else wanted
    found = there
    if reader.portfolio is not None:
        found = {number: row for number, row in there.items() if row.pk in reader.portfolio}
    missing = [one for one in wanted if one not in (found if is_asking else there)]
    if missing:
        raise InvalidInput(
            _("There is no partner with the number “%(number)s” among those you see.") % {"number": missing[0]},
            field="partner",
        )
    return tuple(found[one] for one in dict.fromkeys(wanted) if one in found)


def _names_of(chosen: Sequence[Partner]) -> str:
    names = ", ".join(one.name for one in chosen[:NAMED]) or formats.NONE
    rest = len(chosen) - NAMED
    if rest <= 0:
        return names
    return ngettext("%(names)s and %(rest)d more", "%(names)s and %(rest)d more", rest) % {"names": names, "rest": rest}


def _owner_name(user_id: int) -> str:
    people = Membership.objects.filter(tenant_id=require_scope().tenant_id, user_id=user_id)
    row = people.select_related("user").first()
    return str(row.user) if row else _("Unknown")
