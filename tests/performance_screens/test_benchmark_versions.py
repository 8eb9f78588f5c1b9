"""Which benchmark was used and which came before: on both receipts, on paper, over the API, in its history."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from performance.models import Benchmark
from performance.queries.benchmark_versions import versions_of
from performance.queries.receipt import receipt_of
from performance.services.benchmarks import set_benchmark, withdraw_benchmark
from performance.services.periods import close_period
from prm.access.actor import SYSTEM
from tests.conftest import World
from tests.documents import spaced, text_of
from tests.factories.partners import TierFactory
from tests.performance_screens.conftest import Scored, build, recompute
from tests.performance_screens.test_scorecard_page import receipt

SPRING = date(2024, 4, 1)
BEFORE = "Before, 1 Jan 2020 to 31 Mar 2024 inclusive: floor €0, target €100, stretch €120."


@pytest.fixture
def world(acme: World) -> Scored:
    with acme.scope():
        return build(acme, others=1)


def change(scored: Scored, target: str = "90", **more: object) -> Benchmark:
    numbers = {"floor": Decimal(0), "target": Decimal(target), "stretch": Decimal(130)}
    more = {"valid_from": SPRING, "kpi": scored.revenue, "period_kind": "quarter", **numbers, **more}
    return set_benchmark(actor=SYSTEM, **more).benchmark  # type: ignore[arg-type]


def before(scored: Scored, label: str = "2024-Q2") -> Benchmark | None:
    found = receipt_of(scored.card(scored.partners[0], label))
    return versions_of(found.lines, found.previous_lines)[scored.revenue.pk].before


def test_the_receipt_names_the_version_before(world: Scored, manager_client: Client, client: Client) -> None:
    with world.world.scope():
        used = change(world)
        recompute()

    page = manager_client.get(receipt(world, "2024-Q2"))
    history = reverse(
        "performance:benchmark_history", kwargs={"tenant": world.world.tenant.slug, "benchmark": used.public_id}
    )
    revenue, defects = page.context["page"].applicable
    assert revenue.thresholds == "Floor €0, target €90, stretch €130."
    assert (revenue.before, defects.before) == (BEFORE, "The first version.")
    assert BEFORE in page.content.decode()
    assert history in page.content.decode()
    assert BEFORE in spaced(text_of(manager_client.get(receipt(world, "2024-Q2", "receipt_pdf")).content))

    client.force_login(world.world.partner_user)
    kwargs = {"tenant": world.world.tenant.slug, "partner": world.partners[0].public_id}
    theirs = client.get(reverse("portal:receipt", kwargs={**kwargs, "programme": "main", "period": "2024-Q2"}))
    assert BEFORE in theirs.content.decode()
    assert "/benchmarks/" not in theirs.content.decode()


def test_a_period_before_the_change_shows_no_later_version(world: Scored) -> None:
    with world.world.scope():
        change(world)
        recompute()
        assert before(world, "2024-Q1") is None


def test_without_a_former_version_it_is_what_the_period_before_was_scored_by(
    world: Scored, manager_client: Client
) -> None:
    with world.world.scope():
        tier = TierFactory(name="Gold")
        partner = world.partners[0]
        general = Benchmark.objects.get(kpi=world.revenue, period_kind="quarter")
        own = change(world, partner=partner)
        change(world, "70", tier=tier, valid_from=date(2024, 1, 1))
        recompute()
        found = before(world)
        assert (found, own.scope) == (general, "partner")

    row = manager_client.get(receipt(world, "2024-Q2")).context["page"].applicable[0]
    assert row.before == "Before, for everyone, from 1 Jan 2020: floor €0, target €100, stretch €120."


def test_a_withdrawn_version_is_no_former_one_and_is_named_where_it_was_used(
    world: Scored, manager_client: Client
) -> None:
    with world.world.scope():
        mistake = change(world, valid_from=date(2024, 1, 1))
        recompute()
        close_period(period=world.period("2024-Q1"), actor=SYSTEM)
        withdraw_benchmark(benchmark=mistake, actor=SYSTEM, reason="Wrong")
        original = Benchmark.objects.get(kpi=world.revenue, period_kind="quarter", withdrawn_at=None)
        change(world)
        recompute()
        assert before(world) == original

    row = manager_client.get(receipt(world, "2024-Q1")).context["page"].applicable[0]
    assert row.benchmark == mistake
    assert row.withdrawn.startswith("Withdrawn since, on ")
    assert "Withdrawn since" in manager_client.get(receipt(world, "2024-Q1")).content.decode()


def test_a_relative_benchmark_says_its_percents_before(world: Scored, manager_client: Client) -> None:
    with world.world.scope():
        percents = {"floor": Decimal(80), "target": Decimal(105), "stretch": Decimal(120)}
        change(world, basis="own_period", valid_from=date(2024, 1, 1), **percents)
        change(world)
        recompute()

    row = manager_client.get(receipt(world, "2024-Q2")).context["page"].applicable[0]
    assert spaced(row.before) == (
        "Before, 1 Jan 2024 to 31 Mar 2024 inclusive: floor 80 %, target 105 %, stretch 120 % "
        "of the own result in the period before."
    )


def test_one_statement_however_many_lines(world: Scored) -> None:
    with world.world.scope():
        change(world)
        recompute()
        found = receipt_of(world.card(world.partners[0], "2024-Q2"))
        with CaptureQueriesContext(connection) as asked:
            versions = versions_of(found.lines, found.previous_lines)
            [row.before and row.before.scope_label for row in versions.values()]
    assert (len(asked), len(versions)) == (1, 2)


def test_the_history_shows_every_version_of_the_group_and_no_other(world: Scored, manager_client: Client) -> None:
    with world.world.scope():
        used = change(world, note="Plan of the year")
        change(world, "77", partner=world.partners[1])
        gone = change(world, "95", valid_from=date(2024, 7, 1))
        withdraw_benchmark(benchmark=gone, actor=SYSTEM, reason="Wrong")

    address = reverse(
        "performance:benchmark_history", kwargs={"tenant": world.world.tenant.slug, "benchmark": used.public_id}
    )
    page = manager_client.get(address)

    rows = page.context["rows"]
    assert [(row.benchmark.target, row.state) for row in rows] == [
        (Decimal(95), "withdrawn"),
        (Decimal(90), "past"),
        (Decimal(100), "past"),
    ]
    html = page.content.decode()
    assert html.count('aria-selected="true"') == 1
    assert "Plan of the year" in html
    assert "System" in html
