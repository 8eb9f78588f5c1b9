"""What a version of a review template asks. Versions never change, so each is read once per process."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from performance.reviews.models import RaterRole, RaterRoleMember, ReviewQuestion, ReviewSection, ReviewTemplate
from prm.tenancy.reference import reference
from prm.tenancy.scope import require_scope


@dataclass(frozen=True, slots=True)
class Role:
    """A rater role with its weight, the members named for it, and whether the partner's owner rates in it."""

    pk: int
    name: str
    weight: Decimal
    has_owner: bool
    member_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is answered with a level and a comment: a section as a whole, or a question in it."""

    section_id: int
    question_id: int | None
    text: str

    @property
    def key(self) -> str:
        """Names the item in forms and in the API."""
        return f"s{self.section_id}" if self.question_id is None else f"q{self.question_id}"


@dataclass(frozen=True, slots=True)
class Section:
    """A section with its KPIs, what the partner answers in it, and what each role does."""

    pk: int
    name: str
    hint: str
    kpi_ids: tuple[int, ...]
    of_partner: tuple[Item, ...]
    of_role: dict[int, tuple[Item, ...]]


@dataclass(frozen=True, slots=True)
class Content:
    """A whole version: sections in order and rater roles in order."""

    sections: tuple[Section, ...]
    roles: dict[int, Role]

    def partner_items(self) -> Iterator[Item]:
        """What the partner answers, in order."""
        for section in self.sections:
            yield from section.of_partner

    def role_items(self, role_id: int) -> Iterator[Item]:
        """What a role answers, in order."""
        for section in self.sections:
            yield from section.of_role.get(role_id, ())


def content_of(template_id: int) -> Content:
    """The content of a version of the open scope's tenant."""
    return _content(require_scope().tenant_id, template_id)


@lru_cache(maxsize=256)
def _content(_tenant_id: int, template_id: int) -> Content:
    members: dict[int, list[int]] = {}
    for role_id, user_id in RaterRoleMember.objects.filter(role__template_id=template_id).values_list("role", "user"):
        members.setdefault(role_id, []).append(user_id)
    roles = {
        row.pk: Role(row.pk, row.name, row.weight, row.has_owner, tuple(members.get(row.pk, ())))
        for row in RaterRole.objects.filter(template_id=template_id)
    }
    questions: dict[int, list[ReviewQuestion]] = {}
    for question in ReviewQuestion.objects.filter(section__template_id=template_id):
        questions.setdefault(question.section_id, []).append(question)
    sections = ReviewSection.objects.filter(template_id=template_id).prefetch_related("section_kpis")
    return Content(tuple(_section(row, questions.get(row.pk, [])) for row in sections), roles)


def _section(row: ReviewSection, questions: list[ReviewQuestion]) -> Section:
    of_partner = [Item(row.pk, None, row.name)]
    of_role: dict[int, tuple[Item, ...]] = {}
    for question in questions:
        item = Item(row.pk, question.pk, question.text)
        if question.role_id is None:
            of_partner.append(item)
        else:
            of_role[question.role_id] = (*of_role.get(question.role_id, ()), item)
    kpi_ids = tuple(link.kpi_id for link in row.section_kpis.all())
    return Section(row.pk, row.name, row.hint, kpi_ids, tuple(of_partner), of_role)


@reference
def current_template(programme_id: int) -> ReviewTemplate | None:
    """The version that new reviews of a programme get: its newest."""
    return ReviewTemplate.objects.filter(programme_id=programme_id).order_by("-version").first()
