"""Tags for figures of KPIs: `{% load scores %}`."""

from decimal import Decimal

from django import template
from django.utils.safestring import SafeString

from performance import charts, display
from performance.models import KPI, Alert, AlertRule
from performance.queries.lines import Line
from performance.words import alerts as alert_words
from prm.ui.charts import bullet

register = template.Library()


@register.simple_tag
def line_bullet(line: Line) -> SafeString:
    """A scorecard line against its benchmark, whichever way is better."""
    if line.direction == "band":
        return charts.band_bullet(line.actual, line.floor, line.target, line.stretch, line.ceiling)
    return bullet(line.actual, line.floor, line.target, line.stretch)


@register.simple_tag
def kpi_figure(kpi: KPI, value: Decimal | None) -> str:
    """A result of a KPI with its unit."""
    return display.kpi_value(kpi, value)


@register.simple_tag
def kpi_threshold(kpi: KPI, value: Decimal | None) -> str:
    """A threshold of a KPI with its unit and every decimal that was set."""
    return display.threshold(kpi, value)


register.simple_tag(display.benchmark_number)


register.filter("exactly", display.exactly)


@register.filter
def alert_sentence(alert: Alert) -> str:
    """What an alert found."""
    return alert_words.sentence(alert)


@register.filter
def rule_sentence(rule: AlertRule) -> str:
    """What a rule watches."""
    return alert_words.rule_sentence(rule)


@register.filter
def rule_timing(rule: AlertRule) -> str:
    """When a rule looks."""
    return alert_words.timing_sentence(rule)
