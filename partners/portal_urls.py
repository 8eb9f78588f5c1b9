"""Addresses of the company pages in the partner's portal, below /portal/<tenant>/<partner>/company/."""

from django.urls import path

from partners.views import company, people

app_name = "company"

urlpatterns = [
    path("", company.CompanyView.as_view(), name="company_detail"),
    path("contacts/new/", people.OwnContactCreateView.as_view(), name="contact_create"),
    path("contacts/<uuid:contact>/", people.OwnContactEditView.as_view(), name="contact_edit"),
    path("contacts/<uuid:contact>/remove/", people.OwnContactRemoveView.as_view(), name="contact_remove"),
    path("sites/new/", people.OwnSiteCreateView.as_view(), name="site_create"),
    path("sites/<uuid:site>/", people.OwnSiteEditView.as_view(), name="site_edit"),
    path("sites/<uuid:site>/remove/", people.OwnSiteRemoveView.as_view(), name="site_remove"),
]
