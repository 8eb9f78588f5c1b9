"""The linter of scorecard templates: what is wrong or questionable with a version before it is published.

It judges what `queries/lint.py` read and asks the database nothing. Errors stop publishing, warnings ask for a
confirmation, notices only inform. `docs/scorecards.md` lists every finding with its limit.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance import display
from performance.choices import ConsequenceTiming, UnratedReason
from performance.consequences import consequence_kinds
from performance.models import GradeBand, ScorecardTemplate, TemplateLine
from performance.queries.lint import LineStat, LintFacts
from performance.rules.scoring import HUNDRED, ZERO, weights_are_complete

PERIODS = 4
"""The linter looks back at so many complete periods."""

BASELESS_FROM = Decimal("0.20")
"""A relative benchmark is worth a warning when it has nothing to follow from for more than this share."""

WEIGHT_LIMIT = Decimal(50)
"""A KPI with more weight than this, in percent, decides the card alone."""

FEW_PARTNERS = 5
FEW_SHARE = Decimal("0.20")
"""Results of fewer partners than the number, or of a smaller share of those with a benchmark, are too few."""

ENOUGH_RESULTS = 10
"""Whether a target is out of reach, or no challenge, is only said from so many results on."""

MANY_SHARE = Decimal("0.5")
"""A consequence in every period should concern no more of the rated partners than this share."""

TYPED_IN_OF_KPI = Decimal("0.5")
"""A KPI counts as typed in when more than this share of its measurements was."""

TYPED_IN_WEIGHT = Decimal(30)
"""KPIs typed in should not have more weight together than this, in percent."""


class Severity(TextChoices):
    """How serious a finding is."""

    ERROR = "error", gettext_lazy("Error")
    WARNING = "warning", gettext_lazy("Warning")
    NOTICE = "notice", gettext_lazy("Notice")


class Place(TextChoices):
    """Where a finding is mended."""

    DRAFT = "draft", gettext_lazy("Edit draft")
    BENCHMARKS = "benchmarks", gettext_lazy("Benchmarks of the KPI")
    KPI = "kpi", gettext_lazy("The KPI")


@dataclass(frozen=True)
class Finding:
    """One thing to know before publishing.

    `subject` names the line or the grade it is about, empty for the whole version; `kpi` is that line's KPI.
    `meaning` says what was found, `advice` what to do, `place` where. `field` is the input an error stands at.
    """

    code: str
    severity: Severity
    subject: str
    meaning: str
    advice: str
    place: Place = Place.DRAFT
    kpi: Any | None = None
    field: str = ""


@dataclass(frozen=True)
class Report:
    """All findings, the gravest first, and what they were judged by."""

    findings: tuple[Finding, ...]
    facts: LintFacts

    def of(self, severity: Severity) -> list[Finding]:
        """The findings of one severity."""
        return [finding for finding in self.findings if finding.severity == severity]

    @property
    def errors(self) -> list[Finding]:
        """What stops publishing."""
        return self.of(Severity.ERROR)

    @property
    def warnings(self) -> list[Finding]:
        """What must be confirmed."""
        return self.of(Severity.WARNING)

    @property
    def periods(self) -> str:
        """The periods looked at, in words."""
        return ", ".join(period.label for period in self.facts.periods)


def findings_of(template: ScorecardTemplate, facts: LintFacts) -> Report:
    """Judge a version with its lines (with KPI) and bands. The order within a severity is that of the card."""
    lines, bands = list(template.lines.all()), list(template.bands.all())
    found = [*errors_of(template, lines, bands), *_of_rules(lines, bands)]
    if facts.periods and facts.cards:
        for line in lines:
            for check in _LINE_CHECKS:
                found += check(line, facts)
        found += [*_overlaps(lines, facts), *_typed_in(lines, facts), *_gates(lines, bands, facts)]
        found += [*_coverage(template, facts), *_top_grade(bands, facts), *_for_many(bands, facts)]
    else:
        found.append(
            Finding(
                "no_data_yet",
                Severity.NOTICE,
                "",
                _("No complete period with partners to score is there yet, so only the draft itself was checked."),
                _("Come back when data is in, or publish and look at the first scorecards."),
            )
        )
    order = list(Severity)
    return Report(tuple(sorted(found, key=lambda finding: order.index(finding.severity))), facts)


# What stops publishing --------------------------------------------------------------------------------------------


def errors_of(
    template: ScorecardTemplate, lines: Sequence[TemplateLine], bands: Sequence[GradeBand]
) -> Iterator[Finding]:
    """What makes a version unusable. Publishing refuses the first of them."""
    if not lines:
        yield _error(
            "no_lines",
            _("The scorecard has no KPIs yet. Add at least one."),
            _("Add the KPIs that count, with their weights."),
            field="lines",
        )
    elif not weights_are_complete(line.weight for line in lines):
        total = sum((line.weight for line in lines), ZERO)
        yield _error(
            "weights_incomplete",
            _("The weights total %(total)s. They must total exactly 100.") % {"total": f"{total.normalize():f}"},
            _("Change the weights until they add up."),
            field="weight",
        )
    if not template.period_kinds:
        yield _error(
            "no_periods",
            _("Choose at least one kind of period."),
            _("Say whether there is a scorecard for each month, quarter, half or year."),
            field="period_kinds",
        )
    if not bands or min(band.minimum for band in bands) != 0:
        yield _error(
            "grade_gap",
            _("The lowest grade must begin at 0."),
            _("Totals below the lowest grade would have none. Let it begin at 0."),
            field="bands",
        )
    yield from _consequence_errors(template, bands)
    grades = {band.key for band in bands}
    for line in lines:
        if line.gate_grade and line.gate_grade not in grades:
            yield _error(
                "gate_grade_unknown",
                _("The gate of %(kpi)s allows the grade %(grade)s at best, which the scorecard does not have.")
                % {"kpi": line.kpi.code, "grade": line.gate_grade},
                _("Choose one of the grades of this version for the gate."),
                field="gate_grade",
                line=line,
            )


def _consequence_errors(template: ScorecardTemplate, bands: Sequence[GradeBand]) -> Iterator[Finding]:
    chosen = [(band, row) for band in bands for row in band.consequences.all()]
    if chosen and not set(template.consequence_periods) & set(template.period_kinds):
        yield _error(
            "consequences_without_period",
            _("Consequences are chosen, but no kind of period that they follow from."),
            _("Say from which of its scorecards consequences follow, or take the consequences away."),
            field="consequence_periods",
        )
    for band, row in chosen:
        if row.kind not in consequence_kinds:
            yield _error(
                "consequence_unknown",
                _("Grade %(grade)s has the consequence “%(kind)s”, which is not there any more.")
                % {"grade": band.key, "kind": row.kind},
                _("Take it away from the grade."),
                field="bands",
            )


def _error(code: str, meaning: str, advice: str, *, field: str, line: TemplateLine | None = None) -> Finding:
    subject = line.kpi.name if line else ""
    return Finding(code, Severity.ERROR, subject, meaning, advice, kpi=line.kpi if line else None, field=field)


# What the version alone shows -------------------------------------------------------------------------------------


def _of_rules(lines: Sequence[TemplateLine], bands: Sequence[GradeBand]) -> Iterator[Finding]:
    for line in lines:
        if line.weight > WEIGHT_LIMIT:
            yield _about(
                line,
                "weight_over_half",
                _("%(weight)s of the weight is on this KPI, so it decides the card alone.")
                % {"weight": display.with_unit(display.plain(line.weight), "%")},
                _("Give it half at most, unless the programme is about nothing else."),
            )
    ordered = sorted(bands, key=lambda band: band.minimum, reverse=True)
    if ordered and ordered[0].minimum == HUNDRED:
        yield Finding(
            "top_grade_unreachable",
            Severity.WARNING,
            _("Grade %(grade)s") % {"grade": ordered[0].key},
            _("It begins at 100: only a partner at the stretch of every KPI at once could have it."),
            _("Let the best grade begin lower."),
        )
    for line in lines:
        is_best = bool(ordered) and line.gate_grade == ordered[0].key
        if line.gate_minimum is not None and (is_best or line.gate_minimum == 0):
            yield _about(
                line,
                "gate_without_effect",
                _("Its gate allows the best grade, so it can never limit one.")
                if is_best
                else _("Its gate asks for 0 points, which nobody can miss."),
                _("Choose a lower grade or more points for the gate, or take it away."),
            )


def _about(
    line: TemplateLine,
    code: str,
    meaning: str,
    advice: str,
    place: Place = Place.DRAFT,
    severity: Severity = Severity.WARNING,
) -> Finding:
    return Finding(code, severity, line.kpi.name, meaning, advice, place, line.kpi)


# What the data shows of each line ---------------------------------------------------------------------------------


def _no_benchmark(line: TemplateLine, facts: LintFacts) -> Iterator[Finding]:
    """No benchmark for anybody of a type, in the last complete period of any kind."""
    for period in (facts.periods[0], *facts.others):
        rows = [row for row in facts.stats if row.kpi_id == line.kpi_id and row.period_id == period.pk]
        without = [row for row in rows if row.applicable and not row.benchmarked]
        if not without:
            continue
        missing = sum(row.applicable for row in without)
        every = sum(row.applicable for row in rows)
        yield _about(
            line,
            "no_benchmark",
            ngettext(
                "In %(period)s no benchmark holds for %(missing)s of the %(every)s partner it applies to.",
                "In %(period)s no benchmark holds for %(missing)s of the %(every)s partners it applies to.",
                every,
            )
            % {"period": period.label, "every": every, "missing": missing}
            + " "
            + _("It would not count for them."),
            _("Set a benchmark for %(kind)s, or say in the draft which types the KPI is for.")
            % {"kind": _kind_words()[period.kind]},
            Place.BENCHMARKS,
        )


def _no_base(line: TemplateLine, facts: LintFacts) -> Iterator[Finding]:
    """A relative benchmark that has nothing to follow from for many: new partners, small cohorts, nothing closed."""
    for period in (facts.periods[0], *facts.others):
        stat = facts.total(line.kpi_id, [period.pk])
        if stat.applicable and stat.baseless > stat.applicable * BASELESS_FROM:
            yield _about(
                line,
                "relative_without_base",
                ngettext(
                    "In %(period)s its benchmark has nothing to follow from for %(missing)s of %(every)s partner: no "
                    "own earlier result above 0, or fewer than five similar partners in the last closed period.",
                    "In %(period)s its benchmark has nothing to follow from for %(missing)s of %(every)s partners: no "
                    "own earlier result above 0, or fewer than five similar partners in the last closed period.",
                    stat.applicable,
                )
                % {"period": period.label, "missing": stat.baseless, "every": stat.applicable}
                + " "
                + _("It would not count for them."),
                _("Set a benchmark in values of the KPI for those partners, which wins as the more specific one."),
                Place.BENCHMARKS,
            )


def _kind_words() -> dict[str, str]:
    return {"month": _("months"), "quarter": _("quarters"), "half": _("half-years"), "year": _("years")}


def _too_few(line: TemplateLine, facts: LintFacts) -> Iterator[Finding]:
    newest = facts.periods[0]
    stat = facts.total(line.kpi_id, [newest.pk])
    if not stat.benchmarked or stat.measured >= stat.benchmarked:
        return
    if stat.measured < FEW_PARTNERS or stat.measured < FEW_SHARE * stat.benchmarked:
        yield _about(
            line,
            "too_few_partners",
            _("Only %(measured)s of %(benchmarked)s partners have data in %(period)s.")
            % {"measured": stat.measured, "benchmarked": stat.benchmarked, "period": newest.label},
            _("Bring the data in, or limit the KPI to types that have it. %(few)s partners or %(share)s are the least.")
            % {"few": FEW_PARTNERS, "share": display.percent(FEW_SHARE)},
            Place.KPI,
        )


def _out_of_reach(line: TemplateLine, facts: LintFacts) -> Iterator[Finding]:
    stat = _over_periods(line, facts)
    if stat.measured < ENOUGH_RESULTS:
        return
    said = {"results": display.number(Decimal(stat.measured), 0), "periods": _last_periods(facts)}
    if stat.met == 0:
        yield _about(
            line,
            "target_never_met",
            _("Nobody met the target %(periods)s, in %(results)s results.") % said,
            _("Set a target that good partners reach; an unreachable one only costs everybody points."),
            Place.BENCHMARKS,
        )
    elif stat.stretched == stat.measured:
        yield _about(
            line,
            "stretch_always_met",
            _("Everybody reached the stretch %(periods)s, in %(results)s results.") % said,
            _("Ask for more, or give the weight to a KPI that tells partners apart."),
            Place.BENCHMARKS,
        )


def _step(line: TemplateLine, facts: LintFacts) -> Iterator[Finding]:
    stat = facts.total(line.kpi_id, [facts.periods[0].pk])
    if stat.steps:
        yield _about(
            line,
            "floor_is_target",
            ngettext(
                "For %(count)s partner the floor is the target: below it 0 points, from it on the full points.",
                "For %(count)s partners the floor is the target: below it 0 points, from it on the full points.",
                stat.steps,
            )
            % {"count": stat.steps},
            _("Lower the floor if coming close should be worth something."),
            Place.BENCHMARKS,
        )


def _over_periods(line: TemplateLine, facts: LintFacts) -> LineStat:
    return facts.total(line.kpi_id, [period.pk for period in facts.periods])


def _last_periods(facts: LintFacts) -> str:
    """In words, which periods were looked at."""
    if len(facts.periods) == 1:
        return _("in %(period)s") % {"period": facts.periods[0].label}
    return _("in the last %(count)s complete periods (%(first)s to %(last)s)") % {
        "count": len(facts.periods),
        "first": facts.periods[-1].label,
        "last": facts.periods[0].label,
    }


_LINE_CHECKS: tuple[Callable[[TemplateLine, LintFacts], Iterator[Finding]], ...] = (
    _no_benchmark,
    _no_base,
    _too_few,
    _out_of_reach,
    _step,
)


# What the data shows of lines together, gates and grades ----------------------------------------------------------


def _overlaps(lines: Sequence[TemplateLine], facts: LintFacts) -> Iterator[Finding]:
    by_kpi = {line.kpi_id: line for line in lines}
    for pair in sorted(facts.overlaps, key=lambda pair: -pair.correlation):
        line, other = by_kpi[pair.kpi_id], by_kpi[pair.other_id]
        yield _about(
            line,
            "overlap",
            _("It goes together with %(other)s: correlation %(correlation)s over %(count)s partners in %(period)s.")
            % {
                "other": other.kpi.name,
                "correlation": display.number(pair.correlation, 2),
                "count": display.number(Decimal(pair.partners), 0),
                "period": facts.periods[0].label,
            },
            _("Both measure much the same, which then counts %(weight)s in all. Keep one, or lower both weights.")
            % {"weight": display.percent((line.weight + other.weight) / HUNDRED)},
        )


def _typed_in(lines: Sequence[TemplateLine], facts: LintFacts) -> Iterator[Finding]:
    typed = [line for line in lines if facts.typed_in.get(line.kpi_id, ZERO) > TYPED_IN_OF_KPI]
    weight = sum((line.weight for line in typed), ZERO)
    if weight > TYPED_IN_WEIGHT:
        yield Finding(
            "typed_in",
            Severity.WARNING,
            ", ".join(line.kpi.name for line in typed),
            _("%(weight)s of the weight rests on measurements that were mostly typed in by hand.")
            % {"weight": display.percent(weight / HUNDRED)},
            _("Bring these figures in from a system, or keep their weight at %(limit)s at most.")
            % {"limit": display.percent(TYPED_IN_WEIGHT / HUNDRED)},
        )


def _gates(lines: Sequence[TemplateLine], bands: Sequence[GradeBand], facts: LintFacts) -> Iterator[Finding]:
    best = max(bands, key=lambda band: band.minimum).key if bands else ""
    for line in lines:
        if not line.gate_minimum or line.gate_grade in ("", best) or facts.limited.get(line.kpi_id) != 0:
            continue
        yield _about(
            line,
            "gate_never_limits",
            _("Its gate would have limited no grade %(periods)s.") % {"periods": _last_periods(facts)},
            _("That is fine for a safeguard. If it should bite, ask for more points or allow a lower grade at best."),
            severity=Severity.NOTICE,
        )


def _coverage(template: ScorecardTemplate, facts: LintFacts) -> Iterator[Finding]:
    measured = [card for card in facts.cards if card.coverage is not None]
    if not measured or template.minimum_coverage == 0:
        return
    below = [card for card in measured if card.unrated_reason == UnratedReason.LOW_COVERAGE]
    said = {
        "minimum": display.percent(template.minimum_coverage),
        "count": display.number(Decimal(len(measured)), 0),
        "period": facts.periods[0].label,
    }
    if len(below) == len(measured):
        yield Finding(
            "coverage_fails_all",
            Severity.WARNING,
            _("Minimum coverage"),
            _("None of %(count)s partners has data for %(minimum)s of the weight in %(period)s: nobody would be rated.")
            % said,
            _("Lower the minimum coverage, or bring the missing data in first."),
        )
    elif not below:
        yield Finding(
            "coverage_fails_nobody",
            Severity.NOTICE,
            _("Minimum coverage"),
            _("All %(count)s partners have data for %(minimum)s of the weight or more in %(period)s.") % said,
            _("Nothing needs to be done. A higher minimum would make ratings firmer."),
        )


def _top_grade(bands: Sequence[GradeBand], facts: LintFacts) -> Iterator[Finding]:
    rated = [card for card in facts.cards if card.rated]
    if not bands or len(rated) < ENOUGH_RESULTS:
        return
    best = max(bands, key=lambda band: band.minimum)
    if best.minimum < HUNDRED and not any(card.grade == best.key for card in rated):
        yield Finding(
            "top_grade_empty",
            Severity.NOTICE,
            _("Grade %(grade)s") % {"grade": best.key},
            _("None of %(count)s rated partners would have it in %(period)s.")
            % {"count": display.number(Decimal(len(rated)), 0), "period": facts.periods[0].label},
            _("Nothing needs to be done if it is meant as a goal for later."),
        )


def _for_many(bands: Sequence[GradeBand], facts: LintFacts) -> Iterator[Finding]:
    """A consequence for most partners says nothing to any of them."""
    rated = [card for card in facts.cards if card.rated]
    if len(rated) < ENOUGH_RESULTS:
        return
    for kind in consequence_kinds:
        grades = {
            band.key
            for band in bands
            for row in band.consequences.all()
            if row.kind == kind.key and row.timing == ConsequenceTiming.EVERY
        }
        hit = sum(card.grade in grades for card in rated)
        if hit > len(rated) * MANY_SHARE:
            yield Finding(
                "consequence_for_many",
                Severity.WARNING,
                str(kind.label),
                _("It would follow for %(hit)s of %(count)s rated partners in every period, as in %(period)s.")
                % {
                    "hit": display.number(Decimal(hit), 0),
                    "count": display.number(Decimal(len(rated)), 0),
                    "period": facts.periods[0].label,
                },
                _("Let it follow only when a partner comes into the grade, or from fewer grades."),
            )
