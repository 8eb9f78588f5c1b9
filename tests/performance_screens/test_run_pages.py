"""The run log, recomputing on demand and closing periods over HTTP."""

import pytest
from django.test import Client
from django.urls import reverse

from performance.models import Run
from performance.services import asking
from prm.access.roles import Role
from prm.jobs.models import Job, JobStatus
from prm.jobs.services import create_job
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import Scored, build, recompute


@pytest.fixture
def scored(acme: World) -> Scored:
    with acme.scope():
        return build(acme)


def address(world: World, name: str, **kwargs: object) -> str:
    return reverse(f"performance:{name}", kwargs={"tenant": world.tenant.slug, **kwargs})


def test_a_run_shows_its_manifest_and_what_it_wrote(acme: World, manager_client: Client, scored: Scored) -> None:
    with acme.scope():
        run = Run.objects.get()

    response = manager_client.get(address(acme, "run_detail", run=run.public_id))

    assert response.context["cards"].paginator.count == run.counts["created"]
    assert run.output_hash[:8] in response.content.decode()


def test_running_twice_is_said_to_change_nothing(acme: World, manager_client: Client, scored: Scored) -> None:
    with acme.scope():
        recompute()
        again = recompute()

    html = manager_client.get(address(acme, "run_detail", run=again.public_id)).content.decode()

    assert "Same result as run" in html
    assert "It changed nothing that still stands." in html


def test_recompute_now_is_a_job_that_ends_at_its_run(
    acme: World, manager_client: Client, scored: Scored, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = manager_client.post(address(acme, "run_start"), {"period": ""})

    assert response.status_code == 302
    with acme.scope():
        job = Job.objects.get(kind=asking.JOB_KIND)
        run = Run.objects.order_by("-pk").first()
    assert job.status == JobStatus.SUCCEEDED
    assert job.result_url == address(acme, "run_detail", run=run.public_id)
    assert run.actor_label == str(acme.admin)
    assert "See what changed" in manager_client.get(address(acme, "run_job", job=job.public_id)).content.decode()


def test_a_second_request_waits_for_the_first(acme: World, manager_client: Client, scored: Scored) -> None:
    with acme.scope():
        from prm.access.actor import SYSTEM

        create_job(actor=SYSTEM, kind=asking.JOB_KIND, title="Recompute")

    response = manager_client.post(address(acme, "run_start"), {"period": ""})

    assert response.status_code == 422
    assert "already under way" in response.content.decode()


def test_only_programme_leads_recompute_and_close(acme: World, client: Client, scored: Scored) -> None:
    client.force_login(MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER).user)

    assert client.get(address(acme, "run_list")).status_code == 200
    assert client.post(address(acme, "run_start"), {}).status_code == 403
    assert client.post(address(acme, "period_close", period="2024-Q1"), {}).status_code == 403


def test_closing_asks_for_the_period_and_freezes_it(acme: World, manager_client: Client, scored: Scored) -> None:
    close = address(acme, "period_close", period="2024-Q1")

    refused = manager_client.post(close, {"confirmation": "2024-Q2"})
    manager_client.post(close, {"confirmation": "2024-q1"})
    again = manager_client.post(close, {"confirmation": "2024-Q1"})

    assert "Type 2024-Q1 to close it." in refused.context["form"].errors["confirmation"][0]
    with acme.scope():
        assert scored.period("2024-Q1").closed_by == str(acme.admin)
    assert again.status_code == 422
    assert "Closed" in manager_client.get(address(acme, "period_list")).content.decode()


def test_an_unknown_period_cannot_be_closed(acme: World, manager_client: Client, scored: Scored) -> None:
    assert manager_client.get(address(acme, "period_close", period="1999-Q1")).status_code == 404
