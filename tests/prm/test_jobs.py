"""Long work that a worker was killed in: whoever gets the task again begins it again, and nobody does it twice."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from prm.access.actor import SYSTEM
from prm.jobs import retrying
from prm.jobs.models import Job, JobStatus
from prm.jobs.services import create_job, finish_job, running_job
from prm.jobs.sweeping import has_stalled_jobs, send_stalled_jobs
from prm.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(two_tenants):
    world = two_tenants[0]
    with world.scope():
        return world, create_job(actor=SYSTEM, kind="test", title="Work").pk


def work(tenant, number):
    """Do the job as tasks do; whether there was something to do."""
    with running_job(tenant, number) as found:
        if found is None:
            return False
        with tenant_scope(tenant):
            finish_job(found)
    return True


def in_another_worker(call):
    """Call in a thread with a connection of its own, which ends with it."""
    answers = []

    def run():
        try:
            answers.append(call())
        except KeyboardInterrupt:
            answers.append("killed")
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    return answers[0]


def status_of(world, number):
    with world.scope():
        return Job.objects.get(pk=number).status


def test_a_job_whose_worker_was_killed_is_begun_again(job):
    world, number = job

    def killed():
        with running_job(world.tenant, number):
            connection.close()  # the process is gone, and nothing of ours runs any more
            raise KeyboardInterrupt

    assert in_another_worker(killed) == "killed"
    assert status_of(world, number) == JobStatus.RUNNING

    assert work(world.tenant, number)
    assert status_of(world, number) == JobStatus.SUCCEEDED


def test_a_job_that_takes_every_worker_with_it_is_given_up(job):
    world, number = job
    with world.scope():
        Job.objects.update(status=JobStatus.RUNNING, starts=3)

    assert work(world.tenant, number) is False
    assert status_of(world, number) == JobStatus.FAILED


def test_a_job_at_work_is_left_to_its_worker_and_a_finished_one_alone(job):
    world, number = job
    with running_job(world.tenant, number) as found:
        assert in_another_worker(lambda: work(world.tenant, number)) is False
        with tenant_scope(world.tenant):
            finish_job(found)

    assert work(world.tenant, number) is False


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"status": JobStatus.QUEUED}, 1),
        ({"status": JobStatus.RUNNING}, 1),
        ({"status": JobStatus.QUEUED, "created_at": timezone.now()}, 0),
        ({"status": JobStatus.RUNNING, "started_at": timezone.now()}, 0),
        ({"status": JobStatus.FAILED}, 0),
        ({"status": JobStatus.QUEUED, "created_at": timezone.now() - timedelta(days=4)}, 0),
        ({"status": JobStatus.QUEUED, "kind": "somebody else's"}, 0),
    ],
)
def test_a_job_that_got_lost_is_sent_again_once_in_a_while(job, monkeypatch, values, expected):
    world, number = job
    sent = []
    monkeypatch.setattr(retrying, "_senders", {"test": lambda *numbers: sent.append(numbers)})
    old = timezone.now() - timedelta(minutes=20)
    with world.scope():
        Job.objects.update(**{"created_at": old, "started_at": old, **values})

    assert has_stalled_jobs(world.tenant) == bool(expected)
    assert [send_stalled_jobs(tenant=world.tenant) for _again in range(2)] == [expected, 0]
    assert sent == [(world.tenant.pk, number)] * expected


def test_a_job_that_failed_is_left_alone_until_somebody_starts_it_again(job):
    world, number = job
    with pytest.raises(ZeroDivisionError), running_job(world.tenant, number):
        raise ZeroDivisionError

    assert status_of(world, number) == JobStatus.FAILED
    assert in_another_worker(lambda: work(world.tenant, number)) is False
