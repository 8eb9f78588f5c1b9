"""Scorecard lines from files: all rows of one programme and first day together make one published version."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import PartnerType, Programme
from performance.choices import MissingPolicy, TemplateStatus
from performance.imports.fields import kpi_codes, word_in
from performance.models import KPI, ScorecardTemplate
from performance.services.templates import (
    LineSpec,
    SectionSpec,
    TemplateSpec,
    draft_template,
    publish_template,
    spec_of_template,
)
from prm.access.actor import Actor
from prm.errors import DomainError, InvalidInput
from prm.imports.expressions import DATE, NUMBER
from prm.imports.kinds import ImportKind, KindField, Record
from prm.imports.models import ImportBatch, ImportChange
from prm.imports.reading.faults import RowFault, shown
from prm.imports.runs import CREATED, UNCHANGED, UPDATED, ImportRun, UndoReport
from prm.tenancy.scope import require_scope
from prm.ui.formats import day as day_text

SCORECARD_FIELDS = (
    KindField(
        "kpi",
        gettext_lazy("KPI"),
        required=True,
        max_length=60,
        bare_words=True,
        example="REVENUE",
        doc=gettext_lazy("Code of the KPI."),
        synonyms=("kpi", "kpi code", "code"),
        choices=kpi_codes,
    ),
    KindField(
        "weight",
        gettext_lazy("Weight"),
        NUMBER,
        required=True,
        places=4,
        digits=3,
        example="40",
        doc=gettext_lazy("The weights of a version total exactly 100."),
        synonyms=("weight", "gewicht"),
    ),
    KindField(
        "section",
        gettext_lazy("Section"),
        max_length=60,
        example="Sales",
        doc=gettext_lazy("Heading on the card."),
        synonyms=("section", "group", "heading"),
    ),
    KindField(
        "types",
        gettext_lazy("Partner types"),
        example="reseller; distributor",
        doc=gettext_lazy("Types the line applies to, separated by a semicolon; all when empty."),
        synonyms=("types", "applies to"),
    ),
    KindField(
        "policy",
        gettext_lazy("Without data"),
        bare_words=True,
        example="exclude",
        doc=gettext_lazy("exclude, zero or block."),
        synonyms=("policy", "missing data", "without data"),
    ),
    KindField(
        "valid_from",
        gettext_lazy("From"),
        DATE,
        required=True,
        example="2026-01-01",
        doc=gettext_lazy("Periods that begin on or after this day are scored by it."),
        synonyms=("from", "valid from"),
    ),
    KindField(
        "name",
        gettext_lazy("Name of the scorecard"),
        max_length=120,
        example="Reseller scorecard",
        synonyms=("scorecard", "scorecard name"),
    ),
    KindField(
        "programme",
        gettext_lazy("Programme"),
        bare_words=True,
        doc=gettext_lazy("Key of the programme; the default one when empty."),
        synonyms=("programme", "program"),
    ),
)


@dataclass(frozen=True)
class ScorecardKind(ImportKind):
    """One version for each programme and first day in the file. Published versions are fixed, so they stay."""

    def run(self, records: Iterator[Record], run: ImportRun) -> None:
        rows = list(itertools.islice(records, 2_000))
        rows.sort(key=lambda record: (record.values.get("programme") or "", record.values["valid_from"], record.row))
        groups = itertools.groupby(
            rows, key=lambda record: (record.values.get("programme") or "", record.values["valid_from"])
        )
        try:
            with transaction.atomic():
                for (programme, valid_from), group in groups:
                    self._bring_in(programme, valid_from, list(group), run)
                if not run.writes:
                    raise _NothingStaysError
        except _NothingStaysError:
            return

    def _bring_in(self, programme_key: str, valid_from: date, rows: list[Record], run: ImportRun) -> None:
        last = rows[0]
        try:
            with transaction.atomic():
                programme = _programme(programme_key)
                lines: list[tuple[str, LineSpec]] = []
                for last in rows:
                    lines.append((last.values.get("section") or "", _line(last.values)))
                    if [line.kpi for _section, line in lines].count(lines[-1][1].kpi) > 1:
                        raise InvalidInput(
                            _("The KPI is there twice. Keep one of the rows."), code="duplicate", field="kpi"
                        )
                outcome, template = _publish(programme, rows[0].values.get("name"), valid_from, lines, run.actor)
        except DomainError as error:
            field = error.field if error.field in self.index else ""
            run.faults([RowFault(last.row, field, shown(last.values.get(field)), error.code, str(error.message))])
            return
        for record in rows:
            label = _("%(kpi)s, weight %(weight)s") % {"kpi": record.values["kpi"], "weight": record.values["weight"]}
            run.outcome(outcome, record.row, label, _("from %(day)s") % {"day": day_text(valid_from)})
        if not run.dry and outcome != UNCHANGED:
            ImportChange.objects.create(
                batch_id=run.batch_id,
                row=rows[0].row,
                object_id=template.pk,
                label=str(template),
                before=None,
                after={},
            )

    def undo(self, batch: ImportBatch, actor: Actor) -> UndoReport:
        """A published version is fixed; another one replaces it."""
        report = UndoReport()
        for change in ImportChange.objects.filter(batch=batch):
            report.keep(change.label, _("A published scorecard is fixed. Publish a new version instead."))
        return report

    def result_url(self, batch: ImportBatch) -> str:
        return reverse("performance:template_list", kwargs={"tenant": require_scope().tenant.slug})


class _NothingStaysError(Exception):
    """Rolls a check back."""


def _programme(key: str) -> Programme:
    rows = Programme.objects.all()
    found = (
        rows.filter(Q(key__iexact=key) | Q(name__iexact=key)).first() if key else rows.filter(is_default=True).first()
    )
    if found is None:
        raise InvalidInput(
            _("There is no programme “%(key)s”.") % {"key": key}, code="unknown_programme", field="programme"
        )
    return found


def _line(values: dict[str, Any]) -> LineSpec:
    kpi = KPI.objects.filter(code=values["kpi"].upper()).first()
    if kpi is None:
        raise InvalidInput(
            _("No KPI has the code %(code)s. Create the KPI first, or correct the code.") % {"code": values["kpi"]},
            code="unknown_kpi",
            field="kpi",
        )
    choices = [choice for choice in MissingPolicy.choices if choice[0] != MissingPolicy.CARRY]
    policy = word_in("policy", values["policy"], choices) if values.get("policy") else MissingPolicy.EXCLUDE.value
    types = []
    for word in (values.get("types") or "").split(";"):
        if word.strip():
            found = PartnerType.objects.filter(Q(key__iexact=word.strip()) | Q(name__iexact=word.strip())).first()
            if found is None:
                raise InvalidInput(
                    _("There is no partner type “%(key)s”.") % {"key": word.strip()}, code="unknown_type", field="types"
                )
            types.append(found)
    return LineSpec(kpi, Decimal(values["weight"]), policy, applies_to=tuple(types))


def _publish(
    programme: Programme, name: str | None, valid_from: date, lines: list[tuple[str, LineSpec]], actor: Actor
) -> tuple[str, ScorecardTemplate]:
    published = ScorecardTemplate.objects.filter(programme=programme, status=TemplateStatus.PUBLISHED)
    current = published.filter(valid_from__lte=valid_from).order_by("-valid_from").first()
    headings = dict.fromkeys(section for section, _line_spec in lines)
    sections = [
        SectionSpec(
            slugify(heading)[:60] if heading else "", heading, [line for section, line in lines if section == heading]
        )
        for heading in headings
    ]
    former = spec_of_template(current) if current else None
    spec = TemplateSpec(sections, former.bands, former.settings) if former else TemplateSpec(sections)
    if current is not None and former is not None and _lines_of(former) == _lines_of(spec):
        return UNCHANGED, current
    name = name or (current.name if current else _("Scorecard"))
    template = draft_template(programme=programme, actor=actor, name=name, spec=spec)
    return (UPDATED if current else CREATED), publish_template(template=template, actor=actor, valid_from=valid_from)


def _lines_of(spec: TemplateSpec) -> list[tuple[Any, ...]]:
    return sorted(
        (section.name, line.kpi.code, line.weight, str(line.policy), tuple(sorted(row.key for row in line.applies_to)))
        for section in spec.sections
        for line in section.lines
    )
