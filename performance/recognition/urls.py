"""Addresses of recognition in the manager's workspace, below /t/<tenant>/."""

from typing import Any

app_name = "recognition"

urlpatterns: list[Any] = []
