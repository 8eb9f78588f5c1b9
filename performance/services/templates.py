"""Writing, revising and publishing scorecard templates."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import PartnerType, Programme
from performance.choices import ConsequenceTiming, MissingPolicy, TemplateStatus, WhatIfStatus
from performance.consequences import consequence_kinds
from performance.errors import DraftIsTried, TemplateHasWarnings, TemplateIsPublished, TemplateNotReady
from performance.linter import PERIODS, Finding, Report, errors_of, findings_of
from performance.models import (
    KPI,
    BandConsequence,
    GradeBand,
    ScorecardTemplate,
    TemplateLine,
    TemplateLineType,
    TemplateSection,
    WhatIf,
)
from performance.queries.consequences import bands_with_consequences
from performance.queries.lint import kept_lint_facts
from performance.queries.preview import complete_periods
from performance.queries.reference import lines_of
from performance.rules.scoring import DEFAULT_BANDS
from performance.services.checking import check_fields
from performance.services.consequences import inherit_consequences
from performance.services.scheduling import schedule_recompute
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class LineSpec:
    """One KPI of a draft. Without `applies_to` it applies to every partner type."""

    kpi: KPI
    weight: Decimal
    policy: str = MissingPolicy.EXCLUDE
    carry_periods: int = 0
    gate_minimum: Decimal | None = None
    gate_grade: str = ""
    applies_to: Sequence[PartnerType] = ()


@dataclass(frozen=True, slots=True)
class SectionSpec:
    """A heading of a draft with its lines, in order."""

    key: str
    name: str
    lines: Sequence[LineSpec] = ()


@dataclass(frozen=True, slots=True)
class ConsequenceSpec:
    """What follows from a grade of a draft, once it is switched on."""

    kind: str
    timing: str = ConsequenceTiming.CROSSING


@dataclass(frozen=True, slots=True)
class BandSpec:
    """A grade of a draft."""

    key: str
    minimum: Decimal
    name: str = ""
    consequences: Sequence[ConsequenceSpec] = ()


@dataclass(frozen=True, slots=True)
class TemplateSpec:
    """Everything that a draft holds beside its programme and name."""

    sections: Sequence[SectionSpec]
    bands: Sequence[BandSpec] = tuple(BandSpec(band.key, band.minimum) for band in DEFAULT_BANDS)
    settings: dict[str, Any] = field(default_factory=dict)
    """points_at_target, minimum_coverage, period_kinds, consequence_periods; left out means the default."""


def usual_consequences(bands: Sequence[BandSpec]) -> list[BandSpec]:
    """The grades with what a new programme begins with: the owner hears of the two lowest, the partner of the lowest.

    Each when a partner comes into the grade. Nothing follows before somebody has looked and switched it on.
    """
    low = sorted(bands, key=lambda band: band.minimum)[: 2 if len(bands) > 2 else 1]
    usual: dict[str, tuple[ConsequenceSpec, ...]] = {band.key: (ConsequenceSpec("notify_owner"),) for band in low}
    if low:
        usual[low[0].key] += (ConsequenceSpec("notify_partner"),)
    return [replace(band, consequences=usual.get(band.key, ())) for band in bands]


def draft_template(*, programme: Programme, actor: Actor, name: str, spec: TemplateSpec) -> ScorecardTemplate:
    """A new draft version of a programme's scorecard. Weights may still be incomplete.

    Raises:
        InvalidInput: a field is wrong.
    """
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    latest = ScorecardTemplate.objects.filter(programme=programme).aggregate(latest=Max("version"))["latest"] or 0
    template = ScorecardTemplate(programme=programme, name=name, version=latest + 1, **spec.settings)
    check_fields(template)
    template.save()
    _write(template, spec)
    record(actor=actor, action="template.drafted", target=template)
    return template


def rewrite_draft(*, template: ScorecardTemplate, actor: Actor, name: str, spec: TemplateSpec) -> ScorecardTemplate:
    """Replace everything in a draft.

    Raises:
        TemplateIsPublished: it is no draft any more.
        InvalidInput: a field is wrong.
    """
    template = _locked_draft(template)
    template.name = name
    for setting, value in spec.settings.items():
        setattr(template, setting, value)
    check_fields(template)
    template.save()
    template.lines.all().delete()
    template.sections.all().delete()
    template.bands.all().delete()
    _write(template, spec)
    record(actor=actor, action="template.rewritten", target=template)
    return template


def revise_template(*, template: ScorecardTemplate, actor: Actor) -> ScorecardTemplate:
    """A new draft that begins as a copy of this version."""
    return draft_template(
        programme=template.programme, actor=actor, name=template.name, spec=spec_of_template(template)
    )


def spec_of_template(template: ScorecardTemplate) -> TemplateSpec:
    """The content of a version, as a draft takes it; a section without a line is none.

    Lines without a section stand under an empty heading.
    """
    lines = lines_of(template.pk)
    by_section: dict[int | None, list[LineSpec]] = {}
    for line in lines:
        by_section.setdefault(line.section_id, []).append(
            LineSpec(
                line.kpi,
                line.weight,
                line.policy,
                line.carry_periods,
                line.gate_minimum,
                line.gate_grade,
                tuple(line.applies_to.all()),
            )
        )
    used = {line.section for line in lines if line.section is not None}
    headings = sorted(used, key=lambda row: (row.position, row.pk))
    sections = [SectionSpec(row.key, row.name, by_section.get(row.pk, ())) for row in headings]
    if None in by_section:
        sections.append(SectionSpec("", "", by_section[None]))
    return TemplateSpec(
        sections=sections,
        bands=[
            BandSpec(
                band.key,
                band.minimum,
                band.name,
                tuple(ConsequenceSpec(row.kind, row.timing) for row in band.consequences.all()),
            )
            for band in bands_with_consequences(template)
        ],
        settings={
            "points_at_target": template.points_at_target,
            "minimum_coverage": template.minimum_coverage,
            "period_kinds": template.period_kinds,
            "consequence_periods": template.consequence_periods,
        },
    )


def publish_template(
    *,
    template: ScorecardTemplate,
    actor: Actor,
    valid_from: date,
    in_spite_of: Sequence[Finding] = (),
    consequences_on: bool | None = None,
) -> ScorecardTemplate:
    """Fix a draft and let it score every period that starts on or after `valid_from`. Ends the version before.

    `in_spite_of` are the linter's warnings that somebody confirmed; they go into the audit entry. Consequences of its
    grades are switched on or left off as `consequences_on` says; without it they stay on where those of the version
    before are on and the same, because only those has somebody seen.

    Raises:
        TemplateNotReady: naming the first thing that is missing; the weights must total exactly 100.
        TemplateIsPublished: it is published already.
    """
    template = _locked_draft(template)
    check_ready(template)
    former = (
        ScorecardTemplate.objects.select_for_update(no_key=True)
        .filter(programme=template.programme, status=TemplateStatus.PUBLISHED)
        .order_by("-valid_from")
        .first()
    )
    if former is not None:
        if valid_from <= former.valid_from:
            raise TemplateNotReady(
                _("Version %(version)s is valid from %(day)s. Choose a later first day.")
                % {"version": former.version, "day": former.valid_from},
                field="valid_from",
            )
        former.valid_to = valid_from
        former.save(update_fields=["valid_to"])
    template.status, template.valid_from, template.published_at = TemplateStatus.PUBLISHED, valid_from, timezone.now()
    template.save(update_fields=["status", "valid_from", "published_at"])
    changes: dict[str, Any] = {"valid_from": [None, valid_from]}
    reason = ""
    if in_spite_of:
        changes["warnings"] = [None, [": ".join(filter(None, (row.code, row.subject))) for row in in_spite_of]]
        reason = ngettext(
            "Published in spite of %(count)s warning.", "Published in spite of %(count)s warnings.", len(in_spite_of)
        ) % {"count": len(in_spite_of)}
    record(actor=actor, action="template.published", target=template, changes=changes, reason=reason)
    inherit_consequences(template=template, former=former, actor=actor, is_on=consequences_on)
    schedule_recompute(template.tenant)
    return template


def lint_template(template: ScorecardTemplate, *, today: date) -> Report:
    """All that the linter finds about a version, over its last complete periods before the day."""
    template = (
        ScorecardTemplate.objects.select_related("programme")
        .prefetch_related("bands__consequences", Prefetch("lines", TemplateLine.objects.select_related("kpi")))
        .get(pk=template.pk)
    )
    return findings_of(template, kept_lint_facts(template, complete_periods(template, today, PERIODS)))


def publish_linted(
    *,
    template: ScorecardTemplate,
    actor: Actor,
    valid_from: date,
    today: date,
    confirmed: int = 0,
    consequences_on: bool | None = None,
) -> ScorecardTemplate:
    """Publish as `publish_template` does, once the linter was listened to.

    `confirmed` is how many warnings the person has seen and publishes in spite of; the audit entry names them.

    Raises:
        TemplateNotReady: the linter has an error.
        TemplateHasWarnings: there are warnings, and not just as many as were confirmed.
    """
    template = _locked_draft(template)
    check_ready(template)
    warnings = lint_template(template, today=today).warnings
    if len(warnings) != confirmed:
        raise TemplateHasWarnings(
            ngettext(
                "There is %(count)s warning. Read it, then confirm that you publish in spite of it.",
                "There are %(count)s warnings. Read them, then confirm that you publish in spite of them.",
                len(warnings),
            )
            % {"count": len(warnings)}
            if warnings
            else _("There are no warnings any more. Look at the draft again."),
            field="in_spite_of",
        )
    return publish_template(
        template=template,
        actor=actor,
        valid_from=valid_from,
        in_spite_of=warnings,
        consequences_on=consequences_on,
    )


def delete_draft(*, template: ScorecardTemplate, actor: Actor) -> None:
    """Throw a draft away.

    Raises:
        TemplateIsPublished: it is no draft any more.
        DraftIsTried: an open what-if tries it out.
    """
    template = _locked_draft(template)
    trying = WhatIf.objects.filter(template=template, status=WhatIfStatus.OPEN).first()
    if trying is not None:
        raise DraftIsTried(
            _("The what-if “%(name)s” tries this draft out. Discard that first.") % {"name": trying.name}
        )
    WhatIf.objects.filter(template=template).update(template=None)
    record(actor=actor, action="template.deleted", target=template)
    template.delete()


def _locked_draft(template: ScorecardTemplate) -> ScorecardTemplate:
    Programme.objects.select_for_update(no_key=True).get(pk=template.programme_id)
    template = ScorecardTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    if template.status != TemplateStatus.DRAFT:
        raise TemplateIsPublished(_("This version is published and fixed. Revise it to change something."))
    return template


def _write(template: ScorecardTemplate, spec: TemplateSpec) -> None:
    position = 0
    for order, section_spec in enumerate(spec.sections):
        section = None
        if section_spec.key:
            section = TemplateSection(template=template, key=section_spec.key, name=section_spec.name, position=order)
            check_fields(section)
            section.save()
        for line_spec in section_spec.lines:
            position += 1
            _write_line(template, section, position, line_spec)
    for band_spec in spec.bands:
        band = GradeBand(template=template, key=band_spec.key, name=band_spec.name, minimum=band_spec.minimum)
        check_fields(band)
        band.save()
        _write_consequences(band, band_spec.consequences)


def _write_consequences(band: GradeBand, specs: Sequence[ConsequenceSpec]) -> None:
    for spec in specs:
        if spec.kind not in consequence_kinds:
            raise InvalidInput(
                _("There is no consequence “%(kind)s”.") % {"kind": spec.kind},
                code="unknown_consequence",
                field="bands",
            )
        row = BandConsequence(band=band, kind=spec.kind, timing=spec.timing)
        check_fields(row)
        row.save()


def _write_line(template: ScorecardTemplate, section: TemplateSection | None, position: int, spec: LineSpec) -> None:
    line = TemplateLine(
        template=template,
        section=section,
        kpi=spec.kpi,
        position=position,
        weight=spec.weight,
        policy=spec.policy,
        carry_periods=spec.carry_periods,
        gate_minimum=spec.gate_minimum,
        gate_grade=spec.gate_grade,
    )
    check_fields(line)
    line.save()
    TemplateLineType.objects.bulk_create(
        TemplateLineType(line=line, partner_type=partner_type) for partner_type in spec.applies_to
    )


def check_ready(template: ScorecardTemplate) -> None:
    """Refuse what the linter calls an error, the first of them.

    Raises:
        TemplateNotReady: naming what is missing.
    """
    lines = list(template.lines.select_related("kpi"))
    for finding in errors_of(template, lines, list(template.bands.prefetch_related("consequences"))):
        raise TemplateNotReady(finding.meaning, field=finding.field)
