"""Addresses of the partner's side, below /portal/<tenant>/<partner>/."""

from django.urls import path

from portal.views import recognition, reports, scores

app_name = "portal"

urlpatterns = [
    path("", scores.Home.as_view(), name="home"),
    path("reports/", reports.ReportList.as_view(), name="report_list"),
    path("reports/<uuid:produced>/", reports.ReportDownload.as_view(), name="report_file"),
    path("scorecard/", scores.ScorecardPage.as_view(), name="scorecard"),
    path("scorecard/<slug:programme>/<str:period>/", scores.ReceiptPage.as_view(), name="receipt"),
    path("scorecard/<slug:programme>/<str:period>/receipt.pdf", scores.ReceiptPdf.as_view(), name="receipt_pdf"),
    path("scorecard/<slug:programme>/<str:period>/version/", scores.CardVersion.as_view(), name="card_version"),
    path(
        "scorecard/<slug:programme>/<str:period>/measurements/", scores.ReceiptFactsPage.as_view(), name="receipt_facts"
    ),
    path("recognition/", recognition.RecognitionPage.as_view(), name="recognition"),
    path("recognition/naming/", recognition.NamingSwitch.as_view(), name="naming"),
    path("recognition/league/", recognition.LeaguePage.as_view(), name="league"),
    path("recognition/<uuid:award>/", recognition.AwardPage.as_view(), name="award"),
    path("recognition/<uuid:award>/badge.<str:kind>", recognition.AwardPicture.as_view(), name="award_picture"),
    path("recognition/<uuid:award>/share/", recognition.AwardShare.as_view(), name="award_share"),
]
