"""What waits for a person: who is asked, what comes first, what is left out."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Template

from prm.access.permissions import Can
from prm.accounts.permissions import MEMBER_MANAGE, WORKSPACE_USE
from prm.ui import waiting
from prm.ui.waiting import SHOWN, WaitingItem, WaitingSource, register_waiting, waiting_for

TODAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_sources", {"manager": {}, "portal": {}})


def somebody(*permissions: Any) -> Any:
    return SimpleNamespace(can=Can(frozenset(str(one) for one in permissions)))


def source(key: str, *items: WaitingItem, permission: Any = WORKSPACE_USE) -> None:
    register_waiting(WaitingSource(key, lambda _request: items, permission))


def thing(title: str, due: date | None = None, amount: int = 1) -> WaitingItem:
    return WaitingItem(title, "Do it.", "/t/acme/", due, amount=amount)


def test_the_nearest_day_stands_first_and_what_has_none_last() -> None:
    source("a", thing("later", TODAY + timedelta(9)), thing("some day"))
    source("b", thing("late", TODAY - timedelta(3)))

    found = waiting_for(somebody(WORKSPACE_USE), "manager", TODAY)

    assert [item.title for item in found.items] == ["late", "later", "some day"]


def test_who_may_not_is_not_asked() -> None:
    source("a", thing("a secret"), permission=MEMBER_MANAGE)

    assert not waiting_for(somebody(WORKSPACE_USE), "manager", TODAY)
    assert not waiting_for(somebody(MEMBER_MANAGE), "portal", TODAY)


def test_what_is_left_out_is_counted() -> None:
    source("a", *(thing(f"{n}", TODAY) for n in range(SHOWN)), thing("many", amount=5), thing("one"))

    assert waiting_for(somebody(WORKSPACE_USE), "manager", TODAY).more == 6


def test_a_source_has_a_key_of_its_own() -> None:
    source("a")
    with pytest.raises(ValueError, match="a already"):
        source("a")


def test_the_part_says_what_is_late() -> None:
    source("a", thing("Sign <the> plan", TODAY - timedelta(400)))

    page = Template('{% include "ui/waiting.html" with area="manager" %}').render(
        Context({"request": somebody(WORKSPACE_USE)})
    )

    assert "Sign &lt;the&gt; plan" in page
    assert "Due since" in page


def test_nothing_waits_nothing_is_shown() -> None:
    page = Template('{% include "ui/waiting.html" with area="manager" %}').render(
        Context({"request": somebody(WORKSPACE_USE)})
    )

    assert page.strip() == ""
