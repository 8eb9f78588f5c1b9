"""Measurements as NDJSON and CSV, and calls that are made once."""

import json
import tracemalloc
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.utils import timezone

from performance.api import stream
from performance.api.bulk import take_in
from performance.api.intake import run_intake_job
from performance.api.measurements import MeasurementBulk
from performance.api.stream import read_stream
from performance.models import Measurement
from prm.api.models import IdempotentCall
from prm.api.parsers import NDJSONParser
from prm.audit.models import AuditEntry
from prm.files.models import StoredFile
from prm.jobs.models import Job
from tests.factories.performance import KPIFactory

pytestmark = pytest.mark.django_db

HEAD = "partner,kpi,occurred_on,value,external_id"
NDJSON, CSV = "application/x-ndjson", "text/csv"


@pytest.fixture(autouse=True)
def _no_calls_counted_yet():
    cache.clear()


@pytest.fixture
def partner(acme):
    with acme.scope():
        KPIFactory(code="REVENUE", value_min=Decimal(0))
    return acme.partner.external_id


def send(api, text, kind=NDJSON, *, query="", key=""):
    data = text if isinstance(text, bytes) else text.encode()
    headers = {"Idempotency-Key": key} if key else {}
    return api.call("POST", f"measurements/bulk/{query}", raw=data, content_type=kind, **headers)


def lines(partner, count, **change):
    row = {"partner": partner, "kpi": "REVENUE", "occurred_on": "2024-05-17", "value": 0.1, **change}
    return "\n".join(json.dumps({**row, "external_id": f"S-{number}"}) for number in range(count))


def test_ndjson_is_taken_line_by_line(api, acme, partner):
    first = send(api, lines(partner, 3) + "\n\n", query="?source=erp")
    again = send(api, lines(partner, 3), query="?source=erp")

    assert (first.status_code, first.json()["created"]) == (200, 3)
    assert again.json()["unchanged"] == 3
    with acme.scope():
        assert list(Measurement.objects.filter(source="erp").values_list("value", flat=True)) == [Decimal("0.1")] * 3


def test_csv_is_taken_row_by_row(api, acme, partner):
    text = f"\ufeff{HEAD},attributes\r\n" + f'{partner},revenue,2024-05-17,12.50,"S,1","{{""sku"": ""a""}}"\r\n'

    answer = send(api, text, CSV, query="?source=erp")

    assert (answer.status_code, answer.json()["created"]) == (200, 1)
    with acme.scope():
        row = Measurement.objects.get()
        assert (row.value, row.external_id, row.attributes) == (Decimal("12.5"), "S,1", {"sku": "a"})


def test_errors_name_the_line_and_nothing_is_written(api, acme, partner):
    text = "\n".join([lines(partner, 1), "{broken", '["no object"]', lines("NOBODY", 1).replace("S-0", "S-9")])

    refused = send(api, text)
    taken = send(api, text, query="?skip_bad_rows=true")

    assert refused.status_code == 422
    assert [(error["row"], error["code"]) for error in refused.json()["errors"]] == [
        (2, "not_an_object"),
        (3, "not_an_object"),
        (4, "unknown_partner"),
    ]
    assert (taken.status_code, taken.json()["created"], taken.json()["bad_rows"]) == (200, 1, 3)
    with acme.scope():
        assert Measurement.objects.count() == 1


def test_errors_of_a_csv_count_the_head_as_row_1(api, partner):
    text = f"{HEAD}\n{partner},REVENUE,2024-05-17,ten,S-1\n{partner},REVENUE\n"

    answer = send(api, text, CSV)

    assert [(error["row"], error["column"], error["code"]) for error in answer.json()["errors"]] == [
        (2, "value", "bad_number"),
        (3, "", "wrong_number_of_cells"),
    ]


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ("", NDJSON, "invalid"),
        ("partner,colour\n", CSV, "unknown_column"),
        ("partner,kpi\n", CSV, "column_missing"),
        (f"{HEAD},kpi\n", CSV, "column_twice"),
        (HEAD.encode() + b"\n\xff\xfe,\n", CSV, "malformed"),
    ],
)
def test_a_body_that_is_no_batch_is_refused_as_a_whole(api, partner, body, kind, code):
    answer = send(api, body, kind)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_too_many_rows_and_unknown_parameters_are_refused(api, acme, partner, monkeypatch):
    monkeypatch.setattr(stream, "MOST_ROWS", 2)

    assert send(api, lines(partner, 3)).json()["code"] == "too_many"
    assert send(api, lines(partner, 1), query="?skip=true").status_code == 422
    with acme.scope():
        assert not Measurement.objects.exists()


def test_the_same_key_and_body_give_the_same_answer_once(api, acme, partner):
    first = send(api, lines(partner, 2), key="night-1")
    again = send(api, lines(partner, 2), key="night-1")

    assert first.json()["created"] == 2
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again["Idempotent-Replayed"] == "true"
    with acme.scope():
        assert IdempotentCall.objects.count() == 1


