"""Addresses of the inbox."""

from django.urls import path

from prm.notifications import views

app_name = "notifications"
urlpatterns = [
    path("t/<slug:tenant>/inbox/", views.InboxView.as_view(), name="inbox"),
    path("t/<slug:tenant>/inbox/preferences/", views.PreferencesView.as_view(), name="preferences"),
    path("t/<slug:tenant>/inbox/<int:notification>/", views.OpenView.as_view(), name="open"),
    path("portal/<slug:tenant>/<uuid:partner>/inbox/", views.PortalInboxView.as_view(), name="portal_inbox"),
    path(
        "portal/<slug:tenant>/<uuid:partner>/inbox/preferences/",
        views.PortalPreferencesView.as_view(),
        name="portal_preferences",
    ),
    path(
        "portal/<slug:tenant>/<uuid:partner>/inbox/<int:notification>/",
        views.PortalOpenView.as_view(),
        name="portal_open",
    ),
]
