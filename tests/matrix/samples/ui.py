"""Saved views of lists, the kit's page, the API's own addresses."""

from typing import Any

from prm.access.roles import Role
from prm.ui.models import SavedView


def _view(side: Any) -> int:
    return SavedView.objects.create(user=side.people[Role.TENANT_ADMIN], list_key="partners", name="Sample").pk


SAMPLES = {"ui:delete_view.view": _view}
PERSONAL = {"ui:delete_view.view": Role.TENANT_ADMIN.value}
POSTS = {"ui:save_view": {"list": "partners", "name": "Gold", "path": "/"}}
ANSWERS = {"ui:kit": 404, "api:not_there": 404}
