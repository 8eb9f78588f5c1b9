"""The receipt as a PDF, on both sides: word for word the figures of the page, and what paper needs beside them."""

import io
import json
import re
from dataclasses import replace
from decimal import Decimal
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from performance.models import Measurement, Restatement
from performance.pdf import answer
from performance.pdf.lines import inputs_of
from performance.services.kpis import create_kpi, update_kpi
from performance.services.manual import enter_measurement
from performance.services.restatements import apply_restatements
from prm.access.actor import SYSTEM, Actor
from tests.conftest import World
from tests.documents import spaced, text_of
from tests.performance_screens.conftest import Scored, build, measure, recompute
from tests.performance_screens.test_restatement_pages import closed, proposal  # noqa: F401  (a fixture)
from tests.performance_screens.test_scorecard_page import receipt


@pytest.fixture
def scored(acme: World) -> Scored:
    with acme.scope():
        return build(acme, others=5)


def pdf(client: Client, scored: Scored, period: str = "2024-Q2") -> str:
    return text_of(client.get(receipt(scored, period, "receipt_pdf")).content)


def in_portal(scored: Scored, name: str, period: str = "2024-Q2", partner: object = None) -> str:
    partner = partner or scored.partners[0]
    kwargs = {"tenant": scored.world.tenant.slug, "partner": partner.public_id}  # type: ignore[attr-defined]
    return reverse(f"portal:{name}", kwargs={**kwargs, "programme": "main", "period": period})


def figures_of(page: HttpResponse) -> list[str]:
    """What stands in the cells of the sum and in its arithmetic, as a reader sees it."""
    html = page.content.decode()
    table = html[html.index('class="tbl') :]
    table = table[: table.index("</table>")]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", table, re.DOTALL)
    sums = re.findall(r'<p class="sum-line[^>]*>(.*?)</p>', html, re.DOTALL)
    plain = [spaced(unescape(re.sub(r"<[^>]+>", " ", part))) for part in [*cells, *sums]]
    return [part for part in plain if re.search(r"\d", part)]


def test_the_paper_says_the_figures_of_the_page(scored: Scored, manager_client: Client) -> None:
    page = manager_client.get(receipt(scored, "2024-Q1"))
    paper = pdf(manager_client, scored, "2024-Q1").replace(" ", "")

    figures = [figure.replace(" ", "") for figure in figures_of(page)]
    numbers = [number for figure in figures for number in re.findall(r"[€−]?\d[\d.,]*\d|[€−]?\d", figure)]
    assert len(numbers) > 25
    assert [number for number in numbers if number not in paper] == []
    assert "(40×60+40×40)÷100=40" in "".join(figures)
    assert "(40×60+40×40)÷100=40" in paper


def test_each_line_has_its_four_steps_as_on_the_page(scored: Scored, manager_client: Client) -> None:
    rows = manager_client.get(receipt(scored, "2024-Q1")).context["page"].applicable
    paper = pdf(manager_client, scored, "2024-Q1")

    words = [spaced(word) for row in rows for step in row.steps for word in (step.title, step.figure, step.note)]
    assert len(words) == 24
    assert [word for word in words if word not in paper] == []
    assert "Benchmark for everyone, valid from 1 Jan 2020." in paper


def test_the_answer_comes_first(scored: Scored, manager_client: Client) -> None:
    response = manager_client.get(receipt(scored, "2024-Q2", "receipt_pdf"))

    first = spaced(PdfReader(io.BytesIO(response.content)).pages[0].extract_text())
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="Score receipt Partner of acme 2024-Q2.pdf"'
    for words in (
        "Partner of acme",
        "2024-Q2, 1 Apr 2024 to 30 Jun 2024",
        "The period is still open",
        "80.0 of 100",
        "+40.0",
        "6 of 6",
        "To grade A",
        "60 % is needed for a grade",
        "Page 1 of 2",
    ):
        assert words in first


def test_it_says_where_the_figures_come_from(scored: Scored, manager_client: Client) -> None:
    run = manager_client.get(receipt(scored, "2024-Q2")).context["page"].receipt.run
    paper = pdf(manager_client, scored)

    assert run.output_hash in paper
    assert run.rules_hash in paper
    assert f"Run {run.pk}," in paper
    assert f"http://testserver{receipt(scored, '2024-Q2')}" in paper


def test_the_partner_gets_the_same_paper(scored: Scored, client: Client) -> None:
    client.force_login(scored.world.admin)
    theirs = pdf(client, scored)
    client.force_login(scored.world.partner_user)
    ours = text_of(client.get(in_portal(scored, "receipt_pdf")).content)

    def compared(text: str) -> str:
        return re.sub(r"\d\d:\d\d", "", text[: text.index("This receipt on screen")])

    assert compared(ours) == compared(theirs)
    assert "/portal/" in ours
    assert "/portal/" not in theirs


