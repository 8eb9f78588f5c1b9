"""The reviews of a whole period: who is due, created once, begun again where a worker was killed."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from performance.reviews.models import Review
from performance.reviews.queries.due import round_of
from performance.reviews.services import bulk
from performance.reviews.services.bulk import ask_for_reviews, run_creation_job
from performance.reviews.services.creating import create_review
from performance.reviews.services.steps import today
from performance.reviews.services.templates import set_cadence
from prm.access.actor import SYSTEM
from prm.errors import Conflict, InvalidInput
from prm.jobs.models import Job, JobStatus
from prm.notifications.models import Notification
from tests.factories.accounts import PartnerAccessFactory
from tests.factories.partners import PartnerFactory, TierAssignmentFactory, TierFactory
from tests.performance_screens.conftest import measure, recompute


@pytest.fixture
def many(reviewed):
    """Seven partners of the same type with scorecards, each with somebody in the portal; all due each quarter."""
    for _number in range(6):
        partner = PartnerFactory(partner_type=reviewed.world.partner.partner_type)
        PartnerAccessFactory(partner=partner)
        measure([(partner, reviewed.scored.revenue, "2024-05-20", "90", None)])
    recompute()
    set_cadence(actor=SYSTEM, programme=reviewed.scored.programme, period_kind="quarter")
    return reviewed


def ask(reviewed, period="2024-Q2"):
    return ask_for_reviews(
        actor=SYSTEM, programme=reviewed.scored.programme, period=reviewed.scored.period(period), opens_on=today()
    )


def test_who_is_due_follows_from_the_tier_at_the_periods_start(many):
    gold = TierFactory(programme=many.scored.programme)
    set_cadence(actor=SYSTEM, programme=many.scored.programme, period_kind="year")
    set_cadence(actor=SYSTEM, programme=many.scored.programme, period_kind="quarter", tier=gold)
    TierAssignmentFactory(partner=many.world.partner, tier=gold, valid_from=date(2024, 2, 1))

    def due(label):
        return [row.partner for row in round_of(many.scored.programme, many.scored.period(label)).rows]

    assert due("2024-Q1") == []
    assert due("2024-Q2") == [many.world.partner]
    with pytest.raises(InvalidInput, match="another programme"):
        set_cadence(actor=SYSTEM, programme=many.scored.programme, period_kind="month", tier=TierFactory())


def test_those_without_a_scorecard_are_named_and_get_none(many):
    PartnerFactory(partner_type=many.world.partner.partner_type, name="Nothing measured")

    found = round_of(many.scored.programme, many.scored.period("2024-Q2"))

    assert len(found.new) == 7
    assert [row.partner.name for row in found.without_card] == ["Nothing measured"]


def test_a_killed_worker_leaves_whole_reviews_and_the_next_one_goes_on(many, monkeypatch):
    job = ask(many)
    seen = []

    def dies_at_the_fifth(**values):
        seen.append(values["partner"].pk)
        if len(seen) == 5:
            raise KeyboardInterrupt  # nothing of ours runs any more
        return create_review(**values)

    monkeypatch.setattr(bulk, "create_review", dies_at_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        run_creation_job(tenant=many.world.tenant, job_id=job.pk, batch=3)
    assert Review.objects.count() == 3
    assert Job.objects.get(pk=job.pk).status == JobStatus.RUNNING

    monkeypatch.setattr(bulk, "create_review", create_review)
    run_creation_job(tenant=many.world.tenant, job_id=job.pk, batch=3)
    run_creation_job(tenant=many.world.tenant, job_id=job.pk, batch=3)

    job.refresh_from_db()
    assert (job.status, job.result["created"]) == (JobStatus.SUCCEEDED, 7)
    assert Review.objects.values("partner").distinct().count() == Review.objects.count() == 7
    asked = Notification.objects.filter(kind="review.asked")
    assert asked.count() == asked.values("user").distinct().count() == 7


def test_a_second_request_finds_nobody_left(many):
    run_creation_job(tenant=many.world.tenant, job_id=ask(many).pk)

    with pytest.raises(Conflict, match="has its review already"):
        ask(many)


def test_a_partner_that_got_its_review_meanwhile_is_not_reviewed_twice(many):
    job = ask(many)
    many.review()

    run_creation_job(tenant=many.world.tenant, job_id=job.pk)

    assert Review.objects.count() == 7


def test_the_preview_asks_as_much_for_many_as_for_few(many):
    def asked():
        with CaptureQueriesContext(connection) as captured:
            round_of(many.scored.programme, many.scored.period("2024-Q2"))
        return len(captured)

    asked()
    few = asked()
    PartnerFactory.create_batch(5, partner_type=many.world.partner.partner_type)

    assert asked() == few


def test_partners_that_are_gone_meanwhile_do_not_keep_a_worker_for_ever(many):
    job = ask(many)
    job.params["partners"] = [10**9 + number for number in range(5)] + job.params["partners"]
    job.save()

    run_creation_job(tenant=many.world.tenant, job_id=job.pk, batch=2)

    job.refresh_from_db()
    assert (job.status, Review.objects.count(), job.result["created"]) == (JobStatus.SUCCEEDED, 7, 7)
