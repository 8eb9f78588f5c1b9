"""One class for every list: rows, filters, search, order, columns, pages, saved views, bulk bar, export."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template import Context
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext_lazy
from django_filters import FilterSet

from prm.access.permissions import Permission
from prm.access.requests import AppRequest
from prm.access.views import DeclaredView
from prm.ui import formats
from prm.ui.lists.columns import Column, ordered
from prm.ui.lists.counts import count_all
from prm.ui.lists.export import FORMATS, export_response
from prm.ui.lists.filters import Chip, apply_filters, chips_of, with_parameters
from prm.ui.lists.saved import SavedTab, TabSet, tab_set_of, tabs_of
from prm.ui.navigation import url_kwargs

PAGE_SIZE = 25
CHUNK = 500
OWN_PARAMETERS = frozenset({"q", "sort", "cols", "page", "export", "fields"})


@dataclass(frozen=True, slots=True)
class BulkAction:
    """Something to do with the selected rows. The bar posts `row` (ids), or `all=1` and `query`, to `url_name`."""

    label: Any
    icon: str
    url_name: str
    permission: Permission | None = None
    is_danger: bool = False


@dataclass(frozen=True, slots=True)
class ReadyView:
    """A view that comes with the list: a name and the query it stands for."""

    name: Any
    query: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell on screen."""

    column: Column
    opening: SafeString
    row: Any
    value: Any

    def html(self, context: Context) -> str:
        """The whole cell."""
        return f"{self.opening}{self.column.content(self.row, self.value, context)}</td>"


@dataclass(frozen=True, slots=True)
class Row:
    """One row on screen: its record, id for selecting, cells."""

    object: Any
    id: Any
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Hint:
    """Which filter to drop when nothing is left, and how many rows there would be."""

    words: str
    count: int
    url: str


