"""The shells: what stands in every page."""

from django.test import Client
from django.urls import reverse

from prm.ui.csp import POLICY
from tests.conftest import World


def test_manager_page_has_the_landmarks_the_workspace_and_a_title(acme: World, manager_client: Client) -> None:
    page = manager_client.get(reverse("ui:palette", kwargs={"tenant": acme.tenant.slug}), {"q": "wor"})

    html = page.content.decode()
    assert page.status_code == 200
    assert f"<title>Search · {acme.tenant.name} · " in html
    assert html.count("<h1") == 1
    assert '<main id="main"' in html
    assert 'href="#main"' in html
    assert "Switch workspace" in html


def test_portal_page_names_the_partner(acme: World, portal_client: Client) -> None:
    address = reverse("ui:portal_palette", kwargs={"tenant": acme.tenant.slug, "partner": acme.partner.public_id})

    html = portal_client.get(address).content.decode()

    assert "Partner portal" in html
    assert acme.partner.name in html


def test_palette_answers_options_to_its_script(acme: World, manager_client: Client) -> None:
    address = reverse("ui:palette", kwargs={"tenant": acme.tenant.slug})

    html = manager_client.get(address, {"q": "switch", "fragment": "1"}).content.decode()

    assert 'role="option"' in html
    assert "<html" not in html


def test_every_answer_carries_the_strict_policy(acme: World, manager_client: Client) -> None:
    pages = ["/accounts/login/", "/admin/", "/nowhere/", f"/t/{acme.tenant.slug}/_palette/"]

    headers = [manager_client.get(address).headers for address in pages]

    assert [one["Content-Security-Policy"] for one in headers] == [POLICY] * 4
    assert "unsafe" not in POLICY
    assert "frame-ancestors 'none'" in POLICY


def test_no_page_holds_inline_style_or_script(acme: World, manager_client: Client) -> None:
    html = manager_client.get(f"/t/{acme.tenant.slug}/_palette/").content.decode()

    assert " style=" not in html
    assert "<style" not in html
    assert "<script>" not in html
    assert " onclick=" not in html


def test_pages_of_a_workspace_are_not_kept_by_the_browser(acme: World, manager_client: Client) -> None:
    response = manager_client.get(f"/t/{acme.tenant.slug}/_palette/")

    assert response.headers["Cache-Control"] == "private, no-cache"
