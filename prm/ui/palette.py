"""The command palette: go to a page, find a record, switch the workspace, by a few letters.

Apps register providers in `AppConfig.ready()`:

    register_palette_provider(find_partners)      # find_partners(request, query) -> list[PaletteItem]

A provider is asked inside the request's scope, after two letters, and answers a few items the person may open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from prm.access.requests import ScopedRequest
from prm.ui.navigation import Area, visible_links

LEAST_LETTERS = 2
MOST_OF_A_PROVIDER = 6


@dataclass(frozen=True, slots=True)
class PaletteItem:
    """One line: where it goes, under which heading, with an icon and a word at the end."""

    label: Any
    url: str
    group: Any = ""
    icon: str = "arrow-right"
    detail: Any = ""


Provider = Callable[[ScopedRequest, str], Sequence[PaletteItem]]

_providers: dict[str, list[Provider]] = {"manager": [], "portal": []}


def register_palette_provider(provider: Provider, *, area: Area = "manager") -> None:
    """Ask this function as well. Registering it again changes nothing."""
    if provider not in _providers[area]:
        _providers[area].append(provider)


def search(request: ScopedRequest, query: str, area: Area) -> list[tuple[str, list[PaletteItem]]]:
    """What fits the letters, in groups: records first, then pages, then workspaces. Without letters the pages."""
    words = query.strip()
    items: list[PaletteItem] = []
    if len(words) >= LEAST_LETTERS:
        for provider in _providers[area]:
            items.extend(list(provider(request, words))[:MOST_OF_A_PROVIDER])
    items.extend(_pages(request, words, area))
    items.extend(_places(request, words))
    order = {str(item.group): place for place, item in reversed(list(enumerate(items)))}
    items.sort(key=lambda item: order[str(item.group)])
    return [(group, list(inside)) for group, inside in groupby(items, key=lambda item: str(item.group))]


def _fits(text: Any, words: str) -> bool:
    """Every word begins somewhere in the text."""
    parts = str(text).casefold().replace("-", " ").split()
    return all(any(part.startswith(word) for part in parts) for word in words.casefold().split())


def _pages(request: ScopedRequest, words: str, area: Area) -> list[PaletteItem]:
    return [
        PaletteItem(link.label, link.url, _("Pages"), link.icon)
        for link in visible_links(request, area)
        if _fits(link.label, words)
    ]


def _places(request: ScopedRequest, words: str) -> list[PaletteItem]:
    from prm.accounts.places import places_of

    if not words:
        return [PaletteItem(_("Switch workspace"), reverse("accounts:workspaces"), _("Actions"), "arrow-left-right")]
    found = [
        PaletteItem(place.name, place.url, _("Workspaces"), "arrow-left-right", place.detail)
        for place in places_of(request.user).all
        if place.url.split("/")[1:3] != request.path.split("/")[1:3] and _fits(f"{place.name} {place.detail}", words)
    ]
    if _fits(_("Switch workspace"), words):
        found.append(
            PaletteItem(_("Switch workspace"), reverse("accounts:workspaces"), _("Actions"), "arrow-left-right")
        )
    return found
