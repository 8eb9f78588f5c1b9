"""Questions that partner records ask and later apps answer in `AppConfig.ready()`; this app may not import them.

- `fact_listeners`: who must know that a fact which scoring reads has changed;
- `partner_tabs`, `partner_side_panels`, `partner_steps`: parts of the partner page;
- `partner_list_columns`: columns of the partner list, with what they need in the query;
- `timeline_sources`: events of a partner beside the audit trail.

A registry keeps its entries by key and yields them by `order`, so that the outcome does not depend on the order in
which apps are loaded.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet

from prm.access.permissions import Permission
from prm.access.requests import TenantRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every registered thing has: a key of its own and a place in the order (10, 20, 30 …)."""

    key: str
    order: int = 50


T = TypeVar("T", bound=Entry)


class Registry(Generic[T]):
    """Entries by key, in order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[str, T] = {}

    def register(self, entry: T) -> None:
        """Add an entry.

        Raises:
            ValueError: when the key is taken.
        """
        if entry.key in self._entries:
            raise ValueError(f"{self.name}: {entry.key} is registered twice.")
        self._entries[entry.key] = entry

    def get(self, key: str) -> T | None:
        """The entry with this key, or None."""
        return self._entries.get(key)

    def __iter__(self) -> Iterator[T]:
        return iter(sorted(self._entries.values(), key=lambda entry: (entry.order, entry.key)))


# --- Facts that scoring reads ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """Facts of partners changed: `facts` is a subset of type, region, tier, status, or new for new partners.

    `since` is the first day for which the new fact holds (None: it holds for all time, since type and region have no
    history). `programme_id` is set for a tier.
    """

    partner_ids: tuple[int, ...]
    facts: frozenset[str]
    since: date | None = None
    programme_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactListener(Entry):
    """Called inside the transaction of the change, after it is written."""

    call: Callable[[FactChange], None]


fact_listeners: Registry[FactListener] = Registry("fact_listeners")


def announce(change: FactChange) -> None:
    """Tell every listener."""
    for listener in fact_listeners:
        listener.call(change)


# --- Parts of the partner page --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerTab(Entry):
    """A tab of the partner page, /t/<tenant>/partners/<partner>/<key>/; the first one opens by itself.

    `template` is included with the page's context and what `context(request, partner)` returns;
    `actions_template`, if any, puts buttons into the page's head. The person needs `permission` to see it.
    """

    label: Any
    template: str
    permission: Permission
    context: Callable[[TenantRequest, Any], Mapping[str, Any]]
    actions_template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerSidePanel(Entry):
    """A panel in the right rail of the partner page. Its template reads `panel`; an empty context hides it."""

    template: str
    permission: Permission
    context: Callable[[TenantRequest, Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerStep(Entry):
    """A step in the menu of the partner page. `url(request, partner)` leads to its page; empty where it is not possible
    now. The person needs `permission` to see it.
    """

    label: Any
    icon: str
    permission: Permission
    url: Callable[[TenantRequest, Any], str]
    is_danger: bool = False


partner_tabs: Registry[PartnerTab] = Registry("partner_tabs")
partner_side_panels: Registry[PartnerSidePanel] = Registry("partner_side_panels")
partner_steps: Registry[PartnerStep] = Registry("partner_steps")


# --- Columns of the partner list ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerListColumns(Entry):
    """Columns that another app brings to the partner list and its export.

    `columns(request)` returns columns of prm.ui.lists; they stand behind the tier. `annotate(queryset, request)` adds
    what sorting and filtering need, in one statement. `attach(partners, request)` sets further attributes on the
    partners of one page (or one chunk of an export), with a fixed number of queries. `filters(request)` returns
    django-filter filters by name, `views(request)` ready views and `actions(request)` bulk actions of prm.ui.lists.
    Without `permission` nothing of it is there.
    """

    columns: Callable[[TenantRequest], Sequence[Any]]
    permission: Permission
    annotate: Callable[[QuerySet, TenantRequest], QuerySet] | None = None
    attach: Callable[[Sequence[Any], TenantRequest], None] | None = None
    filters: Callable[[TenantRequest], Mapping[str, Any]] | None = None
    views: Callable[[TenantRequest], Sequence[Any]] | None = None
    actions: Callable[[TenantRequest], Sequence[Any]] | None = None


partner_list_columns: Registry[PartnerListColumns] = Registry("partner_list_columns")


# --- Timeline -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineItem:
    """One event on a partner's timeline. `tone` is pos, warn, neg, acc or empty; `url` opens the record behind it."""

    at: datetime
    kind: str
    key: str
    title: str
    meta: str = ""
    body: str = ""
    details: tuple[tuple[str, str, str], ...] = ()
    url: str = ""
    tone: str = ""
    icon: str = "circle"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineSource(Entry):
    """Where events come from.

    `kinds` names what the source can deliver, for the filter. `fetch(partner, kinds, until, limit)` returns at most
    `limit` items of these kinds with `at <= until` (None: no bound), newest first. Audit entries whose action begins
    with one of `audit_prefixes` it tells in its own words, so the audit trail leaves them to it.
    """

    kinds: Mapping[str, Any]
    fetch: Callable[[Any, Collection[str], datetime | None, int], Sequence[TimelineItem]]
    audit_prefixes: tuple[str, ...] = ()


timeline_sources: Registry[TimelineSource] = Registry("timeline_sources")
