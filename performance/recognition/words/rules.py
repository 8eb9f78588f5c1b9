"""The rule of a badge in plain words, shown wherever the badge is shown."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance import display
from performance.choices import ConsequenceTiming
from performance.recognition.choices import BadgeKind, Cohort
from performance.recognition.rules.badges import Rule
from prm.periods import PeriodKind


def rule_sentence(rule: Rule) -> str:
    """What earns the badge, in one to three sentences."""
    if rule.kind == BadgeKind.HAND:
        return _("Awarded by hand, with a reason.")
    parts = [_main(rule)]
    if rule.kind in (BadgeKind.RANK, BadgeKind.RISE):
        parts.append(
            _("At least %(count)s partners must be rated there; ties share a place.") % {"count": rule.minimum_rated}
        )
    elif rule.periods > 1 or rule.timing == ConsequenceTiming.CROSSING:
        parts.append(_often(rule))
    if rule.coverage is not None:
        parts.append(
            _("Scorecards with data for less than %(share)s of their weight do not count.")
            % {"share": display.percent(rule.coverage)}
        )
    return " ".join(parts)


def _main(rule: Rule) -> str:
    if rule.kind == BadgeKind.GRADE:
        return _("Grade %(grade)s or better %(when)s.") % {"grade": rule.grade, "when": _when(rule)}
    if rule.kind == BadgeKind.KPI:
        of_kpi = {"kpi": rule.kpi_name, "when": _when(rule)}
        if rule.is_band:
            return _("%(kpi)s within its target range %(when)s.") % of_kpi
        return _("%(kpi)s at its stretch or beyond %(when)s.") % of_kpi
    words: dict[str, Any] = {"count": rule.top, "where": _where(rule), "period": _of_a_period(rule.period_kind)}
    if rule.kind == BadgeKind.RANK:
        return (
            ngettext(
                "The highest score %(period)s %(where)s.",
                "The %(count)s highest scores %(period)s %(where)s.",
                rule.top,
            )
            % words
        )
    sentence = ngettext(
        "The largest rise of the score %(period)s %(where)s.",
        "The %(count)s largest rises of the score %(period)s %(where)s.",
        rule.top,
    )
    if rule.points is not None:
        sentence = ngettext(
            "The largest rise of the score %(period)s %(where)s, by %(points)s points or more.",
            "The %(count)s largest rises of the score %(period)s %(where)s, by %(points)s points or more.",
            rule.top,
        )
        words["points"] = display.plain(rule.points)
    return sentence % words


def _when(rule: Rule) -> str:
    count = rule.periods
    if count == 1:
        return {
            PeriodKind.MONTH: _("in a month"),
            PeriodKind.QUARTER: _("in a quarter"),
            PeriodKind.HALF: _("in a half-year"),
        }.get(PeriodKind(rule.period_kind), _("in a year"))
    words = {
        PeriodKind.MONTH: ngettext("for %(count)s month in a row", "for %(count)s months in a row", count),
        PeriodKind.QUARTER: ngettext("for %(count)s quarter in a row", "for %(count)s quarters in a row", count),
        PeriodKind.HALF: ngettext("for %(count)s half-year in a row", "for %(count)s half-years in a row", count),
        PeriodKind.YEAR: ngettext("for %(count)s year in a row", "for %(count)s years in a row", count),
    }
    return words[PeriodKind(rule.period_kind)] % {"count": count}


def _of_a_period(kind: str) -> str:
    return {
        PeriodKind.MONTH: _("of a month"),
        PeriodKind.QUARTER: _("of a quarter"),
        PeriodKind.HALF: _("of a half-year"),
    }.get(PeriodKind(kind), _("of a year"))


def _where(rule: Rule) -> str:
    return {
        Cohort.PROGRAMME: _("in the whole programme"),
        Cohort.TIER: _("in each tier"),
        Cohort.REGION: _("in each region"),
        Cohort.TYPE: _("among partners of a type"),
        Cohort.PEERS: _("among partners of the same type and tier"),
    }[Cohort(rule.cohort)]


def _often(rule: Rule) -> str:
    if rule.timing == ConsequenceTiming.EVERY:
        return _("Granted again in every period while it lasts.")
    return _("Granted once, and again only after it was interrupted.")