class ListPage(DeclaredView):
    """A list. Put it before `TenantView` or `PortalView` in the bases and declare at least `key`, `columns`, `rows`.

        class PartnerListView(ListPage, TenantView):
            permission = PARTNER_VIEW
            key = "partners"
            title = _("Partners")
            template_name = "partners/partner_list.html"     # extends "ui/list.html"
            columns = (Column("name", _("Partner"), sort="name", always=True, template="partners/cells/name.html"), …)
            filterset_class = PartnerFilter
            default_sort = "name"

            def rows(self): return access_partners(self.request.membership)

    Everything a person chose stands in the address: `q`, the filters, `sort`, `cols`, `page`. `export=csv` downloads.
    """

    registry: ClassVar[dict[str, type["ListPage"]]] = {}

    key: str = ""
    title: Any = ""
    template_name = "ui/list.html"
    base_template = "base_manager.html"
    columns: tuple[Column, ...] = ()
    filterset_class: type[FilterSet] | None = None
    default_sort = ""
    page_size = PAGE_SIZE
    search_label: Any = gettext_lazy("Search")
    search_placeholder: Any = ""
    search_fields: tuple[str, ...] = ()
    """Order_by paths searched with icontains; override `search` for more."""
    ready_views: tuple[ReadyView, ...] = ()
    bulk_actions: tuple[BulkAction, ...] = ()
    counted: Any = ngettext_lazy("%(count)s row", "%(count)s rows", "count")
    """The count in words, for the line above the list and the empty hint."""
    empty_title: Any = gettext_lazy("Nothing here yet")
    empty_text: Any = ""
    empty_art = "partners"
    empty_template = ""
    """Buttons of the empty state."""
    export_permission: Permission | None = None
    has_export = True
    has_saved_views = True
    count_limit = 100_000
    """Counted no further, and shown as “100,000+”: counting ten million rows takes longer than anything else here."""
    two_lines = True
    """Rows of 52 px for names with a second line."""
    table_css = ""
    """A class of the table, for a list that is drawn in its own way."""
    row_id = "public_id"

    kwargs: dict[str, Any]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.key:
            ListPage.registry[cls.key] = cls

    # --- to override ------------------------------------------------------------------------------------------------
    def rows(self) -> QuerySet:
        """Every row this person may see, with what columns and filters need."""
        raise NotImplementedError

    def search(self, rows: QuerySet, text: str) -> QuerySet:
        """Rows that fit the text: every word in one of `search_fields`."""
        for word in text.split()[:6]:
            fits = Q()
            for path in self.search_fields:
                fits |= Q(**{f"{path}__icontains": word})
            rows = rows.filter(fits)
        return rows

    def prepare(self, objects: list[Any]) -> list[Any]:
        """Add to the rows of one page (or one chunk of an export) what one query for all of them finds."""
        return objects

    def extra_context(self) -> dict[str, Any]:
        """Further variables of the template."""
        return {}

    def visible_columns(self) -> tuple[Column, ...]:
        """The columns this person may choose from."""
        return self.columns

    @cached_property
    def known_columns(self) -> tuple[Column, ...]:
        """The same, worked out once."""
        return self.visible_columns()

    # --- the request ------------------------------------------------------------------------------------------------
    def get(self, request: AppRequest, **_kwargs: Any) -> HttpResponseBase:
        """The page, the rows alone for htmx, or the file."""
        kind = request.GET.get("export", "")
        if kind in FORMATS and self.has_export:
            return self.export(kind)
        is_fragment = bool(request.htmx) and not request.htmx.history_restore_request
        context = {"list": self, "base_template": self.base_template, "is_fragment": is_fragment}
        context |= self.extra_context()
        template = self.template_name
        if is_fragment:
            template = "ui/list_fields.html" if self.shows_fields else "ui/list_rows.html"
        response = render(request, template, context)
        if is_fragment and not self.shows_fields:
            response.headers["HX-Push-Url"] = self.url()
        patch_vary_headers(response, ["HX-Request"])
        return response

    def export(self, kind: str) -> HttpResponseBase:
        """The filtered rows with the chosen columns, in the order on screen."""
        if not self.may_export:
            raise PermissionDenied
        columns = [column for column in self.shown_columns if column.export]
        return export_response(kind, self.key or "export", columns, self._all_rows())

    def _all_rows(self) -> Iterator[Any]:
        found: Iterable[Any] = self.found.iterator(chunk_size=CHUNK)
        source = iter(found)
        while chunk := list(islice(source, CHUNK)):
            yield from self.prepare(chunk)

    @property
    def may_export(self) -> bool:
        """Whether this person may take the rows along."""
        return self.export_permission is None or self.export_permission in self.request.can

    # --- state of the address ---------------------------------------------------------------------------------------
    @cached_property
    def parameters(self) -> QueryDict:
        """What the address says, without empty values."""
        return clean_parameters(self.request.GET)

    def url(self, *, without: Iterable[str] = (), **changes: str) -> str:
        """This list's address with some parameters changed or left out; on page one unless `page` is given."""
        parameters = self.parameters.copy()
        for name in {"export", "fragment", "fields", *without, *(() if "page" in changes else ("page",))}:
            parameters.pop(name, None)
        if not without and not changes and self.parameters.get("page", "1") != "1":
            parameters["page"] = self.parameters.get("page", "1")
        for name, value in changes.items():
            parameters[name] = value
        encoded = parameters.urlencode(safe=",")
        return f"{self.request.path}?{encoded}" if encoded else self.request.path

    @cached_property
    def query(self) -> str:
        """Search, filters, order and columns, without the page: what a saved view keeps."""
        return self.url(without=["page"]).partition("?")[2]

    @property
    def text(self) -> str:
        """What is searched for."""
        return self.parameters.get("q", "").strip()[:200]

    @cached_property
    def sort(self) -> str:
        """`key` or `-key` of the column in force."""
        asked = self.parameters.get("sort", "")
        known = {column.key for column in self.known_columns if column.sort}
        return asked if asked.lstrip("-") in known else self.default_sort

    @cached_property
    def shown_columns(self) -> list[Column]:
        """The chosen columns in their declared order; the default ones when nothing was chosen."""
        chosen = {name for value in self.parameters.getlist("cols") for name in value.split(",")}
        columns = self.known_columns
        if not chosen & {column.key for column in columns}:
            return [column for column in columns if column.default or column.always]
        return [column for column in columns if column.always or column.key in chosen]

    @property
    def column_groups(self) -> list[tuple[Any, int]]:
        """The heads above the heads: each group with its number of columns. None where no column has a group."""
        groups = [(name, len(list(members))) for name, members in groupby(self.shown_columns, lambda one: one.group)]
        return groups if any(name for name, _count in groups) else []

    @property
    def column_choices(self) -> list[tuple[Column, bool]]:
        """Every column with whether it is shown."""
        shown = {column.key for column in self.shown_columns}
        return [(column, column.key in shown) for column in self.known_columns]

    # --- rows -------------------------------------------------------------------------------------------------------
    @cached_property
    def filterset(self) -> FilterSet | None:
        """The filters with the values of the address."""
        if self.filterset_class is None:
            return None
        return self.filterset_class(self.parameters, queryset=self.rows(), request=self.request)

    @cached_property
    def set_filters(self) -> FilterSet:
        """Those of the filters that the address sets. The form of all of them is only made where it is shown."""
        assert self.filterset is not None
        return with_parameters(self.filterset, self.parameters)

    @cached_property
    def found(self) -> QuerySet:
        """Every row that fits, in order."""
        return ordered(self.rows_for(self.parameters), self.known_columns, self.sort)

    def rows_for(self, parameters: QueryDict) -> QuerySet:
        """The rows that fit given parameters; also used to count saved views."""
        if self.filterset is None:
            rows = self.rows()
        elif parameters is self.parameters:
            rows = apply_filters(self.set_filters)
        else:
            rows = apply_filters(with_parameters(self.filterset, parameters))
        text = parameters.get("q", "").strip()[:200]
        return self.search(rows, text) if text else rows

    @cached_property
    def page(self) -> Page:
        """The page in force; a number that does not exist gives the nearest."""
        pages = Paginator(self.found, self.page_size)
        pages.count = self._counts[0]
        return pages.get_page(self.parameters.get("page"))

    @cached_property
    def _counts(self) -> list[int]:
        """How many rows fit, here and in each counted tab, in one statement."""
        tabs = [self.rows_for(QueryDict(query)) for query in self.tab_set.counted]
        return count_all([self.found, *tabs], limit=self.count_limit)

    @property
    def tab_counts(self) -> list[int]:
        """How many rows fit each of the tabs that are counted."""
        return self._counts[1:]

    @cached_property
    def tab_set(self) -> TabSet:
        """Everything, the ready views and the saved ones; one query where views can be saved."""
        return tab_set_of(self)

    def count(self, queries: Sequence[QueryDict]) -> list[int]:
        """How many rows fit each of these parameters, in one statement."""
        return count_all([self.rows_for(parameters) for parameters in queries], limit=self.count_limit)

    def count_words(self, count: int) -> str:
        """A count as digits, with a plus where it was not counted further."""
        return f"{formats.number(count)}+" if count >= self.count_limit else formats.number(count)

    def _objects(self) -> list[Any]:
        """The records of this page.

        The database computes what a list annotates for every row it skips, so further pages look for the keys first.
        """
        if self.page.number == 1 or not self.found.query.annotations:
            return list(self.page.object_list)
        keys = list(self.found.values_list("pk", flat=True)[self.page.start_index() - 1 : self.page.end_index()])
        found = {one.pk: one for one in self.rows().filter(pk__in=keys)}
        return [found[key] for key in keys if key in found]

    @cached_property
    def lines(self) -> list[Row]:
        """The rows of this page with their cells."""
        columns = [(column, column.opening) for column in self.shown_columns]
        return [
            Row(
                one,
                getattr(one, self.row_id, one.pk),
                [Cell(column, opening, one, column.value_of(one)) for column, opening in columns],
            )
            for one in self.prepare(self._objects())
        ]

    @property
    def total(self) -> int:
        """How many rows fit."""
        return self.page.paginator.count

    @property
    def total_words(self) -> str:
        """How many rows fit, in words."""
        return self._counted(self.total)

    def _counted(self, count: int) -> str:
        # A lazy ngettext chooses its form by the number when it is formatted; the digits are grouped afterwards.
        return str(self.counted % {"count": count}).replace(str(count), self.count_words(count), 1)

    # --- what stands around the rows --------------------------------------------------------------------------------
    @cached_property
    def chips(self) -> list[Chip]:
        """The filters that are set."""
        return [] if self.filterset is None else chips_of(self.set_filters, self.parameters, self.url)

    @property
    def is_narrowed(self) -> bool:
        """Whether search or a filter leaves rows out."""
        return bool(self.text or self.chips)

    @cached_property
    def hint(self) -> Hint | None:
        """For an empty result: the one filter whose removal brings most rows back."""
        if self.total or not self.is_narrowed:
            return None
        candidates = [(f"{chip.name} {chip.words} {chip.value}", chip.remove) for chip in self.chips]
        if self.text:
            candidates.append((self.text, self.url(without=["q"])))
        best: Hint | None = None
        counts = self.count([QueryDict(address.partition("?")[2]) for _words, address in candidates])
        for (words, address), count in zip(candidates, counts, strict=True):
            if count and (best is None or count > best.count):
                best = Hint(words, count, address)
        return best

    @property
    def hint_words(self) -> str:
        """How many rows the hint would bring back, in words."""
        return self._counted(self.hint.count) if self.hint else ""

    @property
    def clear_url(self) -> str:
        """The address without search and filters; order and columns stay."""
        return self.url(without=[name for name in self.parameters if name not in {"sort", "cols"}])

    @cached_property
    def tabs(self) -> list[SavedTab]:
        """Ready and saved views with counts; the first is everything."""
        return tabs_of(self)

    @cached_property
    def actions(self) -> list[tuple[BulkAction, str]]:
        """The bulk actions this person may use, with their addresses."""
        kwargs = url_kwargs(self.request, "portal" if self.base_template == "base_portal.html" else "manager")
        return [
            (action, reverse(action.url_name, kwargs=kwargs))
            for action in self.bulk_actions
            if action.permission is None or action.permission in self.request.can
        ]

    @property
    def shows_fields(self) -> bool:
        """Whether the filters themselves are on the page: they are fetched when somebody opens them."""
        return self.parameters.get("fields") == "1"

    @property
    def fields_url(self) -> str:
        """Where the filters are fetched from, filled in as they are set now."""
        address = self.url()
        return f"{address}{'&' if '?' in address else '?'}fields=1"

    @property
    def set_fields(self) -> list[tuple[str, str]]:
        """What the search carries along while the filters are not on the page."""
        return [
            (name, value) for name, values in self.parameters.lists() if name not in OWN_PARAMETERS for value in values
        ]

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """What the filter form must carry along: order and columns."""
        return [(name, value) for name in ("sort", "cols") for value in self.parameters.getlist(name)]

    @property
    def kept_fields(self) -> list[tuple[str, str]]:
        """What the column form must carry along: search, filters, order."""
        return [
            (name, value)
            for name, values in self.parameters.lists()
            if name not in {"cols", "page", "export", "fragment", "fields"}
            for value in values
        ]

    def selection(self) -> QuerySet:
        """The rows that a bulk action was posted for: the ticked ones, or all that fit the posted `query`.

        Only rows this person may see are ever in it.
        """
        posted = self.request.POST
        if posted.get("all") == "1":
            return self.rows_for(clean_parameters(QueryDict(posted.get("query", ""))))
        ids = posted.getlist("row")
        if self.row_id == "public_id":
            ids = [one for one in ids if _is_uuid(one)]
        return self.rows().filter(**{f"{self.row_id}__in": ids})


def clean_parameters(given: QueryDict) -> QueryDict:
    """The same parameters without empty values or NUL, which no text column can hold; several `cols` as one."""
    cleaned = QueryDict(mutable=True)
    for name, values in given.lists():
        kept = [value for value in (value.replace("\x00", "") for value in values) if value != ""]
        if name == "cols" and kept:
            kept = [",".join(kept)]
        if kept:
            cleaned.setlist(name, kept)
    return cleaned


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
