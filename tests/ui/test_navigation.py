"""The menus and the palette's registry."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory

from prm.accounts.permissions import AUDIT_VIEW, MEMBER_MANAGE, WORKSPACE_USE
from prm.ui import navigation
from prm.ui.checks import check_navigation
from prm.ui.navigation import NavItem, bottom_bar, register, visible_sections


@pytest.fixture
def empty_menu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A menu without the product's entries."""
    monkeypatch.setattr(navigation, "_items", {"manager": [], "portal": []})


def request_at(view_name: str, *permissions: Any) -> Any:
    """A request of somebody with these permissions, on this page."""
    request = RequestFactory().get("/")
    request.tenant = SimpleNamespace(slug="acme")  # type: ignore[attr-defined]
    request.can = {str(one) for one in permissions} | set(permissions)  # type: ignore[attr-defined]
    request.resolver_match = SimpleNamespace(view_name=view_name)  # type: ignore[assignment]
    return request


def item(url_name: str, **more: Any) -> NavItem:
    return NavItem(
        more.pop("section", "main"), url_name, "users", url_name, more.pop("permission", WORKSPACE_USE), **more
    )


def test_only_permitted_entries_are_shown_in_order_and_empty_sections_are_not(empty_menu: None) -> None:
    register(item("accounts:people", order=20))
    register(item("notifications:inbox", order=10))
    register(item("accounts:api_keys", section="setup", permission=MEMBER_MANAGE))

    sections = visible_sections(request_at("x", WORKSPACE_USE), "manager")

    assert [section.key for section in sections] == ["main"]
    assert [link.url for link in sections[0].links] == ["/t/acme/inbox/", "/t/acme/settings/people/"]


def test_the_entry_whose_name_fits_best_is_current(empty_menu: None) -> None:
    register(item("accounts:people"))
    register(item("accounts:settings", also=("accounts:",)))

    def current(view_name: str) -> list[str]:
        links = visible_sections(request_at(view_name, WORKSPACE_USE), "manager")[0].links
        return [link.item.url_name for link in links if link.is_current]

    assert current("accounts:people") == ["accounts:people"]
    assert current("accounts:roles") == ["accounts:settings"]
    assert current("partners:partner_list") == []


def test_counts_are_asked_for_shown_entries_alone(empty_menu: None) -> None:
    asked: list[str] = []

    def count(name: str) -> Any:
        return lambda _request: asked.append(name) or 6

    register(item("notifications:inbox", count=count("inbox")))
    register(item("accounts:api_keys", permission=MEMBER_MANAGE, count=count("keys")))

    sections = visible_sections(request_at("x", WORKSPACE_USE), "manager")

    assert sections[0].links[0].number == 6
    assert asked == ["inbox"]


def test_phones_get_four_quick_entries(empty_menu: None) -> None:
    for place, name in enumerate(["people", "settings", "roles", "api_keys", "invite_member"]):
        register(item(f"accounts:{name}", order=place, quick=True))

    assert len(bottom_bar(request_at("x", WORKSPACE_USE), "manager")) == 4


def test_a_dead_entry_fails_the_start_up_check(empty_menu: None) -> None:
    register(item("nowhere:at_all", permission=AUDIT_VIEW))

    assert [error.id for error in check_navigation()] == ["ui.E001"]


def test_every_entry_of_the_product_leads_somewhere() -> None:
    assert check_navigation() == []


def test_an_unknown_section_is_refused() -> None:
    with pytest.raises(ValueError, match="no section growth_of_x"):
        register(item("accounts:people", section="growth_of_x"))
