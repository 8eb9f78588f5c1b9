"""Addresses of recognition in the manager's workspace, below /t/<tenant>/."""

from django.urls import path

from performance.recognition.views import awards, badges, leagues

app_name = "recognition"

urlpatterns = [
    path("recognition/", awards.AwardList.as_view(), name="award_list"),
    path("recognition/awards/new/", awards.AwardCreate.as_view(), name="award_create"),
    path("recognition/awards/<uuid:award>/", awards.AwardDetail.as_view(), name="award_detail"),
    path("recognition/awards/<uuid:award>/badge.<str:kind>", awards.AwardPicture.as_view(), name="award_picture"),
    path("recognition/badges/", badges.BadgeList.as_view(), name="badge_list"),
    path("recognition/badges/new/", badges.BadgeEditor.as_view(), name="badge_create"),
    path("recognition/badges/usual/", badges.UsualBadges.as_view(), name="badge_usual"),
    path("recognition/badges/<uuid:badge>/", badges.BadgeDetail.as_view(), name="badge_detail"),
    path("recognition/badges/<uuid:badge>/edit/", badges.BadgeEditor.as_view(), name="badge_update"),
    path("recognition/badges/<uuid:badge>/switch/", badges.BadgeSwitch.as_view(), name="badge_switch"),
    path("recognition/badges/<uuid:badge>/delete/", badges.BadgeDelete.as_view(), name="badge_delete"),
    path("recognition/league/", leagues.LeagueList.as_view(), name="league_list"),
    path("recognition/league/<slug:programme>/", leagues.LeagueEditor.as_view(), name="league_update"),
]
