"""Addresses of recognition under /api/v1/."""

from django.urls import path

from performance.recognition.api import badges, leagues

urlpatterns = [
    path("badges/", badges.BadgeList.as_view(), name="badge_list"),
    path("badges/preview/", badges.BadgePreview.as_view(), name="badge_preview"),
    path("badges/<uuid:badge>/", badges.BadgeDetail.as_view(), name="badge_detail"),
    path("awards/", badges.AwardList.as_view(), name="award_list"),
    path("awards/<uuid:award>/", badges.AwardDetail.as_view(), name="award_detail"),
    path("awards/<uuid:award>/withdraw/", badges.AwardWithdraw.as_view(), name="award_withdraw"),
    path("league/<slug:programme>/<str:period>/<slug:cohort>/", leagues.LeagueTable.as_view(), name="league_table"),
]
