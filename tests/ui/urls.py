"""The product's addresses and one list of the tests' own."""

from django.db.models import QuerySet
from django.urls import path
from django.utils.translation import ngettext_lazy
from django_filters import CharFilter, ChoiceFilter, FilterSet

from partners.choices import PartnerStatus
from partners.models import Partner
from partners.permissions import PARTNER_VIEW
from prm.access.views import TenantView
from prm.ui.lists import BulkAction, Column, ListPage, ReadyView
from prm.urls import urlpatterns as product_patterns


class ShopFilter(FilterSet):
    status = ChoiceFilter(label="Status", choices=PartnerStatus.choices)
    country = CharFilter(label="Country")

    class Meta:
        model = Partner
        fields: list[str] = []


class ShopList(ListPage, TenantView):
    permission = PARTNER_VIEW
    key = "test_shops"
    title = "Shops"
    columns = (
        Column("name", "Name", sort="name", always=True, phone="head"),
        Column("city", "City", sort="city"),
        Column("country", "Country", sort=("country", "name")),
        Column("since", "Since", value="partner_since", sort="partner_since", default=False),
        Column("letters", "Letters", value=lambda row: len(row.name), numeric=True, default=False),
    )
    filterset_class = ShopFilter
    search_fields = ("name", "city")
    default_sort = "name"
    counted = ngettext_lazy("%(count)s shop", "%(count)s shops", "count")
    ready_views = (ReadyView("In Germany", "country=DE"),)
    bulk_actions = (BulkAction("Look", "search", "ui:palette"),)

    def rows(self) -> QuerySet[Partner]:
        return Partner.objects.all()


urlpatterns = [path("t/<slug:tenant>/shops/", ShopList.as_view(), name="shops"), *product_patterns]
handler404 = "prm.ui.errors.page_not_found"
handler403 = "prm.ui.errors.permission_denied"
