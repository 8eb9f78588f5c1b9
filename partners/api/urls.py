"""Addresses of partner records under /api/v1/."""

from django.urls import path

from partners.api import views

urlpatterns = [
    path("partners/", views.PartnerList.as_view(), name="partner_list"),
    path("partners/<uuid:partner>/", views.PartnerDetail.as_view(), name="partner_detail"),
    path("partners/<uuid:partner>/status/", views.PartnerStatusMove.as_view(), name="partner_status"),
    path("partners/<uuid:partner>/tier/", views.PartnerTierMove.as_view(), name="partner_tier"),
    path("partners/by-number/<path:external_id>/", views.PartnerByNumber.as_view(), name="partner_by_number"),
    path("contacts/", views.ContactList.as_view(), name="contact_list"),
    path("contacts/<uuid:contact>/", views.ContactDetail.as_view(), name="contact_detail"),
    path("contacts/by-number/<path:external_id>/", views.ContactByNumber.as_view(), name="contact_by_number"),
    path("partner-types/", views.PartnerTypeList.as_view(), name="partner_type_list"),
    path("regions/", views.RegionList.as_view(), name="region_list"),
    path("specialisations/", views.SpecialisationList.as_view(), name="specialisation_list"),
    path("programmes/", views.ProgrammeList.as_view(), name="programme_list"),
    path("tiers/", views.TierList.as_view(), name="tier_list"),
]
