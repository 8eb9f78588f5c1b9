"""Defining KPIs, setting benchmarks, writing templates, typing in: what is refused, and where it is said."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from performance.models import KPI, Benchmark, Measurement, ScorecardTemplate
from prm.access.roles import Role
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import Scored, build


@pytest.fixture
def scored(acme: World) -> Scored:
    with acme.scope():
        return build(acme)


def address(world: World, name: str, **kwargs: Any) -> str:
    return reverse(f"performance:{name}", kwargs={"tenant": world.tenant.slug, **kwargs})


KPI_INPUT = {
    "code": "on_time",
    "name": "Delivered on time",
    "definition": "Deliveries that arrived on the agreed day, of all deliveries.",
    "source_kind": "deliveries",
    "unit": "%",
    "decimals": "1",
    "aggregation": "ratio",
    "multiplier": "100",
    "is_share": "on",
    "direction": "higher",
    "is_active": "on",
}


def test_a_kpi_is_defined_and_shown(acme: World, manager_client: Client) -> None:
    response = manager_client.post(address(acme, "kpi_create"), KPI_INPUT, follow=True)

    with acme.scope():
        kpi = KPI.objects.get()
    assert (kpi.code, kpi.multiplier, kpi.is_share) == ("ON_TIME", 100, True)
    html = response.content.decode()
    assert "Deliveries that arrived on the agreed day" in html
    assert "All values of the period added up, divided by all their weights, times 100." in html


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"code": "on time"}, "code", "Use capital letters"),
        ({"code": "REVENUE"}, "code", "There is already a KPI with the code REVENUE."),
        ({"name": ""}, "name", "This field is required."),
        ({"value_min": "10", "value_max": "5"}, "value_max", "must not be below the lowest"),
        ({"aggregation": "sum"}, "multiplier", "Only a ratio, a growth and a division"),
        ({"aggregation": "sum", "multiplier": "1"}, "is_share", "Only a ratio can be a share"),
        ({"multiplier": "0"}, "multiplier", "above zero"),
        ({"decimals": "9"}, "decimals", "less than or equal to 6"),
        ({"value_min": "NaN"}, "value_min", "Enter a number"),
    ],
)
def test_a_kpi_that_makes_no_sense_is_refused_at_its_field(
    acme: World, manager_client: Client, scored: Scored, change: dict[str, str], field: str, rule: str
) -> None:
    response = manager_client.post(address(acme, "kpi_create"), {**KPI_INPUT, **change})

    assert response.status_code == 422
    assert rule in response.context["form"].errors[field][0]
    with acme.scope():
        assert KPI.objects.count() == 2


def test_facts_keep_their_meaning(acme: World, manager_client: Client, scored: Scored) -> None:
    form = {**KPI_INPUT, "name": "Sales", "aggregation": "average", "multiplier": "1", "is_share": ""}

    response = manager_client.post(address(acme, "kpi_update", kpi=scored.revenue.public_id), form)

    assert response.status_code == 422
    assert "its aggregation cannot change" in response.context["form"].errors["aggregation"][0]


GROWTH_INPUT = {
    **{name: value for name, value in KPI_INPUT.items() if name != "is_share"},
    "code": "GROWTH",
    "name": "Revenue growth",
    "aggregation": "growth",
    "compare_with": "period",
}


def test_a_derived_kpi_is_defined_and_tried_out(acme: World, manager_client: Client, scored: Scored) -> None:
    form = {**GROWTH_INPUT, "first": scored.revenue.pk}
    page = manager_client.post(address(acme, "kpi_create"), form, follow=True)

    with acme.scope():
        kpi = KPI.objects.get(code="GROWTH")
        assert (kpi.input_codes, kpi.compare_with) == (["REVENUE"], "period")
    assert "How much Sell-out revenue grew on the period before, as a part of it, times 100." in page.content.decode()

    query = {"try_partner": scored.partners[0].external_id, "try_period": "2024-Q2"}
    tried = manager_client.get(address(acme, "kpi_detail", kpi=kpi.public_id), query)

    rows = tried.context["tester"].rows
    assert [(row.code, row.period, row.value) for row in rows] == [
        ("REVENUE", "2024-Q2", "€100"),
        ("REVENUE", "2024-Q1", "€50"),
        ("GROWTH", "2024-Q2", "100\u202f%"),
    ]
    assert rows[-1].rule == "100 × (100 − 50) ÷ 50 with REVENUE = 100, REVENUE the period before = 50"
    refused = manager_client.get(
        address(acme, "kpi_detail", kpi=kpi.public_id), {"try_partner": "nobody", "try_period": "2024-Q2"}
    )
    assert "No partner has the external number or name “nobody”." in refused.content.decode()


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({}, "first", "Choose the KPI that it is made from."),
        ({"aggregation": "quotient"}, "second", "Choose the KPI to divide by."),
        ({"aggregation": "formula", "multiplier": "1"}, "formula", "Write the formula."),
        ({"aggregation": "formula", "multiplier": "1", "formula": "REVENUE / NOPE"}, "formula", "NOPE"),
        (
            {"aggregation": "formula", "multiplier": "1", "formula": "GROWTH * 2"},
            "formula",
            "cannot be made from itself",
        ),
        ({"aggregation": "formula", "formula": "REVENUE"}, "multiplier", "Only a ratio, a growth and a division"),
        ({"aggregation": "distinct", "multiplier": "1"}, "attribute", "Name the attribute"),
        ({"aggregation": "median", "multiplier": "1", "attribute": "sku"}, "attribute", "This is only for:"),
        ({"value_max": "5"}, "value_max", "no measurements to limit"),
    ],
)
def test_a_definition_that_cannot_be_computed_is_refused_at_its_field(
    acme: World, manager_client: Client, scored: Scored, change: dict[str, str], field: str, rule: str
) -> None:
    response = manager_client.post(address(acme, "kpi_create"), {**GROWTH_INPUT, **change})

    assert response.status_code == 422
    assert rule in response.context["form"].errors[field][0]
    with acme.scope():
        assert not KPI.objects.filter(code="GROWTH").exists()


def test_a_derived_kpi_is_changed_with_its_former_inputs_shown(
    acme: World, manager_client: Client, scored: Scored
) -> None:
    manager_client.post(address(acme, "kpi_create"), {**GROWTH_INPUT, "first": scored.revenue.pk})
    with acme.scope():
        kpi = KPI.objects.get(code="GROWTH")
    edit = address(acme, "kpi_update", kpi=kpi.public_id)

    shown = manager_client.get(edit).context["form"]
    saved = manager_client.post(
        edit,
        {
            **GROWTH_INPUT,
            "first": scored.revenue.pk,
            "aggregation": "formula",
            "multiplier": "1",
            "formula": "REVENUE*2",
        },
    )

    assert shown.initial["first"] == scored.revenue.pk
    assert saved.status_code == 302
    with acme.scope():
        kpi.refresh_from_db()
        assert (kpi.formula, kpi.input_codes) == ("REVENUE*2", ["REVENUE"])


def benchmark_input(scored: Scored, **changes: Any) -> dict[str, Any]:
    values = {"kpi": scored.revenue.pk, "period_kind": "quarter", "scope": "all", "valid_from": "2025-01-01"}
    return {**values, "floor": "0", "target": "200", "stretch": "250", **changes}


def test_a_new_benchmark_ends_the_former_one(acme: World, manager_client: Client, scored: Scored) -> None:
    response = manager_client.post(address(acme, "benchmark_create"), benchmark_input(scored), follow=True)

    with acme.scope():
        former, new = Benchmark.objects.filter(kpi=scored.revenue, period_kind="quarter").order_by("valid_from")
    assert (former.valid_to, new.target) == (date(2025, 1, 1), 200)
    assert "1 Jan 2020 to 31 Dec 2024 inclusive" in response.content.decode()


def test_the_last_day_is_inclusive(acme: World, manager_client: Client, scored: Scored) -> None:
    form = benchmark_input(scored, period_kind="month", last_day="2025-03-31")

    manager_client.post(address(acme, "benchmark_create"), form)

    with acme.scope():
        assert Benchmark.objects.get(kpi=scored.revenue, target=200).valid_to == date(2025, 4, 1)


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"target": "-5"}, "target", "must not be below the floor"),
        ({"stretch": "150"}, "stretch", "must not be below the target"),
        ({"ceiling": "300"}, "ceiling", "Only a band has a ceiling"),
        ({"last_day": "2024-12-31"}, "last_day", "must not be before the first day"),
        ({"scope": "tier"}, "tier", "Say which one"),
        ({"scope": "partner", "partner": "NOBODY"}, "partner", "No partner has the external number or name “NOBODY”"),
        ({"floor": "1e30"}, "floor", "no more than 20 digits"),
        ({"valid_from": "2025-02-30"}, "valid_from", "Enter a valid date"),
        ({"kpi": "999999"}, "kpi", "Select a valid choice"),
    ],
)
def test_a_benchmark_that_breaks_a_rule_is_refused_at_its_field(
    acme: World, manager_client: Client, scored: Scored, change: dict[str, str], field: str, rule: str
) -> None:
    response = manager_client.post(address(acme, "benchmark_create"), benchmark_input(scored, **change))

    assert response.status_code == 422
    assert rule in response.context["form"].errors[field][0]
    with acme.scope():
        assert Benchmark.objects.count() == 4


def test_lower_is_better_wants_the_other_order(acme: World, manager_client: Client, scored: Scored) -> None:
    form = benchmark_input(scored, kpi=scored.defects.pk, floor="1", target="5", stretch="0")

    response = manager_client.post(address(acme, "benchmark_create"), form)

    assert "the target must not be above the floor" in response.context["form"].errors["target"][0]


def test_an_overlap_is_refused_at_the_last_day(acme: World, manager_client: Client, scored: Scored) -> None:
    manager_client.post(address(acme, "benchmark_create"), benchmark_input(scored, valid_from="2026-01-01"))

    form = benchmark_input(scored, target="220", last_day="2026-06-30")
    response = manager_client.post(address(acme, "benchmark_create"), form)

    assert response.status_code == 422
    assert "Another benchmark for Everyone begins on" in response.context["form"].errors["last_day"][0]


def test_a_benchmark_is_ended_and_withdrawn(acme: World, manager_client: Client, scored: Scored) -> None:
    with acme.scope():
        first, second = Benchmark.objects.filter(kpi=scored.revenue).order_by("pk")

    manager_client.post(address(acme, "benchmark_end", benchmark=first.public_id), {"last_day": "2030-12-31"})
    refused = manager_client.post(address(acme, "benchmark_withdraw", benchmark=second.public_id), {"reason": ""})
    manager_client.post(address(acme, "benchmark_withdraw", benchmark=second.public_id), {"reason": "Typing error"})

    with acme.scope():
        first.refresh_from_db()
        second.refresh_from_db()
    assert first.valid_to == date(2031, 1, 1)
    assert refused.status_code == 422
    assert second.withdrawn_at is not None


def template_input(scored: Scored, weights: tuple[str, str] = ("60", "40"), **changes: Any) -> dict[str, Any]:
    form: dict[str, Any] = {
        "programme": scored.programme.pk,
        "name": "Next year",
        "points_at_target": "80",
        "minimum_coverage": "60",
        "period_kinds": ["month", "quarter"],
        "lines-TOTAL_FORMS": "2",
        "lines-INITIAL_FORMS": "0",
        "bands-TOTAL_FORMS": "2",
        "bands-INITIAL_FORMS": "0",
        "bands-0-key": "A",
        "bands-0-minimum": "50",
        "bands-1-key": "B",
        "bands-1-minimum": "0",
    }
    for index, (kpi, weight) in enumerate(zip((scored.revenue, scored.defects), weights, strict=True)):
        form |= {
            f"lines-{index}-section": "All",
            f"lines-{index}-kpi": kpi.pk,
            f"lines-{index}-weight": weight,
            f"lines-{index}-policy": "exclude",
            f"lines-{index}-ORDER": str(2 - index),
        }
    return {**form, **changes}


def test_a_draft_is_written_and_published(acme: World, manager_client: Client, scored: Scored) -> None:
    manager_client.post(address(acme, "template_create"), template_input(scored))
    with acme.scope():
        draft = ScorecardTemplate.objects.get(status="draft")
        assert [line.kpi.code for line in draft.lines.select_related("kpi")] == ["DEFECTS", "REVENUE"]
        assert draft.minimum_coverage == Decimal("0.6")

    publish = address(acme, "template_publish", template=draft.public_id)
    assert "Version 1 ends the day before" in manager_client.get(publish).content.decode()
    mid_month = manager_client.post(publish, {"valid_from": "2027-01-15"})
    warnings = len(mid_month.context["report"].warnings)
    unconfirmed = manager_client.post(publish, {"valid_from": "2027-01-01", "seen": warnings})
    manager_client.post(publish, {"valid_from": "2027-01-01", "seen": warnings, "in_spite_of": "on"})

    with acme.scope():
        draft.refresh_from_db()
        scored.template.refresh_from_db()
    assert "first day of a month" in mid_month.context["form"].errors["valid_from"][0]
    assert (unconfirmed.status_code, warnings > 0) == (422, True)
    assert (draft.status, scored.template.valid_to) == ("published", date(2027, 1, 1))


@pytest.mark.parametrize(
    ("change", "part", "rule"),
    [
        ({"lines-1-weight": "39.99"}, "lines", "The weights total 99.99. They must total exactly 100."),
        ({"lines-1-kpi": "same"}, "lines", "stands on the scorecard twice"),
        ({"bands-1-minimum": "5"}, "bands", "The lowest grade must begin at 0"),
        ({"bands-1-key": "A"}, "bands", "Each grade needs its own letter."),
        ({"bands-1-minimum": "50"}, "bands", "Two grades begin at the same total."),
    ],
)
def test_a_template_that_does_not_add_up_is_refused(
    acme: World, manager_client: Client, scored: Scored, change: dict[str, Any], part: str, rule: str
) -> None:
    if change.get("lines-1-kpi") == "same":
        change = {"lines-1-kpi": scored.revenue.pk}

    response = manager_client.post(address(acme, "template_create"), template_input(scored, **change))

    assert response.status_code == 422
    assert rule in response.context[part].non_form_errors()[0]
    with acme.scope():
        assert not ScorecardTemplate.objects.filter(status="draft").exists()


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"lines-0-policy": "carry"}, "carry_periods", "for how many periods"),
        ({"lines-0-gate_minimum": "50"}, "gate_grade", "A gate needs the best grade"),
        ({"lines-0-gate_grade": "B"}, "gate_minimum", "A gate needs the points"),
        ({"lines-0-weight": "-5"}, "weight", "greater than or equal to 0"),
    ],
)
def test_a_line_that_is_incomplete_is_refused_at_its_field(
    acme: World, manager_client: Client, scored: Scored, change: dict[str, Any], field: str, rule: str
) -> None:
    response = manager_client.post(address(acme, "template_create"), template_input(scored, **change))

    assert response.status_code == 422
    assert rule in response.context["lines"].forms[0].errors[field][0]


def test_binary_fractions_do_not_refuse_a_hundred(acme: World, manager_client: Client, scored: Scored) -> None:
    response = manager_client.post(address(acme, "template_create"), template_input(scored, ("33.3333", "66.6667")))

    assert response.status_code == 302


def test_a_published_version_is_revised_not_edited(acme: World, manager_client: Client, scored: Scored) -> None:
    edit = address(acme, "template_update", template=scored.template.public_id)
    assert manager_client.get(edit).status_code == 404

    manager_client.post(address(acme, "template_revise", template=scored.template.public_id))

    with acme.scope():
        draft = ScorecardTemplate.objects.get(status="draft")
        assert draft.lines.count() == 2
    page = manager_client.get(address(acme, "template_update", template=draft.public_id))
    assert [form["weight"].value() for form in page.context["lines"].forms] == ["60", "40"]
    manager_client.post(address(acme, "template_delete", template=draft.public_id))
    with acme.scope():
        assert not ScorecardTemplate.objects.filter(status="draft").exists()


def measurement_input(scored: Scored, **changes: Any) -> dict[str, Any]:
    values = {"kpi": scored.defects.pk, "partner": scored.partners[0].external_id, "occurred_on": "2024-06-02"}
    return {**values, "value": "2", "weight": "50", "note": "Letter of 2 June", **changes}


def test_a_typed_measurement_is_marked_and_corrected(acme: World, manager_client: Client, scored: Scored) -> None:
    page = manager_client.post(address(acme, "measurement_create"), measurement_input(scored), follow=True)
    with acme.scope():
        measurement = Measurement.objects.get(source="manual")
    correct = address(acme, "measurement_correct", measurement=measurement.pk)
    corrected = manager_client.post(
        correct, measurement_input(scored, value="3", note="Counted again"), follow=True
    ).content.decode()

    assert "Manual" in page.content.decode()
    assert "Counted again" in corrected
    assert "Letter of 2 June" in corrected
    with acme.scope():
        measurement.refresh_from_db()
    assert measurement.value == 3


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"note": ""}, "note", "required"),
        ({"partner": "NOBODY"}, "partner", "No partner has the external number or name"),
        ({"value": "60"}, "value", "cannot be above it"),
        ({"value": "", "weight": ""}, "value", "Enter a value"),
        ({"weight": "-1"}, "weight", "cannot be below zero"),
        ({"value": "Infinity"}, "value", "Enter a number"),
        ({"occurred_on": "2024-13-01"}, "occurred_on", "Enter a valid date"),
    ],
)
def test_a_wrong_measurement_is_refused_at_its_field(
    acme: World, manager_client: Client, scored: Scored, change: dict[str, str], field: str, rule: str
) -> None:
    response = manager_client.post(address(acme, "measurement_create"), measurement_input(scored, **change))

    assert response.status_code == 422
    assert rule in response.context["form"].errors[field][0]
    with acme.scope():
        assert not Measurement.objects.filter(source="manual").exists()


def test_an_imported_measurement_is_not_corrected_here(acme: World, manager_client: Client, scored: Scored) -> None:
    with acme.scope():
        measurement = Measurement.objects.first()

    assert manager_client.get(address(acme, "measurement_correct", measurement=measurement.pk)).status_code == 404


def test_an_analyst_reads_and_changes_nothing(acme: World, client: Client, scored: Scored) -> None:
    client.force_login(MembershipFactory(tenant=acme.tenant, role=Role.ANALYST).user)

    assert client.get(address(acme, "kpi_list")).status_code == 200
    assert "Add KPI" not in client.get(address(acme, "kpi_list")).content.decode()
    assert client.get(address(acme, "kpi_create")).status_code == 403
    assert client.post(address(acme, "benchmark_create"), benchmark_input(scored)).status_code == 403
    with acme.scope():
        assert Benchmark.objects.count() == 4


@pytest.mark.parametrize("name", ["kpi_detail", "kpi_update"])
def test_another_tenants_kpi_is_not_found(two_tenants: tuple[World, World], manager_client: Client, name: str) -> None:
    acme, beta = two_tenants
    with beta.scope():
        foreign = build(beta).revenue

    assert manager_client.get(address(acme, name, kpi=foreign.public_id)).status_code == 404
