"""What the draft of a what-if changes: every number and setting that is another than in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from performance.choices import BenchmarkBasis, MissingPolicy
from performance.models import Benchmark, ScorecardTemplate, TemplateLine, WhatIfBenchmark
from performance.models.benchmark import Expectation


@dataclass(frozen=True)
class Change:
    """One number or setting of the draft that is another than in force. `what` is the kind of rule, `name` its
    record; before and after are numbers or words, None for something that is not there."""

    what: str
    name: str
    field: str
    before: Any
    after: Any
    code: str = ""
    basis: str = BenchmarkBasis.ABSOLUTE

    def as_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "what": self.what,
            "name": self.name,
            "field": self.field,
            "before": self.before,
            "after": self.after,
            "code": self.code,
            "basis": self.basis,
        }


def template_changes(
    old: ScorecardTemplate | None,
    lines_before: Sequence[TemplateLine],
    new: ScorecardTemplate,
    lines: Sequence[TemplateLine],
) -> list[Change]:
    """Settings, lines and grades in which a version differs from another."""
    found: list[Change] = []
    for name in ("points_at_target", "minimum_coverage", "period_kinds"):
        before, after = (getattr(old, name) if old else None), getattr(new, name)
        if before != after:
            found.append(Change("setting", name, "", before, after))
    old_lines = {line.kpi_id: line for line in lines_before}
    for line in lines:
        found += _line_changes(old_lines.pop(line.kpi_id, None), line)
    found += [Change("weight", line.kpi.name, "", line.weight, None, line.kpi.code) for line in old_lines.values()]
    old_bands = {band.key: band.minimum for band in old.bands.all()} if old else {}
    for band in new.bands.all():
        before = old_bands.pop(band.key, None)
        if before != band.minimum:
            found.append(Change("grade", band.key, "", before, band.minimum))
    found += [Change("grade", key, "", minimum, None) for key, minimum in old_bands.items()]
    return found


def _line_changes(old: TemplateLine | None, new: TemplateLine) -> list[Change]:
    name, code = new.kpi.name, new.kpi.code
    found = []
    if old is None or old.weight != new.weight:
        found.append(Change("weight", name, "", old.weight if old else None, new.weight, code))
    if old is not None:
        before, after = _policy(old), _policy(new)
        if before != after:
            found.append(Change("policy", name, "", before, after, code))
        if (old.gate_minimum, old.gate_grade) != (new.gate_minimum, new.gate_grade):
            found.append(Change("gate", name, "", _gate(old), _gate(new), code))
        types = [sorted(str(kind) for kind in line.applies_to.all()) for line in (old, new)]
        if types[0] != types[1]:
            found.append(Change("types", name, "", ", ".join(types[0]) or None, ", ".join(types[1]) or None, code))
    return found


def _policy(line: TemplateLine) -> str:
    word = str(line.get_policy_display())
    return f"{word} ({line.carry_periods})" if line.policy == MissingPolicy.CARRY else word


def _gate(line: TemplateLine) -> str | None:
    return None if line.gate_minimum is None else f"{line.gate_minimum.normalize():f}: {line.gate_grade}"


def benchmark_changes(old: Benchmark | None, new: WhatIfBenchmark) -> list[Change]:
    """The thresholds in which a draft's benchmark differs from the stored one; all of them where it is removed."""
    name = new.kpi.name if new.group is None else f"{new.kpi.name}, {new.scope_label}"
    found = []
    for field_name in ("floor", "target", "stretch", "ceiling"):
        before = _number(old, field_name)
        after = None if new.is_removed else _number(new, field_name)
        if before != after:
            found.append(Change("benchmark", name, field_name, before, after, new.kpi.code, new.basis))
    return found


def _number(row: Expectation | None, name: str) -> Decimal | None:
    return getattr(row, name) if row is not None else None
