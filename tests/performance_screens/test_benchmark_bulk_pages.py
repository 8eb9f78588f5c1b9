"""Setting many benchmarks on screen: choose, look, write; from the list of partners and from that of benchmarks."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from performance.models import Benchmark
from tests.conftest import World
from tests.factories.partners import PartnerFactory, TierFactory
from tests.performance_screens.conftest import Scored, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(acme: World) -> Scored:
    with acme.scope():
        return build(acme)


def address(world: World, name: str, **kwargs: Any) -> str:
    return reverse(f"performance:{name}", kwargs={"tenant": world.tenant.slug, **kwargs})


def seen_in(html: str) -> str:
    return html.split('name="seen" value="')[1].split('"')[0]


def test_numbers_for_a_tier_and_everybody(acme: World, scored: Scored, manager_client: Client) -> None:
    with acme.scope():
        gold = TierFactory(name="Gold", programme=scored.programme)
    url = address(acme, "benchmark_bulk")
    posted = {
        "kpis": [scored.revenue.pk],
        "groups": ["all", f"tier-{gold.pk}"],
        "period_kind": "quarter",
        "how": "set",
        "floor": "10",
        "target": "200",
        "stretch": "300",
        "valid_from": "2024-07-01",
        "do": "preview",
    }

    preview = manager_client.post(url, posted)

    html = preview.content.decode()
    assert preview.status_code == 200
    assert "2 benchmarks begin." in html
    assert "was €100" in " ".join(html.split())
    with acme.scope():
        assert not Benchmark.objects.filter(valid_from=date(2024, 7, 1)).exists()

    written = manager_client.post(url, {**posted, "do": "apply", "seen": seen_in(html)}, follow=True)

    assert "2 benchmarks are set." in written.content.decode()
    with acme.scope():
        found = Benchmark.objects.filter(valid_from=date(2024, 7, 1)).order_by("scope")
        assert [(row.scope, row.target) for row in found] == [("all", Decimal(200)), ("tier", Decimal(200))]


def test_partners_of_the_list_by_percent(acme: World, scored: Scored, manager_client: Client) -> None:
    with acme.scope():
        others = PartnerFactory.create_batch(2)
        Benchmark.objects.create(
            kpi=scored.revenue,
            period_kind="quarter",
            scope="partner",
            partner=acme.partner,
            valid_from=date(2020, 1, 1),
            direction="higher",
            floor=0,
            target=80,
            stretch=90,
        )
    listed = manager_client.get(reverse("partners:partner_list", kwargs={"tenant": "acme"})).content.decode()
    assert address(acme, "benchmark_bulk") in listed
    rows = {"row": [str(row.public_id) for row in (acme.partner, others[0])]}
    url = address(acme, "benchmark_bulk")
    assert acme.partner.name in manager_client.post(url, rows).content.decode()
    posted = {
        **rows,
        "kpis": [scored.revenue.pk],
        "period_kind": "quarter",
        "how": "percent",
        "percent": "10",
        "do": "preview",
        "valid_from": "2024-07-01",
    }
    html = manager_client.post(url, posted).content.decode()

    assert "1 cannot be set." in html
    assert others[0].name in html
    assert 'value="apply"' not in html

    posted |= {"leave_out": "on"}
    html = manager_client.post(url, posted).content.decode()
    manager_client.post(url, {**posted, "do": "apply", "seen": seen_in(html)})

    with acme.scope():
        row = Benchmark.objects.get(valid_from=date(2024, 7, 1))
        assert (row.partner, row.target, row.stretch) == (acme.partner, Decimal(88), Decimal(99))


def test_chosen_benchmarks_are_carried_forward(acme: World, scored: Scored, manager_client: Client) -> None:
    with acme.scope():
        row = Benchmark.objects.get(kpi=scored.revenue, period_kind="quarter")
    url = address(acme, "benchmark_copy")
    form = manager_client.post(url, {"row": [str(row.public_id)]}).content.decode()
    assert "1 benchmark selected" in form
    aim = form.split('name="aim"')[1].split("selected>")[0].rsplit('value="', 1)[1].split('"')[0]
    posted = {"row": [str(row.public_id)], "aim": aim, "lasts": "period", "percent": "5", "do": "preview"}

    html = manager_client.post(url, posted).content.decode()
    manager_client.post(url, {**posted, "do": "apply", "seen": seen_in(html)})

    with acme.scope():
        targets = list(Benchmark.objects.filter(kpi=scored.revenue, period_kind="quarter").order_by("valid_from"))
        assert [one.target for one in targets] == [Decimal(100), Decimal(105), Decimal(100)]


def test_all_of_a_period_to_an_earlier_one_is_refused(acme: World, scored: Scored, manager_client: Client) -> None:
    url = address(acme, "benchmark_copy")
    html = manager_client.get(url).content.decode()
    aim = html.split('name="source"')[1].split("selected>")[0].rsplit('value="', 1)[1].split('"')[0]

    response = manager_client.post(url, {"source": aim, "aim": aim, "lasts": "on", "do": "preview"})

    assert response.status_code == 422
    assert "Choose a later period of the same length." in response.content.decode()


def test_wrong_numbers_name_their_field(acme: World, scored: Scored, manager_client: Client) -> None:
    posted = {"kpis": [scored.revenue.pk], "groups": ["all"], "period_kind": "quarter", "how": "set", "do": "preview"}

    response = manager_client.post(address(acme, "benchmark_bulk"), {**posted, "valid_from": "2024-07-01"})

    assert response.status_code == 422
    assert response.content.decode().count("Enter a number.") == 6  # each field, and the summary
