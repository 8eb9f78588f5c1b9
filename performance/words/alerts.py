"""What an alert and a rule say, in one sentence that the list, the inbox, the mail and the API share."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance import display
from performance.choices import AlertKind, AlertLimit, AlertTiming, GradeMove, MissingData
from performance.models import Alert, AlertRule
from prm.ui import formats


def sentence(alert: Alert) -> str:
    """What was found, with the figures, for example “Score fell by 12.4 points to 51.0”."""
    if alert.kind == AlertKind.KPI and alert.kpi is not None:
        of_floor = alert.rule is None or alert.rule.limit == AlertLimit.FLOOR
        text = (
            _("%(kpi)s is %(value)s, the floor is %(bound)s")
            if of_floor
            else _("%(kpi)s is %(value)s, the limit is %(bound)s")
        )
        return text % {
            "kpi": alert.kpi.name,
            "value": display.kpi_value(alert.kpi, alert.value),
            "bound": display.threshold(alert.kpi, alert.bound),
        }
    if alert.kind == AlertKind.TOTAL:
        return _("Score is %(value)s, under %(bound)s") % {
            "value": display.score(alert.value),
            "bound": _plain(alert.bound),
        }
    if alert.kind == AlertKind.DROP:
        fall = (alert.former or Decimal(0)) - (alert.value or Decimal(0))
        return _("Score fell by %(fall)s points to %(value)s") % {
            "fall": display.number(fall, 1),
            "value": display.score(alert.value),
        }
    if alert.kind in (AlertKind.GRADE, AlertKind.CONSEQUENCE):
        return _grade_sentence(alert)
    return _missing_sentence(alert)


def _grade_sentence(alert: Alert) -> str:
    figures = {"grade": alert.grade, "former": alert.former_grade, "value": display.score(alert.value)}
    if alert.former_grade:
        return _("Grade %(former)s became %(grade)s, score %(value)s") % figures
    return _("Grade %(grade)s, score %(value)s, without a grade before") % figures


def _missing_sentence(alert: Alert) -> str:
    if alert.kpi is not None:
        if alert.since is None:
            return _("%(kpi)s has never been measured") % {"kpi": alert.kpi.name}
        return _("%(kpi)s was last measured on %(day)s") % {"kpi": alert.kpi.name, "day": formats.day(alert.since)}
    if alert.rule is not None and alert.rule.missing == MissingData.NOT_RATED:
        return _("Not rated, %(value)s of the scorecard has data") % {"value": display.percent(alert.value)}
    return _("Only %(value)s of the scorecard has data, %(bound)s is needed") % {
        "value": display.percent(alert.value),
        "bound": display.percent(alert.bound),
    }


def rule_sentence(rule: AlertRule) -> str:
    """What a rule watches, for example “Score falls by 10 points or more in a quarter”."""
    period = rule.get_period_kind_display().lower()
    if rule.kind == AlertKind.KPI and rule.kpi is not None:
        if rule.limit == AlertLimit.FLOOR:
            return _("%(kpi)s is worse than its floor in a %(period)s") % {"kpi": rule.kpi.name, "period": period}
        figure = display.threshold(rule.kpi, rule.figure)
        return _("%(kpi)s is worse than %(figure)s in a %(period)s") % {
            "kpi": rule.kpi.name,
            "figure": figure,
            "period": period,
        }
    if rule.kind == AlertKind.TOTAL:
        return _("Score of a %(period)s is under %(figure)s") % {"period": period, "figure": _plain(rule.figure)}
    if rule.kind == AlertKind.DROP:
        return _("Score falls by %(figure)s points or more against the %(period)s before") % {
            "figure": _plain(rule.figure),
            "period": period,
        }
    if rule.kind == AlertKind.GRADE:
        return {
            GradeMove.DOWN: _("Grade of a %(period)s is worse than the one before"),
            GradeMove.ANY: _("Grade of a %(period)s is another than before"),
            GradeMove.INTO: _("Grade of a %(period)s becomes %(grade)s"),
        }[GradeMove(rule.grade_move)] % {"period": period, "grade": rule.grade}
    return _missing_rule_sentence(rule, period)


def _missing_rule_sentence(rule: AlertRule, period: str) -> str:
    missing: str = rule.missing
    if missing == MissingData.DAYS.value and rule.kpi is not None:
        days = rule.days or 0
        return ngettext(
            "No measurement of %(kpi)s for %(days)d day", "No measurement of %(kpi)s for %(days)d days", days
        ) % {"kpi": rule.kpi.name, "days": days}
    if missing == MissingData.COVERAGE.value:
        if rule.figure is None:
            return _("Less of the scorecard of a %(period)s has data than it needs") % {"period": period}
        return _("Less than %(figure)s of the scorecard of a %(period)s has data") % {
            "figure": display.percent(rule.figure),
            "period": period,
        }
    return _("Scorecard of a %(period)s is not rated") % {"period": period}


def timing_sentence(rule: AlertRule) -> str:
    """When the rule looks."""
    if rule.kind == AlertKind.MISSING and rule.missing == MissingData.DAYS:
        return _("Looks every day.")
    if rule.timing == AlertTiming.RUNNING:
        return _("Looks already while the period runs.")
    if rule.wait_days == 0:
        return _("Looks once the period has ended.")
    return ngettext(
        "Looks %(days)d day after the period has ended.",
        "Looks %(days)d days after the period has ended.",
        rule.wait_days,
    ) % {"days": rule.wait_days}


def snoozed_words(until: date) -> str:
    """Until when an alert is put away."""
    return _("until %(day)s") % {"day": formats.day(until)}


def _plain(value: Decimal | None) -> str:
    return display.NONE if value is None else display.plain(value)
