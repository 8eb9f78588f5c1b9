"""The walk-through of docs/api.md, call by call."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

from partners.models import Programme
from performance.models import KPI
from performance.services.recompute import recompute_scorecards, score_changes
from tests.factories.partners import PartnerTypeFactory
from tests.factories.performance import ScorecardTemplateFactory, TemplateLineFactory

pytestmark = pytest.mark.django_db

PAGE = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
CALL = re.compile(
    r"curl (?:-X (?P<method>\w+) )?\"?\$API(?P<path>/[^\s\"]*)\"? -H \"Authorization: Bearer \$KEY\""
    r"(?: -H \"Content-Type: application/json\" -d '\s*(?P<body>.*?)')?(?=\n)",
    re.DOTALL,
)


def calls():
    """Every call of the page, in order: method, path below /api/v1/, body as text."""
    return [(found["method"] or "GET", found["path"].lstrip("/"), found["body"]) for found in CALL.finditer(PAGE)]


def intake(api):
    """The address of a stream that went to the background; it says what is there already."""
    row = (
        '{"partner": "10042", "kpi": "REVENUE", "occurred_on": "2024-05-03", "value": "480.50", "external_id": "SO-1"}'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("performance.api.measurements.IN_BACKGROUND_FROM", 1)
        sent = api.call("POST", "measurements/bulk/?source=erp", raw=row.encode(), content_type="application/x-ndjson")
    return sent["Location"].partition("/api/v1/")[2]


def test_the_page_is_true(api, acme):
    cache.clear()
    with acme.scope():
        PartnerTypeFactory(key="reseller")
    made = calls()
    answers, partner_id = [], ""

    for method, path, body in made:
        if path.startswith("scorecards/?"):
            with acme.scope():
                template = ScorecardTemplateFactory(programme=Programme.objects.get(is_default=True))
                TemplateLineFactory(template=template, kpi=KPI.objects.get())
            recompute_scorecards(tenant=acme.tenant)
        address = intake(api) if "/intakes/" in path else path.replace("0198…", partner_id)
        response = api.call(method, address, raw=body and body.encode())
        answers.append((method, path.split("?")[0], response.status_code))
        if path.startswith("partners/by-number"):
            partner_id = response.json()["partner"]["id"]
        if path.endswith("receipt/"):
            receipt = response.json()
    score_changes(tenant=acme.tenant)

    assert answers == [
        ("PUT", "kpis/REVENUE/", 201),
        ("POST", "benchmarks/", 201),
        ("POST", "benchmarks/bulk/", 200),
        ("POST", "benchmarks/carry-forward/", 201),
        ("PUT", "partners/by-number/10042/", 201),
        ("POST", "measurements/bulk/", 200),
        ("GET", "measurements/intakes/0198…/", 200),
        ("GET", "scorecards/", 200),
        ("GET", "scorecards/main/2024-05/0198…/", 200),
        ("GET", "scorecards/main/2024-05/0198…/receipt/", 200),
        ("POST", "measurements/", 200),
        ("DELETE", "measurements/by-number/erp/SO-1/", 204),
        ("POST", "partners/0198…/status/", 200),
    ]
    assert (receipt["card"]["total"], receipt["card"]["grade"]) == ("72.0000", "C")
    assert (receipt["counted"], receipt["facts"][0]["external_id"]) == (2, "SO-2")
    assert api.get(f"scorecards/main/2024-05/{partner_id}/").json()["lines"][0]["actual"] == "519.500000"
