"""Every address. Apps own theirs; only this module, the settings and Celery name every app."""

from django.contrib import admin
from django.urls import include, path

api_v1 = [
    path("", include("prm.api.urls")),
    path("", include("partners.api.urls")),
    path("", include("performance.api.urls")),
    path("", include("performance.plans.api.urls")),
    path("", include("performance.reviews.api.urls")),
    path("", include("performance.recognition.api.urls")),
    path("", include("performance.reports.api.urls")),
]

urlpatterns = [
    path("", include("prm.accounts.urls")),
    path("", include("prm.notifications.urls")),
    path("", include("prm.jobs.urls")),
    path("", include("prm.audit.urls")),
    path("", include("prm.imports.urls")),
    path("", include("prm.ui.urls")),
    path("t/<slug:tenant>/", include("partners.urls")),
    path("t/<slug:tenant>/", include("performance.urls")),
    path("t/<slug:tenant>/", include("performance.plans.urls")),
    path("t/<slug:tenant>/", include("performance.reviews.urls")),
    path("t/<slug:tenant>/", include("performance.recognition.urls")),
    path("t/<slug:tenant>/", include("performance.reports.urls")),
    path("badges/", include("performance.recognition.public")),
    path("portal/<slug:tenant>/<uuid:partner>/", include("portal.urls")),
    path("portal/<slug:tenant>/<uuid:partner>/company/", include("partners.portal_urls")),
    path("api/v1/", include((api_v1, "api"))),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
]

handler400 = "prm.ui.errors.bad_request"
handler403 = "prm.ui.errors.permission_denied"
handler404 = "prm.ui.errors.page_not_found"
handler500 = "prm.ui.errors.server_error"
