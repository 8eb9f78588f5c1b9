"""A real browser for tests: fixtures, and what every page must hold.

A test that asks for `page` is skipped with a message where there is no Chromium; with REQUIRE_BROWSER=1 that is an
error. CHROMIUM names the executable.
"""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Only violations are read, so only they are worked out to the last element.
RULES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}


def find_chromium() -> str | None:
    """The browser's executable, or None."""
    return os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)


_running: list[Browser] = []


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the run.

    Every folder that imports this fixture has one of its own to pytest. Playwright can start only once in a thread,
    so the first one opens the browser and the others share it.
    """
    if _running:
        yield _running[0]
        return
    executable = find_chromium()
    if executable is None:
        message = "No Chromium found. Install one or name it: CHROMIUM=/path/to/chromium."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    # Playwright's loop runs in this thread; Django would refuse the ORM beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        _running.append(opened)
        yield opened
        _running.clear()
        opened.close()


class Visit:
    """A page that remembers what went wrong on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))

    def _on_console(self, message: Any) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")


@pytest.fixture
def visit(browser: Browser) -> Iterator[Any]:
    """`visit(width=…, theme=…)` opens a window of its own."""
    contexts: list[BrowserContext] = []

    def open_page(*, viewport: dict[str, int] | None = None, theme: str = "light") -> Visit:
        context = browser.new_context(
            viewport=viewport or DESKTOP,  # type: ignore[arg-type]
            color_scheme=theme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            locale="en-GB",
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        return Visit(context.new_page())

    yield open_page
    for context in contexts:
        context.close()


def sign_in(page: Page, server: str, client: Client) -> None:
    """Take over the session of a signed-in test client."""
    from django.conf import settings

    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])


def accessibility_violations(page: Page) -> list[str]:
    """What axe finds for WCAG 2.2 A and AA, one line per rule with the first elements."""
    results = Axe().run(page, options=RULES)
    return [
        f"{one['id']}: {one['help']} ({len(one['nodes'])}) {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in results.response["violations"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
