"""Addresses of the shell itself."""

from django.urls import path

from prm.ui import views

app_name = "ui"
urlpatterns = [
    path("t/<slug:tenant>/_palette/", views.PaletteView.as_view(), name="palette"),
    path("portal/<slug:tenant>/<uuid:partner>/_palette/", views.PortalPaletteView.as_view(), name="portal_palette"),
    path("t/<slug:tenant>/_views/", views.SaveViewView.as_view(), name="save_view"),
    path("t/<slug:tenant>/_views/<int:view>/delete/", views.DeleteViewView.as_view(), name="delete_view"),
    path("favicon.ico", views.FaviconView.as_view(), name="favicon"),
    path("_kit/", views.KitView.as_view(), name="kit"),
]
