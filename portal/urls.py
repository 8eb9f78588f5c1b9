"""Addresses of the partner's side, below /portal/<tenant>/<partner>/."""

from django.urls import path

from portal.views import scores

app_name = "portal"

urlpatterns = [
    path("", scores.Home.as_view(), name="home"),
    path("scorecard/", scores.ScorecardPage.as_view(), name="scorecard"),
    path("scorecard/<slug:programme>/<str:period>/", scores.ReceiptPage.as_view(), name="receipt"),
    path("scorecard/<slug:programme>/<str:period>/receipt.pdf", scores.ReceiptPdf.as_view(), name="receipt_pdf"),
    path("scorecard/<slug:programme>/<str:period>/version/", scores.CardVersion.as_view(), name="card_version"),
    path(
        "scorecard/<slug:programme>/<str:period>/measurements/", scores.ReceiptFactsPage.as_view(), name="receipt_facts"
    ),
]
