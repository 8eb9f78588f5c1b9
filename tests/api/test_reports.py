"""Reports over the API: rows, files as jobs, schedules."""

import pytest

from performance.reports.models import Schedule
from performance.reports.services.producing import JOB_KIND, run_export_job
from prm.jobs.models import Job
from tests.performance_screens.conftest import build

SCHEDULE = {
    "name": "Monday",
    "report": "scorecard-summary",
    "format": "csv",
    "rhythm": "weekly",
    "filters": {"period": "2024-Q2"},
}


def test_the_catalogue_and_the_rows_of_a_report(acme, api):
    with acme.scope():
        build(acme, others=2)

    keys = [one["key"] for one in api.call("GET", "reports/").json()]
    answer = api.call("GET", "reports/scorecard-summary/?period=2024-Q2&limit=2").json()

    assert {"scorecard-summary", "partner-pack", "run-audit"} <= set(keys)
    assert (answer["count"], len(answer["rows"]), answer["period"]) == (3, 2, "2024-Q2")
    assert answer["run"] is not None
    assert float(answer["rows"][0]["score"]) == 86


def test_wrong_filters_and_limits_are_named(acme, api):
    for query, field in (("limit=0", "limit"), ("period=2050-Q1", "period"), ("colour=red", "colour")):
        refused = api.call("GET", f"reports/scorecard-summary/?{query}")
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == field


def test_a_key_needs_the_right_to_what_a_report_is_made_of(acme, make_client):
    client = make_client(acme, ["report:view"])

    assert client.call("GET", "reports/").json() == []
    assert client.call("GET", "reports/scorecard-summary/").status_code == 403


def test_a_file_is_produced_and_downloaded(acme, api):
    with acme.scope():
        build(acme)

    asked = api.call("POST", "reports/scorecard-summary/files/", {"format": "csv", "filters": {"period": "2024-Q2"}})
    assert asked.status_code == 202
    with acme.scope():
        job = Job.objects.get(kind=JOB_KIND)
    run_export_job(tenant=acme.tenant, job_id=job.pk)
    export = api.call("GET", asked.json()["url"].removeprefix("/api/v1/")).json()
    got = api.call("GET", f"reports/produced/{export['produced']}/file/")

    assert export["status"] == "succeeded"
    assert b"Partner of acme" in b"".join(got.streaming_content)


def test_a_schedule_is_created_changed_sent_and_paused(acme, api):
    with acme.scope():
        build(acme)

    assert api.call("POST", "report-schedules/", SCHEDULE).status_code == 422
    made = api.call("POST", "report-schedules/", {**SCHEDULE, "members": [acme.admin.email]}).json()
    address = f"report-schedules/{made['id']}/"
    changed = api.call("PATCH", address, {"rhythm": "daily", "version": made["version"]}).json()
    assert (changed["rhythm"], changed["members"]) == ("daily", [acme.admin.email])
    assert api.call("PATCH", address, {"rhythm": "monthly", "version": 1}).status_code == 409
    assert api.call("POST", f"{address}send/").status_code == 202
    assert api.call("POST", f"{address}send/").status_code == 409
    assert api.call("GET", f"{address}sendings/").json()["results"][0]["status"] == "waiting"
    assert api.call("PATCH", address, {"status": "paused"}).json()["next_due_at"] is None
    assert api.call("PATCH", address, {"status": "ended"}).json()["status"] == "ended"
    assert api.call("PATCH", address, {"status": "active"}).status_code == 409
    with acme.scope():
        assert Schedule.objects.count() == 1


@pytest.mark.parametrize("query", ["limit=²", "owner=²", f"owner={10**30}", "tier=%00", "partner=%00"])
def test_what_no_filter_can_be_is_refused_in_words(api, acme, query):
    with acme.scope():
        build(acme)

    assert api.call("GET", f"reports/scorecard-summary/?period=2024-Q2&{query}").status_code == 422
