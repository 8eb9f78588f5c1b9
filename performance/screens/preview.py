"""A version of a template tried on one partner: the card it would give, beside the card as it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from partners.models import Partner
from performance import display
from performance.choices import BenchmarkScope, LineState
from performance.errors import NothingToPreview
from performance.models import Benchmark, PeriodRow, Scorecard, ScorecardTemplate
from performance.queries.lines import Line, lines_of_cards
from performance.queries.preview import (
    DraftCard,
    busiest_partner,
    complete_periods,
    draft_cards,
    partners_to_try,
    periods_of,
)
from performance.rules.scoring import CardScore, delta_of
from performance.screens.grades import grade_colour

MATCHES_SHOWN = 5


@dataclass(frozen=True)
class PreviewLine:
    """One KPI as the draft would score it, and as the stored card has it. Either side may be missing."""

    line: Line | None
    stored: Line | None
    benchmark: str

    @property
    def any(self) -> Line:
        """Whichever side is there, for name and unit."""
        found = self.line or self.stored
        assert found is not None
        return found

    @property
    def actual(self) -> str:
        """The result that would be used, with its unit."""
        return _figure(self.any, self.line.actual if self.line else None)

    @property
    def target(self) -> str:
        """The target that would apply."""
        return _figure(self.any, self.line.target if self.line else None)

    @property
    def change(self) -> Decimal | None:
        """What the line would add to the total more or less than it does; a missing side adds 0."""
        new = self.line.contribution if self.line else None
        old = self.stored.contribution if self.stored else None
        return None if new is None and old is None else (new or Decimal(0)) - (old or Decimal(0))

    @property
    def policy_note(self) -> str:
        """What the missing-data policy does here; empty for a line with a result."""
        if self.line is None:
            return _("Not on the draft.")
        return {
            LineState.NO_DATA: _("No data: left out of total and coverage."),
            LineState.ZERO: _("No data: counts as 0 points."),
            LineState.CARRIED: _("No data: the value of %(count)s periods before is carried.")
            % {"count": self.line.carried_periods},
            LineState.BLOCKING: _("No data: the card gets no total."),
            LineState.NO_BENCHMARK: _("No benchmark applies: not scored."),
            LineState.NOT_APPLICABLE: _("Does not apply to this type of partner."),
        }.get(LineState(self.line.state), "")


def _figure(line: Line, value: Decimal | None) -> str:
    return display.NONE if value is None else display.figure(value, line.unit, line.decimals)


@dataclass(frozen=True)
class Preview:
    """The draft on one partner and period. `stored` is the card as it stands today, None when there is none."""

    template: ScorecardTemplate
    partner: Partner
    period: PeriodRow
    card: DraftCard | None
    stored: Scorecard | None
    rows: tuple[PreviewLine, ...]

    @property
    def score(self) -> CardScore | None:
        """What the draft comes to; None when the partner would have no card."""
        return self.card.score if self.card and self.card.exists else None

    def as_dict(self) -> dict[str, Any]:
        """The preview as the API gives it."""
        score = self.score
        return {
            "template": self.template,
            "period": self.period,
            "partner": self.partner,
            "has_card": score is not None,
            "total": score.total if score else None,
            "coverage": score.coverage if score else None,
            "rated": bool(score and score.rated),
            "unrated_reason": (score.unrated_reason or "") if score else "",
            "grade": (score.grade or "") if score else "",
            "raw_grade": (score.raw_grade or "") if score else "",
            "limited_by": score.limited_by if score else None,
            "change": self.change,
            "stored": self.stored,
            "lines": [row.line for row in self.rows if row.line is not None],
        }

    @property
    def change(self) -> Decimal | None:
        """The new total less the stored one; None when either is missing."""
        return delta_of(self.score.total if self.score else None, self.stored.total if self.stored else None)

    @property
    def unrated_note(self) -> str:
        """Why the draft would not rate the partner."""
        if self.score is None:
            return _("The partner would have no card: it is not in the programme or has no measurements to score.")
        return "" if self.score.unrated_reason is None else str(self.score.unrated_reason.label)

    @property
    def limiting_kpi(self) -> str:
        """The KPI of the gate that would lower the grade, by name."""
        code = self.score.limited_by if self.score else None
        return next((row.line.name for row in self.rows if row.line and row.line.code == code), "") if code else ""

    @property
    def grade_colour(self) -> str:
        """One of the five grade colours, by the draft's grades."""
        return grade_colour(self.score.grade or "", list(self.template.bands.all())) if self.score else ""

    @property
    def stored_colour(self) -> str:
        """The same for the stored card, by the grades of its own version."""
        return grade_colour(self.stored.grade, list(self.stored.template.bands.all())) if self.stored else ""


