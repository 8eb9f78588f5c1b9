"""Every address. Apps own theirs; only this module, the settings and Celery name every app."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# The admin's own login form would skip the second factor.
admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("prm.accounts.urls")),
    path("", include("prm.notifications.urls")),
    path("", include("prm.jobs.urls")),
    path("", include("prm.audit.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
]
