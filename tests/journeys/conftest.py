"""Journeys drive a real browser."""

from tests.browser import browser, visit

__all__ = ["browser", "visit"]
