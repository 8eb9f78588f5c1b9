"""What-ifs: drafts of a scorecard and its benchmarks, tried on past periods, then published or discarded.

The draft is made of what everything else is made of: a draft version of the template, written by the template
service, and thresholds that the benchmark service's rules judge. Publishing hands them to these services.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from partners.models import Partner, PartnerType, Programme, Region, Tier
from performance.choices import TemplateStatus, WhatIfStatus
from performance.errors import WhatIfMoved, WhatIfSettled
from performance.models import KPI, Benchmark, ScorecardTemplate, WhatIf, WhatIfBasis, WhatIfBenchmark
from performance.models.whatif import GROUPS
from performance.queries.what_if_draft import Draft, Place, place_for, place_of
from performance.queries.what_ifs import kinds_scored
from performance.services.benchmarks import NUMBERS, check_thresholds, scope_of, set_benchmark, stop_benchmark
from performance.services.checking import check_fields
from performance.services.templates import (
    BandSpec,
    TemplateSpec,
    check_ready,
    delete_draft,
    draft_template,
    publish_linted,
    rewrite_draft,
    spec_of_template,
)
from prm.access.actor import Actor
from prm.audit.services import plain, record
from prm.errors import InvalidInput

DEFAULT_PERIODS = 4
MOST_PERIODS = 12

THRESHOLDS = tuple(name for name in NUMBERS if name != "chart_target")


@dataclass(frozen=True, slots=True)
class TemplateEdit:
    """What of a scorecard a what-if changes directly; None leaves it. Weights are by KPI id."""

    weights: Mapping[int, Decimal] | None = None
    bands: Sequence[BandSpec] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BenchmarkEdit:
    """Thresholds of a KPI for everyone or one group. Those that are in force already take the edit back."""

    kpi: KPI
    period_kind: str
    floor: Decimal
    target: Decimal
    stretch: Decimal
    ceiling: Decimal | None = None
    tier: Tier | None = None
    region: Region | None = None
    partner_type: PartnerType | None = None
    partner: Partner | None = None


@dataclass(frozen=True, slots=True)
class BenchmarkRemoval:
    """The draft does without the benchmark of just this group: a less specific one holds, or none."""

    kpi: KPI
    period_kind: str
    tier: Tier | None = None
    region: Region | None = None
    partner_type: PartnerType | None = None
    partner: Partner | None = None


def begin_what_if(
    *,
    actor: Actor,
    programme: Programme,
    today: date,
    name: str = "",
    template: ScorecardTemplate | None = None,
    period_labels: Sequence[str] = (),
) -> WhatIf:
    """A what-if that changes nothing yet, or tries a draft out. Without periods the last four complete ones.

    Raises:
        InvalidInput: the programme has no scorecard, or a period is none of it.
    """
    if template is not None and template.programme_id != programme.pk:
        raise InvalidInput(_("This draft belongs to another programme."), field="template")
    if template is not None and template.status != TemplateStatus.DRAFT:
        template = None
    if template is None and not kinds_scored(programme):
        raise InvalidInput(
            _("%(programme)s has no scorecard yet. Publish one, or try a draft out.") % {"programme": programme.name},
            field="programme",
        )
    what_if = WhatIf(
        name=name or _default_name(template, today),
        programme=programme,
        template=template,
        created_by=actor.label[:160],
        periods=[],
    )
    what_if.periods = _periods(what_if, period_labels, today=today)
    check_fields(what_if)
    what_if.save()
    record(actor=actor, action="what_if.begun", target=what_if, changes={"periods": [None, what_if.periods]})
    return what_if


def _default_name(template: ScorecardTemplate | None, today: date) -> str:
    if template is None:
        return _("What if, %(day)s") % {"day": today.isoformat()}
    return _("What if, version %(version)s") % {"version": template.version}


def _periods(what_if: WhatIf, labels: Sequence[str], *, today: date) -> list[str]:
    """The periods to replay, newest first, all of one kind."""
    offered = Draft(what_if).offered
    if not labels:
        complete = [row for row in offered if row.end <= today] or offered
        chosen = [row for row in complete if row.kind == complete[0].kind][:DEFAULT_PERIODS] if complete else []
    else:
        by_label = {row.label: row for row in offered}
        unknown = [label for label in labels if label not in by_label]
        if unknown:
            raise InvalidInput(
                _("%(period)s is no period that this programme has scorecards for.") % {"period": unknown[0]},
                field="periods",
            )
        chosen = [row for row in offered if row.label in labels]
    if not chosen:
        raise InvalidInput(_("There is no period with scorecards to replay yet."), field="periods")
    if len({row.kind for row in chosen}) > 1:
        raise InvalidInput(_("Replay periods of one kind: only months, only quarters or only years."), field="periods")
    if len(chosen) > MOST_PERIODS:
        raise InvalidInput(_("Replay at most %(count)s periods at once.") % {"count": MOST_PERIODS}, field="periods")
    return [row.label for row in chosen]


def edit_what_if(
    *,
    what_if: WhatIf,
    actor: Actor,
    today: date,
    name: str | None = None,
    period_labels: Sequence[str] | None = None,
    template: TemplateEdit | None = None,
    benchmarks: Sequence[BenchmarkEdit | BenchmarkRemoval] = (),
) -> WhatIf:
    """Change the draft. What equals the rules in force is no change and leaves nothing behind.

    Raises:
        WhatIfSettled: it was published or discarded.
        TemplateNotReady: weights do not total 100, grades have a gap, a gate names an unknown grade.
        ThresholdsOutOfOrder: naming the threshold.
        InvalidInput: another field is wrong.
    """
    what_if = locked(what_if)
    if name is not None:
        what_if.name = name
    if period_labels is not None:
        what_if.periods = _periods(what_if, period_labels, today=today)
    check_fields(what_if)
    if template is not None:
        _edit_template(what_if, actor, template)
    _edit_benchmarks(what_if, benchmarks)
    what_if.save()
    return what_if


def _edit_template(what_if: WhatIf, actor: Actor, edit: TemplateEdit) -> None:
    read = Draft(what_if)
    base, model = read.base, read.scored_by
    draft = read.template if read.template and read.template.status == TemplateStatus.DRAFT else None
    if model is None:
        return
    spec = _edited(spec_of_template(model), edit)
    if draft is None and spec_key(spec) == spec_key(spec_of_template(model)):
        return
    if what_if.template_is_ours and base is not None and spec_key(spec) == spec_key(spec_of_template(base)):
        assert draft is not None
        what_if.template, what_if.template_is_ours = None, False
        what_if.save(update_fields=["template", "template_is_ours"])
        delete_draft(template=draft, actor=actor)
        return
    if draft is None:
        what_if.template = draft_template(programme=what_if.programme, actor=actor, name=model.name, spec=spec)
        what_if.template_is_ours = True
    elif spec_key(spec) != spec_key(spec_of_template(draft)):
        what_if.template = rewrite_draft(template=draft, actor=actor, name=draft.name, spec=spec)
    assert what_if.template is not None
    check_ready(what_if.template)


def open_draft(*, what_if: WhatIf, actor: Actor) -> ScorecardTemplate:
    """The draft version of the what-if, made as a copy of the version in force where it has none yet.

    Raises:
        WhatIfSettled: it was published or discarded.
        InvalidInput: there is nothing to begin with.
    """
    what_if = locked(what_if)
    if what_if.template is not None and what_if.template.status == TemplateStatus.DRAFT:
        return what_if.template
    model = Draft(what_if).scored_by
    if model is None:
        raise InvalidInput(_("The programme has no scorecard to begin with."), field="template")
    what_if.template = draft_template(
        programme=what_if.programme, actor=actor, name=model.name, spec=spec_of_template(model)
    )
    what_if.template_is_ours = True
    what_if.save(update_fields=["template", "template_is_ours"])
    return what_if.template


def _edited(spec: TemplateSpec, edit: TemplateEdit) -> TemplateSpec:
    sections = list(spec.sections)
    if edit.weights is not None:
        known = {line.kpi.pk for section in sections for line in section.lines}
        unknown = [pk for pk in edit.weights if pk not in known]
        if unknown:
            raise InvalidInput(_("A weight is for a KPI that is not on the scorecard."), field="weights")
        sections = [
            replace(
                section,
                lines=[replace(line, weight=edit.weights.get(line.kpi.pk, line.weight)) for line in section.lines],
            )
            for section in sections
        ]
    bands = spec.bands if edit.bands is None else _with_consequences(edit.bands, spec.bands)
    return TemplateSpec(sections=sections, bands=bands, settings={**spec.settings, **edit.settings})


def _with_consequences(bands: Sequence[BandSpec], former: Sequence[BandSpec]) -> list[BandSpec]:
    """A what-if draws the limits of grades anew; what follows from a grade stays with its letter."""
    kept = {band.key: band.consequences for band in former}
    return [replace(band, consequences=kept.get(band.key, ())) for band in bands]


def spec_key(spec: TemplateSpec) -> str:
    """A text that is equal for scorecards with the same content."""
    lines = [
        [
            section.name,
            line.kpi.pk,
            f"{line.weight.normalize():f}",
            line.policy,
            line.carry_periods,
            None if line.gate_minimum is None else f"{line.gate_minimum.normalize():f}",
            line.gate_grade,
            sorted(kind.pk for kind in line.applies_to),
        ]
        for section in spec.sections
        for line in section.lines
    ]
    bands = sorted(
        [
            band.key,
            band.name,
            f"{band.minimum.normalize():f}",
            sorted([row.kind, str(row.timing)] for row in band.consequences),
        ]
        for band in spec.bands
    )
    settings = {
        name: f"{value.normalize():f}" if isinstance(value, Decimal) else value for name, value in spec.settings.items()
    }
    return json.dumps([lines, bands, settings], sort_keys=True)


def _edit_benchmarks(what_if: WhatIf, edits: Sequence[BenchmarkEdit | BenchmarkRemoval]) -> None:
    """Write the edits down: what equals the benchmark in force leaves nothing behind."""
    if not edits:
        return
    places: list[tuple[BenchmarkEdit | BenchmarkRemoval, Place, dict[str, Any]]] = []
    for edit in edits:
        groups = {name: getattr(edit, name) for name in GROUPS}
        scope, _one = scope_of(**groups)
        key = {"kpi": edit.kpi, "period_kind": edit.period_kind, "scope": scope, **groups}
        places.append((edit, place_for(edit.kpi, edit.period_kind, scope, groups), key))
    read = Draft(what_if, places=[place for _edit, place, _key in places])
    drafted = {place_of(row): row for row in read.benchmarks}
    for edit, place, key in places:
        row = drafted.get(place)
        if isinstance(edit, BenchmarkRemoval):
            _remove_benchmark(what_if, row, read.in_force.get(place), key)
        else:
            _edit_benchmark(what_if, edit, row, read.in_force.get(place), key)


def _edit_benchmark(
    what_if: WhatIf, edit: BenchmarkEdit, row: WhatIfBenchmark | None, stored: Benchmark | None, key: Mapping[str, Any]
) -> None:
    numbers = {name: getattr(edit, name) for name in THRESHOLDS}
    if stored is not None and all(getattr(stored, name) == value for name, value in numbers.items()):
        if row is not None:
            row.delete()
        return
    row = row or WhatIfBenchmark(what_if=what_if, **key)
    row.direction, row.is_removed = edit.kpi.direction, False
    if stored is not None:
        row.basis = stored.basis
    _write_thresholds(row, numbers)


def _remove_benchmark(
    what_if: WhatIf, row: WhatIfBenchmark | None, stored: Benchmark | None, key: Mapping[str, Any]
) -> None:
    """Let the draft do without the benchmark in force; its numbers are kept, to show what is given up."""
    if stored is None:
        if row is None or row.is_removed:
            raise InvalidInput(
                _("No benchmark of %(kpi)s for this group holds in the periods replayed, so none can be removed.")
                % {"kpi": key["kpi"].name},
                field="benchmarks",
                code="nothing_holds",
            )
        row.delete()
        return
    row = row or WhatIfBenchmark(what_if=what_if, **key)
    row.direction, row.basis, row.is_removed = stored.direction, stored.basis, True
    _write_thresholds(row, {name: getattr(stored, name) for name in THRESHOLDS})


def _write_thresholds(row: WhatIfBenchmark, numbers: Mapping[str, Decimal | None]) -> None:
    for name, value in numbers.items():
        setattr(row, name, value)
    check_fields(row)
    check_thresholds(row)
    row.save()


def drop_benchmark(*, what_if: WhatIf, benchmark: WhatIfBenchmark) -> None:
    """Take a benchmark out of the draft: the stored one holds again.

    Raises:
        WhatIfSettled: it was published or discarded.
    """
    locked(what_if)
    benchmark.delete()


def rules_digest(draft: Draft) -> str:
    """What the draft is recognised by: equal as long as a replay would use the same rules and periods."""
    template = spec_key(spec_of_template(draft.template)) if draft.template else ""
    rows = [
        [getattr(row, f"{name}_id") for name in ("kpi", "tier", "region", "partner_type", "partner")]
        + [row.period_kind, row.basis, *(str(getattr(row, name)) for name in THRESHOLDS)]
        + (["removed"] if row.is_removed else [])
        for row in sorted(draft.benchmarks, key=lambda row: row.pk)
    ]
    text = json.dumps([draft.what_if.template_id, template, rows, draft.what_if.periods])
    return hashlib.sha256(text.encode()).hexdigest()


def is_fresh(draft: Draft) -> bool:
    """Whether the figures are those of the draft as it stands."""
    row = draft.what_if
    return not row.is_open or (row.figures is not None and row.replayed_rules == rules_digest(draft))


def publish_what_if(*, what_if: WhatIf, actor: Actor, valid_from: date, today: date, confirmed: int = 0) -> WhatIf:
    """Let the draft count from a day on: benchmarks as new versions, the scorecard through its linter.

    `confirmed` is how many warnings of the linter the person has seen.

    Raises:
        WhatIfSettled: it was published or discarded already.
        WhatIfMoved: the draft is not the one that was replayed, or changes nothing.
        TemplateNotReady, TemplateHasWarnings, TemplateIsPublished: as for `publish_linted`.
        BenchmarkOverlap, InvalidInput: as for `set_benchmark`.
    """
    what_if = locked(what_if)
    read = Draft(what_if)
    if not is_fresh(read):
        raise WhatIfMoved(
            _("The draft has changed since it was replayed. Replay it, look at the figures, then publish.")
        )
    draft = what_if.template if what_if.template and what_if.template.status == TemplateStatus.DRAFT else None
    if draft is None and not read.benchmarks:
        raise WhatIfMoved(_("The draft changes nothing, so there is nothing to publish."))
    what_if.changes = plain(read.changes)
    for row in read.benchmarks:
        _publish_benchmark(row, actor, valid_from)
    if draft is not None:
        what_if.template = publish_linted(
            template=draft, actor=actor, valid_from=valid_from, today=today, confirmed=confirmed
        )
    what_if.valid_from = valid_from
    _settle(what_if, actor, WhatIfStatus.PUBLISHED)
    record(
        actor=actor,
        action="what_if.published",
        target=what_if,
        changes={
            "valid_from": [None, valid_from],
            "benchmarks": [None, len(read.benchmarks)],
            "template": [None, draft],
        },
    )
    return what_if


def _publish_benchmark(row: WhatIfBenchmark, actor: Actor, valid_from: date) -> None:
    note = _("From the what-if “%(name)s”.") % {"name": row.what_if.name}
    asked: dict[str, Any] = {name: getattr(row, name) for name in ("kpi", "period_kind", *GROUPS)}
    if row.is_removed:
        stop_benchmark(actor=actor, valid_to=valid_from, reason=note, **asked)
        return
    numbers = {name: getattr(row, name) for name in THRESHOLDS}
    set_benchmark(actor=actor, valid_from=valid_from, basis=row.basis, note=note, **asked, **numbers)


def discard_what_if(*, what_if: WhatIf, actor: Actor) -> WhatIf:
    """Let the draft go. Its figures stay to be read; a scorecard draft that was made for it goes with it.

    Raises:
        WhatIfSettled: it was published or discarded already.
    """
    what_if = locked(what_if)
    what_if.changes = plain(Draft(what_if).changes)
    ours = what_if.template if what_if.template_is_ours else None
    if ours is not None:
        what_if.template, what_if.template_is_ours = None, False
    _settle(what_if, actor, WhatIfStatus.DISCARDED)
    if ours is not None and ours.status == TemplateStatus.DRAFT:
        delete_draft(template=ours, actor=actor)
    record(actor=actor, action="what_if.discarded", target=what_if)
    return what_if


def _settle(what_if: WhatIf, actor: Actor, status: WhatIfStatus) -> None:
    what_if.status, what_if.settled_at, what_if.settled_by = status, timezone.now(), actor.label[:160]
    what_if.basis_at, what_if.basis_periods = None, []
    what_if.save()
    WhatIfBasis.objects.filter(what_if=what_if)._raw_delete(WhatIfBasis.objects.db)


def locked(what_if: WhatIf) -> WhatIf:
    """The what-if under a lock.

    Raises:
        WhatIfSettled: it was published or discarded.
    """
    row = (
        WhatIf.objects.select_for_update(no_key=True, of=("self",))
        .select_related("programme", "template__programme")
        .get(pk=what_if.pk)
    )
    if not row.is_open:
        raise WhatIfSettled(_("This what-if was settled by %(who)s already.") % {"who": row.settled_by})
    return row
