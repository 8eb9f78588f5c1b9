"""Running a recorded run again, and comparing two runs: the same hash, or a list of what differs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from performance.choices import RunKind
from performance.errors import NotComparable
from performance.models import Measurement, Run, Scorecard
from performance.queries.runs import comparable_with, compare_runs
from performance.services.benchmarks import set_benchmark
from performance.services.ingest import MeasurementRow, record_measurements
from performance.services.periods import close_period
from performance.services.recompute import score_changes
from performance.services.replaying import replay
from prm.access.actor import SYSTEM
from prm.access.roles import Role
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import LONG_AGO, Scored, build, measure, recompute


@pytest.fixture
def scored(acme: World) -> Scored:
    with acme.scope():
        return build(acme, others=2)


def address(world: World, name: str, **kwargs: object) -> str:
    return reverse(f"performance:{name}", kwargs={"tenant": world.tenant.slug, **kwargs})


def first_run(world: World) -> Run:
    with world.scope():
        return Run.objects.get(kind=RunKind.MANUAL)


def all_cards() -> list[dict[str, object]]:
    return list(Scorecard.objects.order_by("pk").values())


def test_a_run_run_again_gives_the_same_hash_and_keeps_nothing(acme: World, scored: Scored) -> None:
    with acme.scope():
        before, runs = all_cards(), Run.objects.count()

        result = replay(Run.objects.get())

        assert (result["same_hash"], result["same_rules"], result["cards_differing"], result["cards"]) == (
            True,
            True,
            0,
            [],
        )
        assert (all_cards(), Run.objects.count()) == (before, runs)


def test_what_differs_is_listed_with_both_values(acme: World, scored: Scored) -> None:
    run = first_run(acme)
    with acme.scope():
        close_period(period=scored.period("2024-Q1"), actor=SYSTEM)
        Measurement.objects.update(recorded_at=timezone.now() - timedelta(days=2))
        Run.objects.filter(pk=run.pk).update(watermark=timezone.now() - timedelta(days=1))
        measure([(acme.partner, scored.revenue, "2024-03-30", "30", None)])
        score_changes(tenant=acme.tenant)
        stands = all_cards()

        result = replay(Run.objects.get(pk=run.pk))

        assert all_cards() == stands
    quarter = next(
        row for row in result["cards"] if row["period"] == "2024-Q1" and row["partner_id"] == acme.partner.pk
    )
    assert (quarter["old_total"], quarter["new_total"], quarter["is_closed"]) == ("40.0000", "54.4000", True)
    assert (result["same_hash"], result["facts_after"]) == (False, 1)
    assert (result["facts"][0]["kpi"], Decimal(result["facts"][0]["value"])) == ("REVENUE", Decimal(30))


def test_other_rules_are_said_to_be_other(acme: World, scored: Scored) -> None:
    run = first_run(acme)
    with acme.scope():
        numbers = {"floor": Decimal(0), "target": Decimal(200), "stretch": Decimal(220)}
        set_benchmark(actor=SYSTEM, kpi=scored.revenue, period_kind="quarter", valid_from=LONG_AGO, **numbers)

        result = replay(run)

        assert (result["same_hash"], result["same_rules"]) == (False, False)
        assert {row["period"] for row in result["cards"]} == {"2024-Q1", "2024-Q2"}


def test_a_run_after_changes_has_no_hash_to_compare(acme: World, scored: Scored) -> None:
    with acme.scope():
        record_measurements(
            [MeasurementRow(2, acme.partner.external_id, "REVENUE", "2024-05-20", "1", None, "x", "erp")], actor=SYSTEM
        )
        (run,) = score_changes(tenant=acme.tenant)

        result = replay(run)

        assert (result["same_hash"], result["cards_differing"]) == (None, 0)
        assert not comparable_with(run).exists()


def test_a_failed_run_cannot_be_run_again(acme: World, scored: Scored) -> None:
    with acme.scope():
        run = Run.objects.create(kind=RunKind.NIGHTLY, status="failed", as_of=LONG_AGO, periods=["2024-Q1"])

        with pytest.raises(NotComparable):
            replay(run)


def test_over_http_it_is_a_job_with_a_readable_result(
    acme: World, manager_client: Client, scored: Scored, django_capture_on_commit_callbacks: object
) -> None:
    again = address(acme, "run_again", run=first_run(acme).public_id)

    before = manager_client.get(again).content.decode()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        manager_client.post(again)

    html = manager_client.get(again).content.decode()
    assert "has not been run again yet" in before
    assert "Same hash: every scorecard comes out as it did" in html
    assert "Every scorecard stands exactly as it would come out now." in html


def test_a_second_request_waits(acme: World, manager_client: Client, scored: Scored) -> None:
    again = address(acme, "run_again", run=first_run(acme).public_id)
    manager_client.post(again)

    response = manager_client.post(again)

    assert response.status_code == 422
    assert "is being run again already" in response.content.decode()


def test_two_runs_are_compared_by_their_manifests(acme: World, manager_client: Client, scored: Scored) -> None:
    with acme.scope():
        first = Run.objects.get()
        second = recompute()
        measure([(acme.partner, scored.revenue, "2024-05-25", "5", None)], source="crm")
        third = recompute()

        same, other = compare_runs(first, second), compare_runs(third, first)

        assert (same.same_results, same.same_rules, same.cards) == (True, True, 0)
        assert (other.first, other.second, other.same_results) == (first, third, False)
        assert other.cards == 2
        assert [row.pk for row in other.between] == [second.pk]
    url = address(acme, "run_compare", run=third.public_id)
    assert "Another result" in manager_client.get(f"{url}?with={first.public_id}").content.decode()
    assert f"Runs {second.pk} and {third.pk}" in manager_client.get(url).content.decode()
    unknown = manager_client.get(f"{url}?with=nonsense")
    assert "Nothing to compare with" in unknown.content.decode()


def test_only_programme_leads_run_again(acme: World, client: Client, scored: Scored) -> None:
    client.force_login(MembershipFactory(tenant=acme.tenant, role=Role.ANALYST).user)
    run = first_run(acme)

    assert client.get(address(acme, "run_compare", run=run.public_id)).status_code == 200
    assert client.get(address(acme, "run_again", run=run.public_id)).status_code == 200
    assert client.post(address(acme, "run_again", run=run.public_id)).status_code == 403


def test_with_own_partners_only_the_list_names_nobody_else(
    acme: World, client: Client, scored: Scored, django_capture_on_commit_callbacks: object
) -> None:
    member = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)
    again = address(acme, "run_again", run=first_run(acme).public_id)
    with acme.scope():
        acme.partner.owner = member.user
        acme.partner.save()
        rows = [(partner, scored.revenue, "2024-05-28", "5", None) for partner in scored.partners]
        measure(rows)
        recompute()
    client.force_login(acme.admin)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        client.post(again)
    everybody = client.get(again).context["result"]["facts"]

    client.force_login(member.user)
    own = client.get(again).context["result"]["facts"]

    assert {row["partner_id"] for row in everybody} == {partner.pk for partner in scored.partners}
    assert {row["partner_id"] for row in own} == {acme.partner.pk}