@dataclass(frozen=True)
class Choice:
    """What can be chosen, and what is. `problem` says why nothing is."""

    partner: Partner | None
    period: PeriodRow | None
    periods: Sequence[PeriodRow]
    problem: str = ""
    matches: Sequence[Partner] = ()
    field: str = ""


def choose(
    template: ScorecardTemplate, *, partner: str = "", period: str = "", portfolio: Any | None, today: date
) -> Choice:
    """The partner (by number, id or part of its name) and the period (by label) asked for.

    Without them the last complete period, and the partner with the most measurements in it.
    """
    partner = partner.replace("\x00", "").strip()[:200]
    periods = list(periods_of(template))
    complete = complete_periods(template, today, 1)
    chosen = next((row for row in periods if row.label == period), None)
    if period and chosen is None:
        problem = _("%(period)s is no period that this version scores and that has data.") % {"period": period}
        return Choice(None, None, periods, problem, field="period")
    if not period:
        chosen = complete[0] if complete else (periods[0] if periods else None)
    if chosen is None:
        return Choice(None, None, periods, _("No period has data yet."), field="period")
    candidates = partners_to_try(template, portfolio)
    if not partner:
        found = busiest_partner(candidates, chosen)
        problem = "" if found else _("There is no partner to score yet.")
        return Choice(found, chosen, periods, problem, field="" if found else "partner")
    matches = _matching(candidates, partner)
    if len(matches) == 1:
        return Choice(matches[0], chosen, periods)
    if matches:
        problem = _("Several partners fit “%(text)s”. Choose one.") % {"text": partner}
    else:
        problem = _("No partner that this scorecard could score fits “%(text)s”.") % {"text": partner}
    return Choice(None, chosen, periods, problem, matches, field="partner")


def _matching(candidates: Any, text: str) -> list[Partner]:
    """By number, else by whole name, else by a part of it."""
    for lookup in ({"external_id__iexact": text}, {"name__iexact": text}, {"name__icontains": text}):
        found = list(candidates.filter(**lookup).order_by("name", "pk")[:MATCHES_SHOWN])
        if found:
            return found
    return []


def build_preview(template: ScorecardTemplate, partner: Partner, period: PeriodRow) -> Preview:
    """The card, in four queries. `template` brings programme and bands."""
    found = draft_cards(template, [period.pk], [partner.pk])
    card = found[0] if found else None
    stored = (
        Scorecard.objects.filter(partner=partner, period=period, programme_id=template.programme_id)
        .select_related("template", "limited_by", "period", "programme", "partner", "partner_type", "tier", "region")
        .prefetch_related("template__bands")
        .first()
    )
    old = {line.kpi_id: line for line in lines_of_cards([stored.pk])[stored.pk]} if stored else {}
    new = card.lines if card else ()
    names = _benchmark_names(new)
    rows = [PreviewLine(line, old.pop(line.kpi_id, None), names.get(line.benchmark_id or 0, "")) for line in new]
    rows += [PreviewLine(None, line, "") for line in old.values()]
    return Preview(template, partner, period, card, stored, tuple(rows))


def preview_of(
    template: ScorecardTemplate, *, partner: str, period: str, portfolio: Any | None, today: date
) -> Preview:
    """The preview asked for.

    Raises:
        NothingToPreview: there is no such partner or period, or several partners fit.
    """
    choice = choose(template, partner=partner, period=period, portfolio=portfolio, today=today)
    if choice.partner is None or choice.period is None:
        raise NothingToPreview(choice.problem, field=choice.field)
    return build_preview(template, choice.partner, choice.period)


def _benchmark_names(lines: Sequence[Line]) -> dict[int, str]:
    """Whom each benchmark used is for, in words."""
    ids = [line.benchmark_id for line in lines if line.benchmark_id is not None]
    rows = Benchmark.objects.select_related("tier", "region", "partner_type", "partner").in_bulk(ids)
    return {pk: _("everyone") if row.scope == BenchmarkScope.ALL else str(row.scope_label) for pk, row in rows.items()}
