"""Error pages: right status, one heading, a reference, no database."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import Client, RequestFactory

from prm.ui import errors


@pytest.mark.parametrize(
    ("view", "status", "heading"),
    [
        (errors.bad_request, 400, "This request cannot be read"),
        (errors.permission_denied, 403, "Your role does not allow this"),
        (errors.page_not_found, 404, "There is nothing here"),
        (errors.too_many_requests, 429, "Too many tries"),
        (errors.server_error, 500, "Something went wrong on our side"),
        (errors.csrf_failure, 403, "This form has expired"),
    ],
)
def test_error_pages_need_no_database_and_name_the_request(
    rf: RequestFactory, view: Any, status: int, heading: str
) -> None:
    request: HttpRequest = rf.get("/somewhere/?q=1")
    request.request_id = "7f3k-92qx"  # type: ignore[attr-defined]

    response = view(request)

    html = response.content.decode()
    assert response.status_code == status
    assert html.count("<h1>") == 1
    assert f"<h1>{heading}</h1>" in html
    assert "7f3k-92qx" in html


def test_a_reason_given_on_purpose_is_shown_escaped(rf: RequestFactory) -> None:
    refusal = PermissionDenied("Incentive costs are for <finance>.")

    html = errors.permission_denied(rf.get("/"), refusal).content.decode()

    assert "Incentive costs are for &lt;finance&gt;." in html


def test_trying_again_repeats_only_what_changes_nothing(rf: RequestFactory) -> None:
    read = errors.server_error(rf.get("/report/?q=1")).content.decode()
    written = errors.server_error(rf.post("/report/")).content.decode()

    assert 'href="/report/?q=1"' in read
    assert "Try again" not in written.partition("<main")[2].replace("Try again, or", "")


@pytest.mark.django_db
def test_a_form_without_its_token_gets_words(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)

    response = strict.post("/accounts/login/", {"login": "a@b.example", "password": "x"})

    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
