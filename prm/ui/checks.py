"""Start-up check: no menu entry leads to a page that does not exist."""

import uuid
from typing import Any

from django.core import checks
from django.urls import NoReverseMatch, reverse

from prm.ui.navigation import registered_items


@checks.register(checks.Tags.urls)
def check_navigation(app_configs: Any = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """One error for each menu entry without a page."""
    found: list[checks.CheckMessage] = []
    for area, item in registered_items():
        kwargs: dict[str, Any] = {"tenant": "any"}
        if area == "portal":
            kwargs["partner"] = uuid.UUID(int=0)
        try:
            reverse(item.url_name, kwargs=kwargs)
        except NoReverseMatch:
            found.append(checks.Error(f"The {area} menu leads to {item.url_name}, which has no address.", id="ui.E001"))
    return found