def test_the_same_key_with_another_body_is_a_conflict(api, acme, partner):
    send(api, lines(partner, 1), key="night-1")

    answer = send(api, lines(partner, 2), key="night-1")

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    with acme.scope():
        assert Measurement.objects.count() == 1


def test_a_refused_call_is_not_kept_and_a_key_lasts_a_day(api, acme, partner):
    assert send(api, "{", key="night-1").status_code == 422
    assert send(api, lines(partner, 1), key="night-1").json()["created"] == 1
    with acme.scope():
        IdempotentCall.objects.update(created_at=timezone.now() - timedelta(hours=25))

    again = send(api, lines(partner, 1), key="night-1")

    assert again.json()["unchanged"] == 1


def test_keys_are_for_json_too(api, acme, partner):
    body = {"rows": [json.loads(lines(partner, 1))]}

    key = {"Idempotency-Key": "k"}
    first = api.call("POST", "measurements/bulk/", body, **key)
    again = api.call("POST", "measurements/bulk/", body, **key)
    other = api.call("POST", "measurements/bulk/", {**body, "skip_bad_rows": True}, **key)

    assert first.json() == again.json()
    assert other.status_code == 409


@pytest.fixture
def long_streams(monkeypatch, settings, tmp_path):
    """Every stream counts as long, and the job is run by hand."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("performance.api.measurements.IN_BACKGROUND_FROM", 1)


def test_a_long_stream_is_answered_with_a_job(api, acme, partner, long_streams):
    answer = send(api, lines(partner, 3), query="?source=erp", key="night-1")
    again = send(api, lines(partner, 3), query="?source=erp", key="night-1")

    assert (answer.status_code, answer.json()["state"], answer.json()["result"]) == (202, "queued", None)
    assert again.json()["url"] == answer.json()["url"]
    assert answer["Location"].endswith(answer.json()["url"])
    with acme.scope():
        assert not Measurement.objects.exists()
        job = Job.objects.get()
    run_intake_job(tenant=acme.tenant, job_id=job.pk)
    run_intake_job(tenant=acme.tenant, job_id=job.pk)

    shown = api.get(answer.json()["url"].removeprefix("/api/v1/")).json()
    assert (shown["state"], shown["percent"], shown["is_written"]) == ("succeeded", 100, True)
    assert (shown["result"]["created"], shown["result"]["bad_rows"]) == (3, 0)
    assert shown["message"] == "3 created, 0 updated, 0 unchanged, 0 wrong."
    with acme.scope():
        assert Measurement.objects.filter(source="erp").count() == 3
        entry = AuditEntry.objects.get(action="measurements.received")
        assert (entry.actor_kind, entry.changes["created"]) == ("api_key", [0, 3])
        assert not StoredFile.objects.exists()


def test_a_refused_long_stream_says_which_rows(api, acme, partner, long_streams):
    url = send(api, lines(partner, 1) + "\n{").json()["url"]
    with acme.scope():
        job = Job.objects.get()

    run_intake_job(tenant=acme.tenant, job_id=job.pk)

    shown = api.get(url.removeprefix("/api/v1/")).json()
    assert (shown["is_written"], shown["message"]) == (False, "1 row is wrong, so nothing was written.")
    assert [error["row"] for error in shown["result"]["errors"]] == [2]
    with acme.scope():
        assert not Measurement.objects.exists()


def test_a_long_stream_that_is_no_batch_fails_with_a_sentence(api, acme, partner, long_streams):
    url = send(api, "partner,colour\n", CSV).json()["url"]
    with acme.scope():
        job = Job.objects.get()

    run_intake_job(tenant=acme.tenant, job_id=job.pk)

    shown = api.get(url.removeprefix("/api/v1/")).json()
    assert (shown["state"], shown["result"]) == ("failed", None)
    assert "“colour”" in shown["message"]


def test_memory_stays_small_however_long_the_body(acme, partner, tmp_path):
    """15 MB of lines: spooled, read one by one, copied into PostgreSQL in chunks."""
    long = tmp_path / "long.ndjson"
    long.write_text(lines(partner, 60_000, attributes={"text": "x" * 120}))
    tracemalloc.start()

    with acme.scope(), long.open("rb") as file:
        view = SimpleNamespace(max_stream_bytes=long.stat().st_size)
        body = NDJSONParser().parse(file, None, {"view": view})
        outcome = take_in(read_stream(body, source="erp", skip_bad_rows=False))

    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert outcome.counts.created == 60_000
    assert peak < 6 * 1024 * 1024


def test_a_body_over_the_limit_is_refused(api, partner, monkeypatch):
    monkeypatch.setattr(MeasurementBulk, "max_stream_bytes", 100)

    answer = send(api, lines(partner, 3))

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
