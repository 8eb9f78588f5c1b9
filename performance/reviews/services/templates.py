"""Writing review templates, version by version, and how often partners are reviewed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import PartnerType, Programme, Tier
from performance.models import KPI
from performance.reviews.models import (
    RaterRole,
    RaterRoleMember,
    ReviewCadence,
    ReviewQuestion,
    ReviewSection,
    ReviewSectionKPI,
    ReviewTemplate,
)
from performance.reviews.queries.people import member_names
from performance.reviews.rules.result import LEVELS
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import InvalidInput

MOST_SECTIONS = 12


@dataclass(frozen=True)
class RoleSpec:
    """A rater role as it is written. `members` are users."""

    name: str
    weight: Decimal = Decimal(1)
    has_owner: bool = False
    members: Sequence[int] = ()


@dataclass(frozen=True)
class QuestionSpec:
    """A question for a role, by its name, or for the partner where `role` is empty."""

    text: str
    role: str = ""


@dataclass(frozen=True)
class SectionSpec:
    """A section as it is written."""

    name: str
    hint: str = ""
    kpis: Sequence[KPI] = ()
    questions: Sequence[QuestionSpec] = ()


@dataclass(frozen=True)
class ReviewTemplateSpec:
    """A whole version. `settings` are fields of ReviewTemplate besides programme, version and name."""

    name: str
    sections: Sequence[SectionSpec]
    roles: Sequence[RoleSpec]
    settings: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def publish_review_template(*, actor: Actor, programme: Programme, spec: ReviewTemplateSpec) -> ReviewTemplate:
    """The programme's next version. New reviews get it; those there are keep theirs.

    Raises:
        InvalidInput: something is missing, named twice or out of range; `field` says what.
    """
    _check(spec)
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    last = ReviewTemplate.objects.filter(programme=programme).order_by("-version").values_list("version", flat=True)
    template = ReviewTemplate(
        programme=programme,
        version=(last.first() or 0) + 1,
        name=spec.name.strip(),
        actor_label=actor.label[:160],
        **spec.settings,
    )
    template.save()
    roles = {}
    members = member_names()
    for position, role in enumerate(spec.roles):
        row = RaterRole.objects.create(template=template, position=position, name=role.name.strip(),
                                       weight=role.weight, has_owner=role.has_owner)  # fmt: skip
        roles[row.name] = row
        RaterRoleMember.objects.bulk_create(
            RaterRoleMember(role=row, user_id=user_id) for user_id in dict.fromkeys(role.members) if user_id in members
        )
    for position, section in enumerate(spec.sections):
        _write_section(template, position, section, roles)
    template.refresh_from_db(fields=["public_id"])
    record(actor=actor, action="review_template.published", target=template,
           changes={"version": [template.version - 1 or None, template.version]})  # fmt: skip
    return template


def _write_section(
    template: ReviewTemplate, position: int, spec: SectionSpec, roles: dict[str, RaterRole]
) -> ReviewSection:
    section = ReviewSection.objects.create(
        template=template, position=position, name=spec.name.strip(), hint=spec.hint.strip()
    )
    ReviewSectionKPI.objects.bulk_create(ReviewSectionKPI(section=section, kpi=kpi) for kpi in dict.fromkeys(spec.kpis))
    ReviewQuestion.objects.bulk_create(
        ReviewQuestion(
            section=section,
            position=number,
            text=question.text.strip(),
            role=roles[question.role.strip()] if question.role.strip() else None,
        )
        for number, question in enumerate(spec.questions)
    )
    return section


def _check(spec: ReviewTemplateSpec) -> None:
    if not spec.name.strip():
        raise InvalidInput(_("Give the template a name."), field="name")
    _check_levels(spec.settings.get("levels"))
    _check_names([section.name for section in spec.sections], "sections", _("A section needs a name of its own."))
    _check_names([role.name for role in spec.roles], "roles", _("A rater role needs a name of its own."))
    if not spec.sections:
        raise InvalidInput(_("A review needs at least one section."), field="sections")
    if len(spec.sections) > MOST_SECTIONS:
        raise InvalidInput(_("A review has up to %(count)d sections.") % {"count": MOST_SECTIONS}, field="sections")
    if any(role.weight <= 0 for role in spec.roles):
        raise InvalidInput(_("A role's weight is more than 0."), field="roles")
    share = spec.settings.get("score_share", Decimal("0.7"))
    if not 0 <= share <= 1:
        raise InvalidInput(_("The share of the score is from 0 to 100 %."), field="score_share")
    names = {role.name.strip() for role in spec.roles}
    asked = set()
    for section in spec.sections:
        for question in section.questions:
            role = question.role.strip()
            if not question.text.strip():
                raise InvalidInput(_("A question needs its text."), field="sections")
            if role and role not in names:
                raise InvalidInput(
                    _("“%(role)s” in the section “%(section)s” is none of the rater roles.")
                    % {"role": role, "section": section.name},
                    field="sections",
                )
            asked.add(role)
    silent = names - asked
    if silent:
        raise InvalidInput(
            _("The role “%(role)s” has no question to answer.") % {"role": sorted(silent)[0]}, field="roles"
        )
    if not names and share < 1:
        raise InvalidInput(_("Without rater roles the score is the whole result: set its share to 100 %."),
                           field="score_share")  # fmt: skip


def _check_levels(levels: Sequence[str] | None) -> None:
    if levels is not None and (len(levels) != LEVELS or not all(level.strip() for level in levels)):
        raise InvalidInput(_("Name all five levels, the lowest first."), field="levels")


def _check_names(names: Sequence[str], where: str, message: str) -> None:
    cleaned = [name.strip() for name in names]
    if not all(cleaned) or len(set(cleaned)) != len(cleaned):
        raise InvalidInput(message, field=where)


@transaction.atomic
def set_cadence(
    *,
    actor: Actor,
    programme: Programme,
    period_kind: str,
    tier: Tier | None = None,
    partner_type: PartnerType | None = None,
) -> ReviewCadence:
    """Say how often partners of a tier, a type, both or all are reviewed; replaces what was said before.

    Raises:
        InvalidInput: the tier is of another programme.
    """
    if tier is not None and tier.programme_id != programme.pk:
        raise InvalidInput(_("This tier belongs to another programme."), field="tier")
    key = {"programme": programme, "tier": tier, "partner_type": partner_type}
    row, is_new = ReviewCadence.objects.select_for_update().get_or_create(**key, defaults={"period_kind": period_kind})
    before = None if is_new else row.period_kind
    row.period_kind = period_kind
    row.save(update_fields=["period_kind"])
    record(actor=actor, action="review_cadence.set", target=row, changes={"period_kind": [before, period_kind]})
    return row


@transaction.atomic
def remove_cadence(*, cadence: ReviewCadence, actor: Actor) -> None:
    """No longer say so; a less specific rule counts then, or nobody is reviewed."""
    record(actor=actor, action="review_cadence.removed", target=cadence,
           changes={"period_kind": [cadence.period_kind, None]})  # fmt: skip
    cadence.delete()
