"""What an award is called and why it was granted, in the words that screens, mails, pictures and the API share."""

from typing import Any

from django.utils.translation import gettext as _

from performance import display
from performance.queries.reference import kpis_by_id
from performance.recognition.choices import BadgeKind
from performance.recognition.models import Award
from performance.recognition.rules.badges import Rule
from performance.recognition.words.cohorts import group_name
from performance.recognition.words.rules import rule_sentence
from prm.ui.formats import number


def award_title(award: Award) -> str:
    """The badge, with the period that it was earned in: Partner of the quarter 2026-Q3."""
    return f"{award.badge.name} {award.period.label}" if award.period_id and award.period else award.badge.name


def award_rule(award: Award) -> str:
    """The rule as it was when it granted the award; of one by hand, that it was awarded by people."""
    return rule_sentence(award.rule or Rule(kind=BadgeKind.HAND))


def award_sentence(award: Award, *, you: bool = False) -> str:
    """What earned it, with the figures as they were then; of one by hand the reason.

    `you` speaks to the partner itself.
    """
    rule = award.rule
    if rule is None or award.period is None:
        return award.reason
    words: dict[str, Any] = {
        "period": award.period.label,
        "grade": award.grade,
        "score": display.score(award.total),
        "place": award.rank,
        "count": _among(award, rule),
    }
    if rule.kind == BadgeKind.RANK:
        if you:
            return _("You were in place %(place)s of %(count)s in %(period)s, with a score of %(score)s.") % words
        return _("Place %(place)s of %(count)s in %(period)s, with a score of %(score)s.") % words
    if rule.kind == BadgeKind.RISE:
        words["rise"] = display.score(award.value)
        if you:
            return _("Your score rose by %(rise)s points to %(score)s in %(period)s.") % words
        return _("The score rose by %(rise)s points to %(score)s in %(period)s.") % words
    if rule.kind == BadgeKind.KPI:
        kpi = kpis_by_id().get(rule.kpi_id or 0)
        words |= {"kpi": rule.kpi_name, "value": display.kpi_value(kpi, award.value) if kpi else award.value}
        if rule.is_band:
            return _("%(kpi)s stayed at %(value)s in %(period)s.") % words
        return _("%(kpi)s reached %(value)s in %(period)s.") % words
    if you:
        return _("Your grade was %(grade)s in %(period)s, with a score of %(score)s.") % words
    return _("Grade %(grade)s in %(period)s, with a score of %(score)s.") % words


def _among(award: Award, rule: Rule) -> str:
    """How many were ranked, and in which group: 61 (North)."""
    card = award.scorecard
    group = group_name(card, rule.cohort) if card is not None else ""
    return f"{number(award.cohort_size or 0)} ({group})" if group else number(award.cohort_size or 0)


def note_sentence(award: Award) -> str:
    """What has to be said about an award that stands: its ground was restated away. Empty when nothing has."""
    if award.holds or award.is_withdrawn:
        return ""
    return _(
        "The scorecards of the period were restated since. By the figures as they are now the rule would not grant it."
    )


def restated_sentence(award: Award) -> str:
    """That the card's own score is another one now; empty where it is the same."""
    card = award.scorecard
    if card is None or card.total == award.total or award.total is None:
        return ""
    return _("The score was %(then)s when it was granted and was restated to %(now)s.") % {
        "then": display.score(award.total),
        "now": display.score(card.total),
    }
