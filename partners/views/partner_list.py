"""The list of partners, and suggestions for fields that name one."""

from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners import cells
from partners.choices import PartnerStatus
from partners.countries import country_name
from partners.filters import NOBODY, PartnerFilter
from partners.models import Partner
from partners.permissions import PARTNER_EDIT, PARTNER_EXPORT, PARTNER_STATUS, PARTNER_TIER, PARTNER_VIEW
from partners.queries import access_partners, name_tier, search_partners, with_tier
from partners.reference import ladder, with_type_and_region
from partners.registries import PartnerListColumns, partner_list_columns
from prm.access.requests import TenantRequest
from prm.access.views import TenantView
from prm.ui.lists import BulkAction, Column, ListPage, ReadyView

SUGGESTED = 8
NAME = Column("name", _("Partner"), sort="name", always=True, draw=cells.name, phone="head")
TIER = Column("tier", _("Tier"), value="tier_name", sort="tier_rank", draw=cells.tier, phone="hide")
OTHERS = (
    Column("external_id", _("Number"), sort="external_id", default=False),
    Column("type", _("Type"), value="partner_type.name", sort="partner_type__name", default=False),
    Column("region", _("Region"), value="region.name", sort="region__name", phone="hide"),
    Column(
        "status",
        _("Status"),
        value=lambda partner: PartnerStatus(partner.status).label,
        sort="status",
        draw=cells.status,
    ),
    Column("owner", _("Owner"), value="owner", sort="owner__full_name", draw=cells.owner, phone="hide"),
    Column("city", _("City"), sort="city", default=False, phone="hide"),
    Column(
        "country",
        _("Country"),
        value=lambda partner: country_name(partner.country),
        sort="country",
        default=False,
        phone="hide",
    ),
    Column(
        "specialisations",
        _("Specialisations"),
        value=lambda partner: ", ".join(item.name for item in partner.specialisations.all()),
        default=False,
    ),
    Column("partner_since", _("Partner since"), sort="partner_since", default=False),
    Column("email", _("E-mail"), sort="email", default=False, phone="hide"),
    Column("phone", _("Phone"), default=False, phone="hide"),
    Column("parent", _("Belongs to"), value="parent.name", default=False, phone="hide"),
    Column("created_at", _("Recorded"), sort="created_at", default=False, phone="hide", descending_first=True),
)


class PartnerListView(ListPage, TenantView):
    """Partners within reach, searched, filtered, sorted, with saved views, bulk changes and export."""

    permission = PARTNER_VIEW
    key = "partners"
    title = _("Partners")
    template_name = "partners/partner_list.html"
    default_sort = "name"
    search_label = _("Search partners")
    search_placeholder = _("Name, city, number, contact")
    counted = ngettext_lazy("%(count)s partner", "%(count)s partners", "count")
    empty_title = _("No partners yet")
    empty_text = _("Import a list you have already, or add the first partner by hand.")
    empty_template = "partners/parts/list_empty.html"
    export_permission = PARTNER_EXPORT

    @cached_property
    def guests(self) -> list[PartnerListColumns]:
        """What other apps bring to the list and this person may see."""
        return [guest for guest in partner_list_columns if guest.permission in self.request.can]

    @cached_property
    def columns(self) -> tuple[Column, ...]:  # type: ignore[override]
        brought = [column for guest in self.guests for column in guest.columns(self.request)]
        return (NAME, TIER, *brought, *OTHERS)

    @cached_property
    def filterset_class(self) -> type[PartnerFilter]:  # type: ignore[override]
        brought = {
            name: one for guest in self.guests if guest.filters for name, one in guest.filters(self.request).items()
        }
        return type("PartnerFilter", (PartnerFilter,), brought) if brought else PartnerFilter

    @property
    def sees_all(self) -> bool:
        """Whether this person sees more than the partners they own."""
        return not self.request.membership.sees_own_partners_only

    @cached_property
    def ready_views(self) -> tuple[ReadyView, ...]:  # type: ignore[override]
        views = [ReadyView(_("Active"), "status=active")]
        if self.sees_all and PARTNER_EDIT in self.request.can:
            views = [
                ReadyView(_("My partners"), f"owner={self.request.user.pk}"),
                *views,
                ReadyView(_("Without owner"), f"owner={NOBODY}"),
            ]
        for guest in self.guests:
            views += guest.views(self.request) if guest.views else ()
        return tuple(views)

    @cached_property
    def bulk_actions(self) -> tuple[BulkAction, ...]:  # type: ignore[override]
        owner = BulkAction(
            _("Assign owner"), icon="user-round-check", url_name="partners:bulk_owner", permission=PARTNER_EDIT
        )
        actions = (
            BulkAction(_("Status"), icon="flag", url_name="partners:bulk_status", permission=PARTNER_STATUS),
            BulkAction(_("Tier"), icon="gem", url_name="partners:bulk_tier", permission=PARTNER_TIER),
            BulkAction(_("Region"), icon="map", url_name="partners:bulk_region", permission=PARTNER_EDIT),
            BulkAction(
                _("Specialisation"), icon="tag", url_name="partners:bulk_specialisation", permission=PARTNER_EDIT
            ),
        )
        brought = [action for guest in self.guests if guest.actions for action in guest.actions(self.request)]
        return (*((owner,) if self.sees_all else ()), *actions, *brought)

    def rows(self) -> QuerySet[Partner]:
        partners = with_tier(access_partners(self.request.membership))
        # Not the parent: joining partners with partners is a trap for the planner while statistics are young.
        partners = partners.select_related("owner")
        for guest in self.guests:
            if guest.annotate is not None:
                partners = guest.annotate(partners, self.request)
        return partners

    def search(self, rows: QuerySet[Partner], text: str) -> QuerySet[Partner]:
        return search_partners(rows, text)

    def prepare(self, objects: list[Partner]) -> list[Partner]:
        with_type_and_region(objects)
        shown = {column.key for column in self.shown_columns}
        if "tier" in shown:
            rungs = ladder()
            for partner in objects:
                name_tier(partner, rungs)
        listed = [name for name in ("specialisations", "parent") if name in shown]
        if listed:
            prefetch_related_objects(objects, *listed)
        for guest in self.guests:
            if guest.attach is not None:
                guest.attach(objects, self.request)
        return objects


class PartnerSuggestionView(TenantView):
    """A few partners that fit what is being typed into “Belongs to”. A comfort: the field works without it."""

    permission = PARTNER_VIEW

    def get(self, request: TenantRequest, **_kwargs: Any) -> HttpResponse:
        text = request.GET.get("parent", "").strip()[:200]
        within_reach = access_partners(request.membership)
        partners = search_partners(within_reach, text) if len(text) > 1 else within_reach.none()
        return render(request, "partners/parts/suggestions.html", {"partners": partners.order_by("name")[:SUGGESTED]})
