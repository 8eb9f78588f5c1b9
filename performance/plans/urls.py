"""Addresses of improvement plans in the manager's workspace, below /t/<tenant>/."""

from typing import Any

app_name = "plans"

urlpatterns: list[Any] = []
