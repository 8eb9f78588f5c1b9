"""Addresses of reviews in the manager's workspace, below /t/<tenant>/."""

from typing import Any

app_name = "reviews"

urlpatterns: list[Any] = []
