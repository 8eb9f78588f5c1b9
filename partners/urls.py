"""Addresses of partner records in the manager's workspace, below /t/<tenant>/."""

from django.urls import include, path

from partners.views import bulk, catalogue, partner, partner_list, people

app_name = "partners"

one_partner = [
    path("", partner.PartnerDetailView.as_view(), name="partner_detail"),
    path("edit/", partner.PartnerEditView.as_view(), name="partner_edit"),
    path("status/<slug:target>/", partner.StatusView.as_view(), name="partner_status"),
    path("assign-tier/", partner.TierView.as_view(), name="partner_tier"),
    path("assign-owner/", partner.OwnerView.as_view(), name="partner_owner"),
    path("contacts/new/", people.ContactCreateView.as_view(), name="contact_create"),
    path("contacts/<uuid:contact>/", people.ContactEditView.as_view(), name="contact_edit"),
    path("contacts/<uuid:contact>/remove/", people.ContactRemoveView.as_view(), name="contact_remove"),
    path("contacts/<uuid:contact>/portal/", people.PortalOpenView.as_view(), name="portal_open"),
    path("contacts/<uuid:contact>/portal/close/", people.PortalCloseView.as_view(), name="portal_close"),
    path("sites/new/", people.SiteCreateView.as_view(), name="site_create"),
    path("sites/<uuid:site>/", people.SiteEditView.as_view(), name="site_edit"),
    path("sites/<uuid:site>/remove/", people.SiteRemoveView.as_view(), name="site_remove"),
    path("recent/", partner.RecentActivityView.as_view(), name="partner_recent"),
    path("<slug:tab>/", partner.PartnerDetailView.as_view(), name="partner_tab"),
]

urlpatterns = [
    path("partners/", partner_list.PartnerListView.as_view(), name="partner_list"),
    path("partners/suggestions/", partner_list.PartnerSuggestionView.as_view(), name="partner_suggestions"),
    path("partners/new/", partner.PartnerCreateView.as_view(), name="partner_create"),
    path("partners/change/owner/", bulk.BulkOwnerView.as_view(), name="bulk_owner"),
    path("partners/change/status/", bulk.BulkStatusView.as_view(), name="bulk_status"),
    path("partners/change/tier/", bulk.BulkTierView.as_view(), name="bulk_tier"),
    path("partners/change/region/", bulk.BulkRegionView.as_view(), name="bulk_region"),
    path("partners/change/specialisation/", bulk.BulkSpecialisationView.as_view(), name="bulk_specialisation"),
    path("partners/<uuid:partner>/", include(one_partner)),
    path("settings/tiers/<uuid:tier>/", catalogue.TierEditView.as_view(), name="tier_edit"),
    path("settings/tiers/<uuid:tier>/remove/", catalogue.TierRemoveView.as_view(), name="tier_remove"),
    path("settings/tiers/<uuid:tier>/move/<slug:direction>/", catalogue.TierMoveView.as_view(), name="tier_move"),
    path("settings/programmes/<uuid:programme>/tiers/new/", catalogue.TierCreateView.as_view(), name="tier_create"),
]
for _kind in catalogue.KINDS:
    urlpatterns += [
        path(f"settings/{_kind}/", catalogue.CatalogueView.as_view(), {"kind": _kind}, name=_kind),
        path(f"settings/{_kind}/new/", catalogue.EntryCreateView.as_view(), {"kind": _kind}, name=f"{_kind}_create"),
        path(
            f"settings/{_kind}/<uuid:entry>/",
            catalogue.EntryEditView.as_view(),
            {"kind": _kind},
            name=f"{_kind}_edit",
        ),
        path(
            f"settings/{_kind}/<uuid:entry>/remove/",
            catalogue.EntryRemoveView.as_view(),
            {"kind": _kind},
            name=f"{_kind}_remove",
        ),
    ]
