"""Reviews for `bench web`: one of every partner, with the sides' answers where a page shows them."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone

from partners.models import Partner, Programme
from performance.bench.registry import WebPage
from performance.models import PeriodRow
from performance.reviews.models import Review
from performance.reviews.queries.content import content_of
from performance.reviews.queries.starter import starter_spec
from performance.reviews.services.assessing import Given, save_assessment, save_rating
from performance.reviews.services.bulk import ask_for_reviews, run_creation_job
from performance.reviews.services.news import page_of, portal_page_of
from performance.reviews.services.steps import share_review
from performance.reviews.services.templates import publish_review_template, set_cadence
from prm.access.actor import Actor
from prm.tenancy.scope import require_scope


class ReviewPages:
    """The list, who is due, one shared review, and the same in the portal."""

    def prepare(self, programme: Programme, actor: Actor) -> None:
        """Everybody is reviewed each month."""
        publish_review_template(actor=actor, programme=programme, spec=starter_spec(programme, timezone.localdate()))
        set_cadence(actor=actor, programme=programme, period_kind="month")

    def pages(self, partner: Partner, actor: Actor) -> Sequence[WebPage]:
        """The reviews of the newest month; those of the month before are due and not created."""
        programme = Programme.objects.get(is_default=True)
        newest, before = PeriodRow.objects.filter(kind="month").order_by("-seq")[:2]
        job = ask_for_reviews(actor=actor, programme=programme, period=newest, opens_on=timezone.localdate())
        run_creation_job(tenant=require_scope().tenant, job_id=job.pk)
        own = Review.objects.get(partner=partner, period=newest)
        said = Given(4, "As we agreed at the beginning of the year.")
        content = content_of(own.template_id)
        answers = {item.key: said for item in content.partner_items()}
        rating = save_assessment(review=own, actor=actor, answers=answers, submit=True)
        roles = rating.raters.filter(submitted_at=None).values_list("role_id", flat=True)
        answers = {item.key: said for role in roles for item in content.role_items(role)}
        draft = save_rating(review=rating, actor=actor, user_id=actor.user_id, answers=answers, submit=True)
        share_review(review=draft, actor=actor)
        listed = {"tenant": require_scope().tenant.slug}
        return [
            WebPage("review_list", reverse("reviews:review_list", kwargs=listed)),
            WebPage("review_round", f"{reverse('reviews:round', kwargs=listed)}?period={before.label}"),
            WebPage("review", page_of(own)),
            WebPage("portal_review", portal_page_of(own), is_portal=True),
        ]


PAGES = ReviewPages()
