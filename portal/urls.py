"""Addresses of the partner's side, below /portal/<tenant>/<partner>/."""

from django.urls import path

from portal import views

app_name = "portal"

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("scorecard/", views.ScorecardPage.as_view(), name="scorecard"),
    path("scorecard/<slug:programme>/<str:period>/", views.ReceiptPage.as_view(), name="receipt"),
    path("scorecard/<slug:programme>/<str:period>/receipt.pdf", views.ReceiptPdf.as_view(), name="receipt_pdf"),
    path("scorecard/<slug:programme>/<str:period>/version/", views.CardVersion.as_view(), name="card_version"),
    path(
        "scorecard/<slug:programme>/<str:period>/measurements/", views.ReceiptFactsPage.as_view(), name="receipt_facts"
    ),
]
