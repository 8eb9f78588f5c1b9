"""Saved views: a list's search, filters, order and columns under a name, for oneself or for the workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.errors import DomainError
from prm.tenancy.reference import reference
from prm.ui.models import SavedView

if TYPE_CHECKING:
    from prm.ui.lists.page import ListPage

MOST_COUNTED = 8
MOST_OF_A_PERSON = 30
IGNORED = {"page", "export", "fragment", "fields"}
LOOK: tuple[str, ...] = ("sort", "cols")


class ViewRefused(DomainError):
    """A view that cannot be saved."""


@dataclass(frozen=True, slots=True)
class SavedTab:
    """One tab above a list."""

    name: Any
    url: str
    is_current: bool = False
    count: str = ""
    view: SavedView | None = None
    is_mine: bool = False


def views_of(user_id: int | None, list_key: str) -> QuerySet[SavedView]:
    """A person's own views of a list and those shared with the workspace."""
    return SavedView.objects.filter(Q(user_id=user_id) | Q(is_shared=True), list_key=list_key).order_by(
        "position", "name", "pk"
    )


@reference
def views_at_hand(user_id: int | None, list_key: str) -> tuple[SavedView, ...]:
    """The same as rows, kept."""
    return tuple(views_of(user_id, list_key))


@dataclass(frozen=True, slots=True)
class TabSet:
    """The tabs of a list before anything is counted: (name, query, saved view) each, and the place of the present one.

    The page counts the present one for itself; of the others the first few are counted.
    """

    entries: Sequence[tuple[Any, str, SavedView | None]]
    current: int | None

    @property
    def places(self) -> list[int]:
        """Places of the tabs to count."""
        return [place for place in range(min(len(self.entries), MOST_COUNTED)) if place != self.current]

    @property
    def counted(self) -> list[str]:
        """What the tabs to count stand for."""
        return [self.entries[place][1] for place in self.places]


def tab_set_of(page: "ListPage") -> TabSet:
    """Everything, the ready views, the saved ones; nothing where everything would stand alone."""
    entries: list[tuple[Any, str, SavedView | None]] = [(_("All"), "", None)]
    entries += [(view.name, view.query, None) for view in page.ready_views]
    if page.has_saved_views:
        user_id = page.request.user.pk
        entries += [(view.name, view.full_query, view) for view in views_at_hand(user_id, page.key)]
    if len(entries) == 1:
        return TabSet((), None)
    return TabSet(entries, _current(page.query, [query for _name, query, _view in entries]))


def tabs_of(page: "ListPage") -> list[SavedTab]:
    """The tabs as they are drawn."""
    found = page.tab_set
    counts: dict[int, int] = dict(zip(found.places, page.tab_counts, strict=True)) if found.entries else {}
    if found.current is not None:
        counts[found.current] = page.total
    tabs = []
    for place, (name, query, view) in enumerate(found.entries):
        url = f"{page.request.path}?{query}" if query else page.request.path
        is_mine = view is not None and view.user_id == page.request.user.pk
        count = counts.get(place)
        words = "" if count is None else page.count_words(count)
        tabs.append(SavedTab(name, url, place == found.current, words, view, is_mine))
    return tabs


def _current(present: str, queries: list[str]) -> int | None:
    """Which view is on screen: same search and filters, and same order and columns where the view names them."""
    filters, look = _parts(present)
    fitting = []
    for place, query in enumerate(queries):
        its_filters, its_look = _parts(query)
        if its_filters == filters and its_look.items() <= look.items():
            fitting.append((len(its_look), -place))
    return -max(fitting)[1] if fitting else None


def _parts(query: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Search and filters on one side, order and columns on the other, without regard to their order."""
    values = {
        name: sorted(value for value in values if value)
        for name, values in QueryDict(query).lists()
        if name not in IGNORED and any(values)
    }
    look = {name: values.pop(name) for name in LOOK if name in values}
    return values, look


def save_view(*, actor: Actor, list_key: str, name: str, query: str, is_shared: bool) -> SavedView:
    """Keep a view under a name; the same name again replaces one's own view.

    Raises:
        ViewRefused: no name, or too many views, or nobody to keep it for.
    """
    if actor.user_id is None:
        raise ViewRefused(_("Only a signed-in person can keep a view."))
    name = " ".join(name.split())[:60]
    if not name:
        raise ViewRefused(_("Give the view a name."), field="name")
    mine = SavedView.objects.filter(user_id=actor.user_id, list_key=list_key)
    existing = mine.filter(name=name).first()
    if existing is None and mine.count() >= MOST_OF_A_PERSON:
        raise ViewRefused(_("You have many views of this list already. Delete one first."))
    parameters = QueryDict(query[:2000], mutable=True)
    columns = [part for value in parameters.pop("cols", []) for part in str(value).split(",") if part]
    for ignored in IGNORED:
        parameters.pop(ignored, None)
    view = existing or SavedView(user_id=actor.user_id, list_key=list_key, name=name)
    if existing is None:
        view.position = (mine.aggregate(last=Max("position"))["last"] or 0) + 1
    view.query, view.columns, view.is_shared = parameters.urlencode(), columns, is_shared
    view.save()
    return view


def delete_view(*, actor: Actor, view: SavedView) -> None:
    """Remove one's own view.

    Raises:
        ViewRefused: it belongs to somebody else.
    """
    if view.user_id != actor.user_id:
        raise ViewRefused(_("This view belongs to somebody else. Only they can delete it."))
    view.delete()
