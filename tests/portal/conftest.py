"""The browser's fixtures for this folder."""

from tests.browser import browser, visit

__all__ = ["browser", "visit"]
