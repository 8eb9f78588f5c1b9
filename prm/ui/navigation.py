"""The menus of the manager workspace and of the portal. Apps register their entries in `AppConfig.ready()`.

    register(NavItem("main", _("Partners"), "building", "partners:partner_list", PARTNER_VIEW, order=20))

An entry is shown to people who hold its permission. No entry may lead to a page that does not exist: the check
`ui.E001` tries every address at start-up.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from prm.access.permissions import Permission
from prm.access.requests import AppRequest

Area = Literal["manager", "portal"]


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry. `url_name` is reversed with the tenant (and in the portal the partner) of the request.

    `also` names further views that belong to the entry, as beginnings of their names, so that it stays marked on them;
    the entry's own name without `_list` always counts. `count` answers a number for the end of the line, or None.
    `is_alert` prints that number as something to act on. `shown` leaves the entry out where it answers False. `quick`
    puts the entry into the bottom bar of a phone, with a `short` label where the long one would not fit. `key` is the
    letter after `g` on the keyboard.
    """

    section: str
    label: Any
    icon: str
    url_name: str
    permission: Permission | None = None
    order: int = 100
    count: Callable[[AppRequest], int | None] | None = None
    is_alert: bool = False
    shown: Callable[[AppRequest], bool] | None = None
    quick: bool = False
    short: Any = ""
    key: str = ""
    also: tuple[str, ...] = ()

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Beginnings of the view names that belong to this entry."""
        return (self.url_name.removesuffix("_list"), *self.also)


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry as it stands on one page."""

    item: NavItem
    url: str
    is_current: bool = False
    number: int | None = None

    @property
    def label(self) -> Any:
        return self.item.label

    @property
    def short_label(self) -> Any:
        return self.item.short or self.item.label

    @property
    def icon(self) -> str:
        return self.item.icon


@dataclass(frozen=True, slots=True)
class NavSection:
    """A group of entries with an optional heading."""

    key: str
    label: Any
    order: int
    links: tuple[NavLink, ...] = field(default=())


_items: dict[str, list[NavItem]] = {"manager": [], "portal": []}
_sections: dict[str, dict[str, NavSection]] = {
    "manager": {
        "main": NavSection("main", "", 0),
        "setup": NavSection("setup", _("Set-up"), 900),
    },
    "portal": {
        "main": NavSection("main", "", 0),
        "company": NavSection("company", _("Your company"), 900),
    },
}


def register_section(key: str, label: Any, *, order: int, area: Area = "manager") -> None:
    """Add a heading to the menu. The same key again changes nothing."""
    _sections[area].setdefault(key, NavSection(key, label, order))


def register(item: NavItem, *, area: Area = "manager") -> None:
    """Add an entry to a menu. The same address again replaces the entry.

    Raises:
        ValueError: when the section is unknown; register it first.
    """
    if item.section not in _sections[area]:
        raise ValueError(f"The menu has no section {item.section}. Call register_section first.")
    _items[area] = [*(one for one in _items[area] if one.url_name != item.url_name), item]


def registered_items() -> Iterator[tuple[Area, NavItem]]:
    """Every entry of every menu, for the start-up check."""
    for area in ("manager", "portal"):
        for item in _items[area]:
            yield area, item


def visible_sections(request: AppRequest, area: Area) -> list[NavSection]:
    """The menu of this person on this page, with counts; computed once for a request."""
    cached = getattr(request, "_nav_sections", None)
    if cached is not None and cached[0] == area:
        return cached[1]
    links = visible_links(request, area)
    found = []
    for section in sorted(_sections[area].values(), key=lambda one: one.order):
        inside = tuple(_with_count(request, link) for link in links if link.item.section == section.key)
        if inside:
            found.append(replace(section, links=inside))
    request._nav_sections = (area, found)  # type: ignore[attr-defined]
    return found


def bottom_bar(request: AppRequest, area: Area) -> list[NavLink]:
    """Up to four entries for the bar at the bottom of a phone; the fifth place opens the whole menu."""
    links = (link for section in visible_sections(request, area) for link in section.links if link.item.quick)
    return sorted(links, key=lambda link: (link.item.order, link.item.url_name))[:4]


def visible_links(request: AppRequest, area: Area) -> list[NavLink]:
    """Permitted entries with addresses, in order; computed once for a request."""
    cached = getattr(request, "_nav_links", None)
    if cached is not None and cached[0] == area:
        return cached[1]
    can = getattr(request, "can", ())
    kwargs = url_kwargs(request, area)
    present = _current(request, area)
    links = []
    for item in sorted(_items[area], key=lambda one: (one.order, str(one.url_name))):
        if item.permission is not None and item.permission not in can:
            continue
        if item.shown is not None and not item.shown(request):
            continue
        try:
            url = reverse(item.url_name, kwargs=kwargs)
        except NoReverseMatch:  # named by ui.E001; a page is not lost over its menu
            continue
        links.append(NavLink(item, url, is_current=item is present))
    request._nav_links = (area, links)  # type: ignore[attr-defined]
    return links


def url_kwargs(request: AppRequest, area: Area) -> dict[str, Any]:
    """What addresses of this area need: the tenant's short name, in the portal the partner as well."""
    tenant = getattr(request, "tenant", None)
    kwargs: dict[str, Any] = {"tenant": tenant.slug} if tenant is not None else {}
    access = getattr(request, "partner_access", None)
    if area == "portal" and access is not None:
        kwargs["partner"] = access.partner_public_id
    return kwargs


def _current(request: AppRequest, area: Area) -> NavItem | None:
    """The entry whose prefix fits the present view best."""
    match = getattr(request, "resolver_match", None)
    name = match.view_name if match else ""
    fitting = [
        (len(prefix), item) for item in _items[area] for prefix in item.prefixes if prefix and name.startswith(prefix)
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _with_count(request: AppRequest, link: NavLink) -> NavLink:
    return link if link.item.count is None else replace(link, number=link.item.count(request))
