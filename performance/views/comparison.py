"""Groups of partners side by side: distribution by grade, tier, region and type, and their course over a range."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from partners.reference import partner_types_by_id, tiers_by_id
from performance.models import PeriodRow
from performance.permissions import SCORECARD_EXPORT, SCORECARD_VIEW
from performance.queries.cards import TREND_PERIODS, CardFilter, newest_run, region_with_children
from performance.queries.cohorts import FIELDS, Chosen, Value
from performance.queries.reference import bands_for
from performance.screens.comparison import Catalogue, Comparison, Group, build_comparison, catalogue, titles
from performance.views.base import Page, Selection, selection_of
from performance.views.switch import views_of_cards
from performance.views.tables import Table, table_response
from prm.access.requests import TenantRequest
from prm.ui.lists.filters import Chip

DEFAULT_BY = "region"


@dataclass
class Address:
    """What the address of the page says: which dimension is taken apart, what is narrowed, from when to when.

    Anything unknown is left out, as everywhere in the selectors.
    """

    request: TenantRequest
    selection: Selection
    groups: Catalogue

    @cached_property
    def by(self) -> str:
        """The dimension of the large table."""
        asked = self.request.GET.get("by", "")
        return asked if asked in FIELDS else DEFAULT_BY

    @cached_property
    def picked(self) -> dict[str, Group]:
        """The group that is chosen in each narrowed dimension."""
        asked = {name: self.request.GET.get(name, "") for name in FIELDS}
        found = {
            name: next((group for group in self.groups[name] if group.key == key), None)
            for name, key in asked.items()
            if key
        }
        return {name: group for name, group in found.items() if group is not None}

    @cached_property
    def is_region_alone(self) -> bool:
        """Whether the regions below the chosen one are left out."""
        return self.request.GET.get("below") == "no"

    @cached_property
    def chosen(self) -> Chosen:
        """The values left in each narrowed dimension."""
        return {name: self._values(name, group) for name, group in self.picked.items()}

    def _values(self, name: str, group: Group) -> frozenset[Value]:
        if name == "region" and isinstance(group.value, int) and not self.is_region_alone:
            return frozenset(region_with_children(group.value, self.selection.regions))
        return frozenset([group.value])

    @cached_property
    def range(self) -> list[PeriodRow]:
        """The periods of the chosen kind from `from` to `to`, oldest first; the last eight up to the chosen period."""
        known = self.selection.periods_of_kind[::-1]
        place = {row.label: index for index, row in enumerate(known)}
        assert self.selection.period is not None
        last = place.get(self.request.GET.get("to", ""), place[self.selection.period.label])
        first = place.get(self.request.GET.get("from", ""), max(0, last - TREND_PERIODS + 1))
        first, last = sorted((first, last))
        return known[first : last + 1]

    # --- addresses --------------------------------------------------------------------------------------------------
    def parameters(self, **changes: str) -> dict[str, str]:
        """The address's parameters with some changed; an empty one is left out."""
        asked = self.request.GET
        query = {
            **self.selection.query(region="", type=""),
            **{name: group.key for name, group in self.picked.items()},
            "below": "no" if "region" in self.picked and self.is_region_alone else "",
            "by": "" if self.by == DEFAULT_BY else self.by,
            "from": asked.get("from", "") and self.range[0].label,
            "to": asked.get("to", "") and self.range[-1].label,
            **changes,
        }
        return {name: value for name, value in query.items() if value}

    def url(self, **changes: str) -> str:
        """This page with some parameters changed."""
        return f"{self.request.path}?{urlencode(self.parameters(**changes))}"

    def narrow(self, name: str, group: Group) -> str:
        """This page narrowed to a group; for the chosen group, no longer."""
        if self.picked.get(name) == group and (name != "region" or self.is_region_alone or not self._lies_above(group)):
            return self.url(**{name: "", **({"below": ""} if name == "region" else {})})
        return self.url(**self._to(name, group))

    def listed(self, name: str, group: Group) -> str:
        """The list of scorecards that a group's figures were counted from."""
        query = {**self.parameters(by="", to="", **{"from": ""}), **self._to(name, group)}
        if query.get("grade") == "none":
            query |= {"grade": "", "rated": "no"}
        address = reverse("performance:scorecard_list", kwargs={"tenant": self.request.tenant.slug})
        return f"{address}?{urlencode({key: value for key, value in query.items() if value})}"

    def _to(self, name: str, group: Group) -> dict[str, str]:
        changes = {name: group.key}
        if name == "region":
            changes["below"] = "no" if self._lies_above(group) else ""
        return changes

    def _lies_above(self, group: Group) -> bool:
        return any(region.parent_id == group.value for region in self.selection.regions if group.value is not None)

    @property
    def chips(self) -> list[Chip]:
        """What is narrowed, each to be taken away."""
        words = titles()
        return [
            Chip(
                name,
                words[name],
                "",
                _("%(name)s alone") % {"name": group.name} if name == "region" and self.is_region_alone else group.name,
                self.url(**{name: "", **({"below": ""} if name == "region" else {})}),
            )
            for name, group in self.picked.items()
        ]

    @property
    def clear_url(self) -> str:
        """This page without any narrowing."""
        return self.url(**dict.fromkeys([*FIELDS, "below"], ""))

    @property
    def ways(self) -> list[tuple[str, str, str]]:
        """The dimensions to take apart by: (key, title, address)."""
        return [(name, title, self.url(by=name)) for name, title in titles().items()]


