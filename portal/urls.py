"""Addresses of the partner's side, below /portal/<tenant>/<partner>/."""

from django.urls import path

from portal.views import plans, recognition, reports, reviews, scores, vendor

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
    path("promises/", vendor.VendorPage.as_view(), name="vendor"),
    path("reviews/", reviews.ReviewList.as_view(), name="review_list"),
    path("reviews/<uuid:review>/", reviews.ReviewDetail.as_view(), name="review"),
    path("reviews/<uuid:review>/accept/", reviews.ReviewAccept.as_view(), name="review_accept"),
    path("reviews/<uuid:review>/contest/", reviews.ReviewContest.as_view(), name="review_contest"),
    path("reviews/<uuid:review>/sign/", reviews.ReviewSign.as_view(), name="review_sign"),
    path("reviews/<uuid:review>/actions/<uuid:action>/", reviews.ReviewAction.as_view(), name="review_action"),
    path("reviews/<uuid:review>/review.ics", reviews.ReviewInvitation.as_view(), name="review_ics"),
    path("reviews/<uuid:review>/pack.pdf", reviews.ReviewPack.as_view(), name="review_pack"),
    path("reviews/<uuid:review>/evidence/", reviews.ReviewEvidence.as_view(), name="review_evidence"),
    path("plans/", plans.OwnPlanList.as_view(), name="plan_list"),
    path("plans/<uuid:plan>/", plans.OwnPlanDetail.as_view(), name="plan_detail"),
    path("plans/<uuid:plan>/sign/", plans.OwnPlanSign.as_view(), name="plan_sign"),
    path("plans/<uuid:plan>/notes/new/", plans.OwnPlanNote.as_view(), name="plan_note"),
    path("plans/<uuid:plan>/commitments/<uuid:commitment>/", plans.OwnCommitment.as_view(), name="plan_commitment"),
    path(
        "plans/<uuid:plan>/commitments/<uuid:commitment>/files/<uuid:file>/",
        plans.OwnPlanFile.as_view(),
        name="plan_file",
    ),
]