def test_the_partner_gets_nobody_elses_and_no_rank_among_few(acme: World, portal_client: Client) -> None:
    with acme.scope():
        scored = build(acme, others=1)

    own = text_of(portal_client.get(in_portal(scored, "receipt_pdf")).content)

    assert "Shown once at least five partners" in own
    assert "Rank 2 of 2" not in own
    assert "Page 2 of 2" in own
    assert scored.partners[1].name not in own
    assert portal_client.get(in_portal(scored, "receipt_pdf", partner=scored.partners[1])).status_code == 404


def test_both_pages_offer_it(scored: Scored, client: Client) -> None:
    client.force_login(scored.world.admin)
    assert (
        f'href="{receipt(scored, "2024-Q2", "receipt_pdf")}"' in client.get(receipt(scored, "2024-Q2")).content.decode()
    )
    client.force_login(scored.world.partner_user)
    html = client.get(in_portal(scored, "receipt")).content.decode()
    assert f'href="{in_portal(scored, "receipt_pdf")}"' in html


def test_what_was_left_out_is_said_with_its_reason(scored: Scored, manager_client: Client) -> None:
    partner = scored.partners[0]
    with scored.world.scope():
        other = create_kpi(actor=SYSTEM, code="VISITS", name="Visits", decimals=0)
        measure([(partner, scored.revenue, "2024-08-01", "100", None), (partner, other, "2024-08-02", "7", None)])
        recompute()

    paper = pdf(manager_client, scored, "2024-Q3")

    assert "No data in this period. The KPI is left out of total and coverage." in paper
    assert "No data, left out" in paper
    assert "1 counted, 1 left out" in paper
    assert "The scorecard does not have this KPI." in paper


def test_a_typed_in_value_is_marked(scored: Scored, manager_client: Client) -> None:
    with scored.world.scope():
        enter_measurement(
            actor=Actor.of_user(scored.world.admin),
            partner=scored.partners[0],
            kpi=scored.revenue,
            occurred_on=Measurement.objects.order_by("-occurred_on").values_list("occurred_on", flat=True)[0],
            value=Decimal(5),
            weight=None,
            note="By phone",
        )
        recompute()

    assert "typed in" in pdf(manager_client, scored)


def test_plain_words_say_what_a_kpi_means(scored: Scored, manager_client: Client) -> None:
    with scored.world.scope():
        update_kpi(kpi=scored.revenue, actor=SYSTEM, definition="Net sales invoiced to end customers.")

    assert "Net sales invoiced to end customers." in pdf(manager_client, scored)


def test_a_derived_result_names_what_it_was_computed_from(scored: Scored, manager_client: Client) -> None:
    row = manager_client.get(receipt(scored, "2024-Q2")).context["page"].applicable[0]
    derivation = {
        "multiplier": 100,
        "compare_with": "year",
        "formula": "",
        "inputs": [
            {"code": "SALES", "name": "Sales", "unit": "EUR", "decimals": 0, "back": 0, "actual": "120"},
            {"code": "SALES", "name": "Sales", "unit": "EUR", "decimals": 0, "back": 12, "actual": None},
        ],
    }
    derived = replace(row, line=replace(row.line, derivation_json=json.dumps(derivation)))

    assert [(entry["name"], entry["when"], entry["value"]) for entry in inputs_of(derived)] == [
        ("Sales", "in the period", "€120"),
        ("Sales", "12 months before the period", "–"),
    ]


def test_more_measurements_than_the_paper_holds_are_counted(
    scored: Scored, manager_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "FACTS_PRINTED", 2)

    paper = pdf(manager_client, scored)

    assert "These are the newest 2 of 3. All of them are on screen:" in paper
    assert receipt(scored, "2024-Q2", "receipt_facts") in paper.replace(" ", "")
    assert "P00000-REVENUE-2024-05-10" not in paper


def test_a_restated_score_shows_both_versions(acme: World, manager_client: Client, closed: Scored) -> None:  # noqa: F811
    with acme.scope():
        row = Restatement.objects.get(pk=proposal(acme).pk)
        apply_restatements(restatements=[row], actor=Actor.of_user(acme.admin), reason="The invoice of March was late.")

    paper = pdf(manager_client, closed, "2024-Q1")

    assert "Restated after closing" in paper
    assert "Because: The invoice of March was late." in paper
    assert "Points before" in paper
    assert "from 40.0 to 54.4" in paper


def test_names_in_any_script_and_of_any_length_are_survived(scored: Scored, manager_client: Client) -> None:
    with scored.world.scope():
        partner = scored.partners[0]
        partner.name = "株式会社 🚀 " + "Rechtsschutzversicherungsgesellschaften" * 3
        partner.save()

    paper = pdf(manager_client, scored)

    assert "Rechtsschutzversicherungsgesellschaften" in paper.replace(" ", "")
    assert "An empty box stands for a character" in paper