class _ComparisonBase(Page):
    """Reads the address and builds the page."""

    @cached_property
    def selection(self) -> Selection:
        return selection_of(self.request)

    @cached_property
    def address(self) -> Address:
        selection = self.selection
        programme = selection.programme
        bands = bands_for(programme.pk, selection.period.start) if programme and selection.period else []
        tiers = [tier for tier in tiers_by_id().values() if programme and tier.programme_id == programme.pk]
        groups = catalogue(bands, tiers, selection.regions, partner_types_by_id().values())
        return Address(self.request, selection, groups)

    def build(self) -> Comparison | None:
        """All parts of the page, or None before the first card."""
        selection, address = self.selection, self.address
        if selection.period is None or selection.programme is None:
            return None
        return build_comparison(
            CardFilter(selection.programme.pk, portfolio=selection.portfolio),
            selection.period,
            address.range,
            by=address.by,
            chosen=address.chosen,
            groups=address.groups,
            narrow=address.narrow,
            listed=address.listed,
        )


class ComparisonPage(_ComparisonBase):
    """The page; for htmx the part below the title alone."""

    permission = SCORECARD_VIEW
    template_name = "performance/comparison.html"

    def get_template_names(self) -> list[str]:
        htmx = self.request.htmx
        return [
            "performance/parts/comparison.html" if htmx and not htmx.history_restore_request else self.template_name
        ]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = self.build()
        return super().get_context_data(
            selection=self.selection,
            address=self.address,
            page=page,
            kept=self.address.parameters(period="", programme="", to="", **{"from": ""}).items() if page else (),
            query=urlencode(self.address.parameters()) if page else "",
            run=newest_run(),
            views=views_of_cards(self.request, self.selection),
            is_fragment=bool(self.request.htmx),
            **kwargs,
        )


class ComparisonExport(_ComparisonBase):
    """The figures of one chart of the page, narrowed as it is."""

    permission = SCORECARD_EXPORT

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        make = EXPORTS.get(kwargs["table"])
        page = self.build() if make else None
        if make is None or page is None:
            raise Http404
        return table_response(kwargs["table"], page.period, make(page))


def _panel(name: str) -> Callable[[Comparison], Table]:
    def table(page: Comparison) -> Table:
        panel = next(one for one in page.panels if one.key == name)
        head = (name, "partners", "rated", "share_percent")
        return head, [
            (bar.group.name, bar.size.partners, bar.size.rated, round(bar.share * 100, 2)) for bar in panel.every
        ]

    return table


def _groups(page: Comparison) -> Table:
    head = (page.by, "partners", "rated", "not_rated", "lowest", "p25", "median", "p75", "highest")
    return head, [
        (
            row.group.name,
            row.spread.partners,
            row.spread.rated,
            row.not_rated,
            row.spread.low,
            row.spread.p25,
            row.spread.median,
            row.spread.p75,
            row.spread.high,
        )
        for row in page.rows
    ]


def _trend(page: Comparison) -> Table:
    head = ("period", "partners", "rated", "p25", "median", "p75")
    points = zip(page.periods, page.trend, strict=True)
    return head, [(row.label, one.partners, one.rated, one.p25, one.median, one.p75) for row, one in points]


def _grades(page: Comparison) -> Table:
    groups: Sequence[Group] = page.grade_groups
    points = zip(page.periods, page.grades, strict=True)
    return ("period", *(group.key for group in groups)), [
        (row.label, *(counts.get(group.key, 0) for group in groups)) for row, counts in points
    ]


EXPORTS: dict[str, Callable[[Comparison], Table]] = {
    **{name: _panel(name) for name in FIELDS},
    "groups": _groups,
    "median": _trend,
    "grades-over-time": _grades,
}
