"""Outlook and summaries over HTTP: on both sides, in both languages, with the figures of the rules."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from performance.services.outlooks import refresh_outlooks
from prm.access.roles import Role
from prm.languages import screen_language, written_language
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import Scored, build
from tests.performance_screens.test_scorecard_page import receipt, tab

IN_MAY = datetime(2024, 5, 31, 12, tzinfo=UTC)


@pytest.fixture
def world(acme: World) -> Scored:
    with acme.scope():
        return build(acme, others=5)


def home(world: Scored, name: str = "home") -> str:
    kwargs = {"tenant": world.world.tenant.slug, "partner": world.partners[0].public_id}
    return reverse(f"portal:{name}", kwargs=kwargs)


def scorecards(world: Scored) -> str:
    return reverse("performance:scorecard_list", kwargs={"tenant": world.world.tenant.slug})


def overview(world: Scored) -> str:
    return reverse("performance:overview", kwargs={"tenant": world.world.tenant.slug})


def test_a_scorecard_names_the_next_steps_and_what_lifts_the_grade(world: Scored, manager_client: Client) -> None:
    response = manager_client.get(tab(world), {"period": "2024-Q1"})

    ahead = response.context["page"].outlook
    html = response.content.decode()
    assert [(row.title, row.step.gain) for row in ahead.steps] == [
        ("Sell-out revenue to €100", Decimal("24.0000")),
        ("Defects to 1\u202f%", Decimal("16.0000")),
    ]
    assert (ahead.lift.title, ahead.lift.step.grade, ahead.lift.step.total) == (
        "Sell-out revenue to €92",
        "C",
        Decimal("60.1600"),
    )
    assert "One change is enough: Sell-out revenue to €92, +20.2 points." in html
    assert "Low grade" in html
    assert (ahead.rolling, ahead.projection) == (Decimal("40.0000"), None)


def test_a_running_period_is_projected_and_never_mixed_with_results(world: Scored, manager_client: Client) -> None:
    with time_machine.travel(IN_MAY, tick=False):
        response = manager_client.get(tab(world), {"period": "2024-Q2"})

    page = response.context["page"]
    assert page.outlook.projection.score.total == Decimal("92.0000")
    assert page.totals[-1] == page.card.total == Decimal("80.0000")
    html = response.content.decode()
    assert "Not a result: what comes out if the rest goes like the first 60 of 91 days." in html
    assert "Goes on at the same pace" in html
    assert "Stays as it is" in html


def test_both_sides_are_told_the_same_and_the_partner_is_addressed(world: Scored, client: Client, acme: World) -> None:
    client.force_login(acme.admin)
    theirs = client.get(tab(world)).context["summary"].sentences
    client.force_login(acme.partner_user)
    response = client.get(home(world, "scorecard"))

    ours = response.context["summary"].sentences
    assert theirs[0] == "The score of 2024-Q2 is 80.0, grade B."
    assert ours[0] == "Your score of 2024-Q2 is 80.0, grade B."
    assert ours[1:] == theirs[1:]
    assert theirs[1:4] == [
        "That is 40.0 points more than in 2024-Q1.",
        "That is place 6 of 6 similar partners.",
        "What helped most was Sell-out revenue with 24.0 points and Defects with 16.0 points.",
    ]
    assert "At risk" not in response.content.decode()


def test_the_summary_speaks_the_language_of_the_person_then_of_the_workspace(
    world: Scored, manager_client: Client, acme: World
) -> None:
    acme.tenant.language = "de"
    acme.tenant.save()

    page = manager_client.get(overview(world))

    assert page.context["summary"].sentences[0] == "6 von 6 Partnern sind für 2024-Q2 bewertet."
    assert '<section class="panel soft pad mb6 told" lang="de">' in page.content.decode()
    assert '<html lang="en"' in page.content.decode()
    acme.admin.language = "en"
    acme.admin.save()
    assert manager_client.get(overview(world)).context["summary"].language == "en"


def test_a_language_is_chosen_in_the_profile(world: Scored, manager_client: Client, acme: World) -> None:
    address = reverse("accounts:profile")
    form = {"full_name": "Marta", "language": "de", "theme": "light", "density": "compact"}

    assert "Deutsch" in manager_client.get(address).content.decode()
    manager_client.post(address, form)

    assert manager_client.get(overview(world)).context["summary"].language == "de"
    refused = manager_client.post(address, {**form, "language": "fi"})
    assert "language" in refused.context["form"].errors


@pytest.mark.parametrize(
    ("preferences", "written", "screen"),
    [(("de", "en"), "de", "en"), (("", "de"), "de", "en"), (("fi",), "en", "en"), ((), "en", "en")],
)
def test_texts_are_written_in_more_languages_than_screens_speak(preferences, written, screen) -> None:
    assert (written_language(*preferences), screen_language(*preferences)) == (written, screen)


def test_the_list_of_partners_at_risk_says_why(world: Scored, manager_client: Client) -> None:
    response = manager_client.get(scorecards(world), {"period": "2024-Q1", "risk": "yes"})

    html = response.content.decode()
    assert [row.object.partner_id for row in response.context["list"].lines] == [world.partners[0].pk]
    assert "At risk because" in html
    assert "Low grade" in html
    file = manager_client.get(scorecards(world), {"period": "2024-Q1", "risk": "yes", "export": "csv"})
    assert "Low grade" in b"".join(file).decode("utf-8-sig")


def test_the_list_shows_rolling_scores_and_who_moved(world: Scored, manager_client: Client) -> None:
    response = manager_client.get(scorecards(world), {"cols": "partner,rolling", "moved": "up"})

    rows = response.context["list"].lines
    assert [(row.object.partner_id, row.object.rolling) for row in rows] == [
        (world.partners[0].pk, Decimal("60.8696"))  # (12 * 80 + 11 * 40) / 23
    ]
    assert "60.9" in response.content.decode()
    down = manager_client.get(scorecards(world), {"moved": "down"})
    assert down.context["list"].total == 0


def test_a_running_overview_is_told_and_asked_by_the_projection(
    world: Scored, manager_client: Client, acme: World
) -> None:
    with time_machine.travel(IN_MAY, tick=False):
        refresh_outlooks(tenant=acme.tenant)
        response = manager_client.get(overview(world), {"period": "2024-Q2"})

        page = response.context["page"]
        assert (page.is_running, page.projected_average) == (True, Decimal("92"))
        assert response.context["summary"].sentences[:3] == [
            "6 of 6 partners are rated in 2024-Q2.",
            "The average score is 85.0 so far.",
            "60 of 91 days are over. If the rest goes like this, the average ends at 92.0, 13.7 points more than in"
            " 2024-Q1.",
        ]
        assert "2024-Q2 is still running: judged by where it ends at this pace" in response.content.decode()


def test_the_receipt_has_every_kpi_by_period(world: Scored, manager_client: Client) -> None:
    response = manager_client.get(receipt(world, "2024-Q2"))

    page = response.context["page"]
    assert page.trend_labels == ["Q1 24", "Q2 24"]
    assert page.trend_rows == [("Sell-out revenue", ["€50", "€100"]), ("Defects", ["3.0\u202f%", "1.0\u202f%"])]
    assert page.trend_totals == ["40.0", "80.0"]
    assert "Every KPI by period" in response.content.decode()


def test_a_viewer_sees_it_too(world: Scored, client: Client, acme: World) -> None:
    client.force_login(MembershipFactory(tenant=acme.tenant, role=Role.ANALYST).user)

    assert "Cheapest next step" in client.get(tab(world), {"period": "2024-Q1"}).content.decode()


def test_the_outlook_asks_no_query_of_its_own(world: Scored, manager_client: Client) -> None:
    """A running period is projected from what the page has read already."""
    address = tab(world)
    manager_client.get(address)
    with CaptureQueriesContext(connection) as past:
        manager_client.get(address, {"period": "2024-Q2"})
    with time_machine.travel(IN_MAY, tick=False), CaptureQueriesContext(connection) as running:
        manager_client.get(address, {"period": "2024-Q2"})

    assert len(running) == len(past)


def test_the_chart_shows_where_the_running_quarter_ends_at_this_pace_on_both_sides(
    world: Scored, manager_client: Client, client: Client
) -> None:
    """On 31 May 60 of 91 days are over: 100 sold become 151.67, the stretch; 0.6 * 100 + 0.4 * 80 = 92."""
    with time_machine.travel(IN_MAY, tick=False):
        ours = manager_client.get(tab(world), {"period": "2024-Q2"})
        past = manager_client.get(tab(world), {"period": "2024-Q1"})
        client.force_login(world.world.partner_user)
        theirs = client.get(home(world, "scorecard"), {"period": "2024-Q2"})

    for response in (ours, theirs):
        chart = response.context["page"].history
        html = response.content.decode()
        assert chart.columns[-1] == "Projected for the end of the period"
        assert [row[-1] for row in chart.rows[-2:]] == ["–", "92.0"]
        assert chart.rows[-1][1] == "80.0"
        assert 'class="ln dash' in html
        assert "At this pace 2024-Q2 ends at 92.0." in html
    assert "Projected for the end of the period" not in past.content.decode()
