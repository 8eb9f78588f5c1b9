"""A small review template and reviews on the small scored programme. The open scope says whose they are."""

from decimal import Decimal
from typing import Any

from partners.models import Programme
from performance.models import KPI, PeriodRow
from performance.reviews.models import Review, ReviewTemplate
from performance.reviews.queries.content import content_of
from performance.reviews.services.assessing import Given, save_assessment, save_rating
from performance.reviews.services.creating import create_review
from performance.reviews.services.templates import (
    QuestionSpec,
    ReviewTemplateSpec,
    RoleSpec,
    SectionSpec,
    publish_review_template,
)
from prm.access.actor import SYSTEM, Actor


def make_review_template(programme: Programme, members: list[Any], **settings: Any) -> ReviewTemplate:
    """Two sections; sales and support rate one question each, sales by the first member, support by the second."""
    kpis = list(KPI.objects.order_by("code"))
    sales, support = (tuple(user.pk for user in one) for one in (members[:1], members[1:2]))
    return publish_review_template(
        actor=SYSTEM,
        programme=programme,
        spec=ReviewTemplateSpec(
            name="Quarterly review",
            sections=[
                SectionSpec("Sales", "", kpis[1:2], [QuestionSpec("How well do they sell?", "Sales")]),
                SectionSpec("Service", "", kpis[:1], [QuestionSpec("How well do they answer?", "Support")]),
            ],
            roles=[RoleSpec("Sales", Decimal(1), members=sales), RoleSpec("Support", Decimal(1), members=support)],
            settings=settings,
        ),
    )


def make_review(world: Any, period: str = "2024-Q2", **values: Any) -> Review:
    """A review of the world's partner, opened: it waits for the self-assessment."""
    programme = Programme.objects.get(is_default=True)
    values.setdefault("owner_id", None)
    return create_review(
        actor=SYSTEM, partner=world.partner, programme=programme, period=PeriodRow.objects.get(label=period), **values
    )


def answers_of_partner(review: Review, level: int = 4) -> dict[str, Given]:
    """The same level on everything the partner answers."""
    return {item.key: Given(level, "We did well.") for item in content_of(review.template_id).partner_items()}


def assess(review: Review, user: Any, level: int = 4) -> Review:
    """The partner's side, submitted."""
    actor = Actor.of_user(user)
    return save_assessment(review=review, actor=actor, answers=answers_of_partner(review, level), submit=True)


def rate(review: Review, user: Any, level: int) -> Review:
    """A member's rating in every role asked of them, submitted."""
    content = content_of(review.template_id)
    roles = review.raters.filter(user=user).values_list("role_id", flat=True)
    answers = {item.key: Given(level, "Solid work.") for role in roles for item in content.role_items(role)}
    return save_rating(review=review, actor=Actor.of_user(user), user_id=user.pk, answers=answers, submit=True)
