"""Addresses of the company pages in the partner's portal, below /portal/<tenant>/<partner>/company/."""

from django.urls import path

from partners.views import company

app_name = "company"

urlpatterns = [
    path("", company.CompanyView.as_view(), name="company_detail"),
    path("contacts/new/", company.OwnContactCreateView.as_view(), name="contact_create"),
    path("contacts/<uuid:contact>/", company.OwnContactEditView.as_view(), name="contact_edit"),
    path("contacts/<uuid:contact>/remove/", company.OwnContactRemoveView.as_view(), name="contact_remove"),
    path("sites/new/", company.OwnSiteCreateView.as_view(), name="site_create"),
    path("sites/<uuid:site>/", company.OwnSiteEditView.as_view(), name="site_edit"),
    path("sites/<uuid:site>/remove/", company.OwnSiteRemoveView.as_view(), name="site_remove"),
]
