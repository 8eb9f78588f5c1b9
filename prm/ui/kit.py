"""What the living page of the kit shows: sample figures for every component in every state."""

from typing import Any

from django.http import HttpRequest


def kit_context(request: HttpRequest) -> dict[str, Any]:
    """Sample data."""
    return {}
