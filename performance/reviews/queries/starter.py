"""A first review template to begin with, made from the sections of the programme's scorecard."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from partners.models import Programme
from performance.models import KPI
from performance.queries.reference import lines_of, template_for
from performance.reviews.models import ReviewTemplate
from performance.reviews.queries.content import content_of
from performance.reviews.services.templates import QuestionSpec, ReviewTemplateSpec, RoleSpec, SectionSpec

MOST_KPIS = 6


def starter_spec(programme: Programme, today: date) -> ReviewTemplateSpec:
    """A section for each section of the scorecard and one for the partnership, rated by sales and support."""
    scorecard = template_for(programme.pk, today)
    kpis: dict[str, list[KPI]] = {}
    for line in lines_of(scorecard.pk) if scorecard is not None else ():
        kpis.setdefault(line.section.name if line.section else _("Performance"), []).append(line.kpi)
    sales, support = _("Sales"), _("Support")
    sections = [
        SectionSpec(
            name,
            "",
            own[:MOST_KPIS],
            [
                QuestionSpec(_("How do you see the partner in “%(section)s”?") % {"section": name}, sales),
                QuestionSpec(_("What does daily work with them show in “%(section)s”?") % {"section": name}, support),
            ],
        )
        for name, own in list(kpis.items())[:8]
    ]
    sections.append(
        SectionSpec(
            _("Partnership"),
            _("Openness, planning, keeping one's word."),
            (),
            [QuestionSpec(_("How well do we work together?"), sales)],
        )
    )
    return ReviewTemplateSpec(
        name=_("Business review"),
        sections=sections,
        roles=[RoleSpec(sales, Decimal(1), has_owner=True), RoleSpec(support, Decimal(1))],
    )


def spec_of(template: ReviewTemplate) -> ReviewTemplateSpec:
    """A version as it was written, to write the next one from."""
    content = content_of(template.pk)
    kpis = KPI.objects.in_bulk([pk for section in content.sections for pk in section.kpi_ids])
    names = {role.pk: role.name for role in content.roles.values()}
    return ReviewTemplateSpec(
        name=template.name,
        sections=[
            SectionSpec(
                section.name,
                section.hint,
                [kpis[pk] for pk in section.kpi_ids],
                [
                    *(QuestionSpec(item.text) for item in section.of_partner if item.question_id is not None),
                    *(
                        QuestionSpec(item.text, names[role])
                        for role, items in section.of_role.items()
                        for item in items
                    ),
                ],
            )
            for section in content.sections
        ],
        roles=[RoleSpec(role.name, role.weight, role.has_owner, role.member_ids) for role in content.roles.values()],
        settings={
            name: getattr(template, name)
            for name in (
                "levels", "score_share", "minimum_raters", "self_days", "rating_days", "contest_days", "answer_days",
                "sign_days",
            )
        },
    )  # fmt: skip
