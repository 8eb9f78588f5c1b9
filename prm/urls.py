"""Every address. Apps own theirs; only this module, the settings and Celery name every app."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("prm.accounts.urls")),
    path("", include("prm.notifications.urls")),
    path("", include("prm.jobs.urls")),
    path("", include("prm.audit.urls")),
    path("t/<slug:tenant>/", include("partners.urls")),
    path("portal/<slug:tenant>/<uuid:partner>/company/", include("partners.portal_urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
]
