"""Addresses of reports in the manager's workspace, below /t/<tenant>/."""

from typing import Any

app_name = "reports"

urlpatterns: list[Any] = []
