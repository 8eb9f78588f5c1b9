"""Which permissions an API key can hold: those that views under /api/ ask for."""

from functools import cache

from prm.access.checks import walk_urls
from prm.access.permissions import Permission, all_permissions


@cache
def api_scopes() -> tuple[Permission, ...]:
    """The permissions of the API, by code. Read once from the declarations of its views."""
    asked: set[str] = set()
    for route, _name, callback in walk_urls():
        if not route.startswith("api/"):
            continue
        target = getattr(callback, "view_class", None) or getattr(callback, "cls", None) or callback
        for name in ("permission", "write_permission"):
            permission = getattr(target, name, None)
            if isinstance(permission, Permission):
                asked.add(permission.code)
    return tuple(permission for permission in all_permissions() if permission.code in asked)
