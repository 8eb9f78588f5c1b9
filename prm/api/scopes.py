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
        declared = [getattr(target, "permission", None), getattr(target, "write_permission", None)]
        declared += getattr(target, "further_permissions", ())
        asked |= {permission.code for permission in declared if isinstance(permission, Permission)}
    return tuple(permission for permission in all_permissions() if permission.code in asked)
