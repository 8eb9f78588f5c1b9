"""Addresses of the audit trail."""

from django.urls import path

from prm.audit import views

app_name = "audit"
urlpatterns = [
    path("t/<slug:tenant>/settings/audit/", views.AuditTrailView.as_view(), name="trail"),
    path("t/<slug:tenant>/settings/audit/export/", views.AuditExportView.as_view(), name="export"),
]
