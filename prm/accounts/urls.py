"""Addresses of people, places and settings."""

from django.urls import path

from prm.accounts.views import api_keys, home, invitation, people, profile, settings, team

app_name = "accounts"

_tenant = "t/<slug:tenant>/settings/"
_portal = "portal/<slug:tenant>/<uuid:partner>/team/"

urlpatterns = [
    path("", home.FrontDoorView.as_view(), name="front_door"),
    path("workspaces/", home.WorkspacesView.as_view(), name="workspaces"),
    path("workspaces/menu/", home.PlacesView.as_view(), name="places"),
    path("profile/", profile.ProfileView.as_view(), name="profile"),
    path("profile/theme/", profile.ThemeView.as_view(), name="theme"),
    path("invitation/<str:token>/", invitation.InvitationView.as_view(), name="invitation"),
    path(_tenant, settings.WorkspaceSettingsView.as_view(), name="settings"),
    path(f"{_tenant}roles/", settings.RolesView.as_view(), name="roles"),
    path(f"{_tenant}people/", people.PeopleView.as_view(), name="people"),
    path(f"{_tenant}people/invite/", people.InviteMemberView.as_view(), name="invite_member"),
    path(f"{_tenant}people/<int:membership>/", people.MemberView.as_view(), name="member"),
    path(
        f"{_tenant}people/<int:membership>/deactivate/",
        people.DeactivateMemberView.as_view(),
        name="deactivate_member",
    ),
    path(
        f"{_tenant}people/<int:membership>/reactivate/",
        people.ReactivateMemberView.as_view(),
        name="reactivate_member",
    ),
    path(
        f"{_tenant}people/invitations/<uuid:invitation>/resend/",
        people.ResendInvitationView.as_view(),
        name="resend_invitation",
    ),
    path(
        f"{_tenant}people/invitations/<uuid:invitation>/revoke/",
        people.RevokeInvitationView.as_view(),
        name="revoke_invitation",
    ),
    path(f"{_tenant}api-keys/", api_keys.ApiKeyListView.as_view(), name="api_keys"),
    path(f"{_tenant}api-keys/create/", api_keys.CreateApiKeyView.as_view(), name="create_api_key"),
    path(f"{_tenant}api-keys/<uuid:api_key>/revoke/", api_keys.RevokeApiKeyView.as_view(), name="revoke_api_key"),
    path(_portal, team.TeamView.as_view(), name="team"),
    path(f"{_portal}invite/", team.InviteColleagueView.as_view(), name="invite_colleague"),
    path(f"{_portal}<int:access>/", team.ColleagueView.as_view(), name="colleague"),
    path(f"{_portal}<int:access>/remove/", team.RemoveColleagueView.as_view(), name="remove_colleague"),
    path(
        f"{_portal}invitations/<uuid:invitation>/resend/",
        team.ResendColleagueInvitationView.as_view(),
        name="resend_colleague_invitation",
    ),
    path(
        f"{_portal}invitations/<uuid:invitation>/revoke/",
        team.RevokeColleagueInvitationView.as_view(),
        name="revoke_colleague_invitation",
    ),
]
