"""Writing, pausing and trying the rules that raise alerts."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.models import Programme
from performance.choices import (
    AlertKind,
    AlertLimit,
    AlertResolution,
    AlertSeverity,
    AlertStatus,
    GradeMove,
    MissingData,
    TemplateStatus,
)
from performance.engine import alerts as statements
from performance.errors import AlertRuleInUse, AlertRuleNameTaken
from performance.models import Alert, AlertRule, GradeBand, PeriodRow, ScorecardTemplate
from performance.queries.alerts import ALERT_COUNTS
from performance.services.alerts import as_row, condition_of, silent_from
from performance.services.checking import check_fields
from performance.services.scheduling import schedule_alerts
from prm.access.actor import Actor
from prm.audit.services import changes_between, record
from prm.errors import InvalidInput
from prm.periods import PeriodKind
from prm.tenancy.scope import require_scope

FIELDS = (
    "name", "kind", "severity", "programme", "period_kind", "timing", "wait_days", "kpi", "limit", "figure",
    "grade_move", "grade", "missing", "days",
)  # fmt: skip

NEEDED: dict[str, tuple[str, ...]] = {
    AlertKind.KPI: ("kpi", "limit", "figure"),
    AlertKind.TOTAL: ("figure",),
    AlertKind.DROP: ("figure",),
    AlertKind.GRADE: ("grade_move", "grade"),
    AlertKind.MISSING: ("missing", "kpi", "days", "figure"),
}
"""What each kind uses; the rest is emptied."""

PREVIEW_SHOWN = 50
NUMBER_TO_TRY = -1


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would have raised: the period looked at, how many alerts, the worst of them (not saved)."""

    period: PeriodRow | None
    count: int
    alerts: list[Alert]


def save_rule(*, actor: Actor, rule: AlertRule | None = None, **values: Any) -> AlertRule:
    """Make a rule or change one. What it watches is looked for at once, and alerts that no longer fit are resolved.

    Raises:
        InvalidInput: naming the field that is wrong and the rule it breaks.
        AlertRuleNameTaken: another rule has the name.
    """
    is_new = rule is None
    if rule is None:
        rule = AlertRule(actor_label=actor.label[:160])
    else:
        rule = AlertRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    before = {name: getattr(rule, name) for name in FIELDS}
    fill(rule, **values)
    check_rule(rule)
    after = {name: getattr(rule, name) for name in FIELDS}
    changes = {} if is_new else changes_between(before, after)
    if not is_new and not changes:
        return rule
    rule.updated_at = timezone.now()
    rule.save()
    record(actor=actor, action="alert_rule.created" if is_new else "alert_rule.updated", target=rule, changes=changes)
    schedule_alerts(require_scope().tenant)
    return rule


def fill(rule: AlertRule, **values: Any) -> AlertRule:
    """Set the values on the rule and empty what its kind does not use."""
    for name, value in values.items():
        if name not in FIELDS:
            raise ValueError(f"A rule has no {name}.")
        setattr(rule, name, value)
    used = set(NEEDED.get(rule.kind, ()))
    if rule.kind == AlertKind.KPI and rule.limit == AlertLimit.FLOOR:
        used -= {"figure"}
    if rule.kind == AlertKind.GRADE and rule.grade_move != GradeMove.INTO:
        used -= {"grade"}
    if rule.kind == AlertKind.MISSING:
        used -= {"figure"} if rule.missing != MissingData.COVERAGE else {"kpi", "days"}
        used -= {"kpi", "days"} if rule.missing == MissingData.NOT_RATED else set()
    for name, empty in (("kpi", None), ("limit", ""), ("figure", None), ("grade_move", ""), ("grade", ""),
                        ("missing", ""), ("days", None)):  # fmt: skip
        if name not in used:
            setattr(rule, name, empty)
    return rule


def check_rule(rule: AlertRule) -> None:
    """Refuse what could never be watched.

    Raises:
        InvalidInput, AlertRuleNameTaken: naming the field.
    """
    rule.name = rule.name.strip()
    if rule.kind not in NEEDED:
        raise InvalidInput(_("Choose what the rule watches."), field="kind")
    check_fields(rule)
    _check_kind(rule)
    if AlertRule.objects.filter(name__iexact=rule.name).exclude(pk=rule.pk).exists():
        raise AlertRuleNameTaken(_("Another rule is called %(name)s.") % {"name": rule.name}, field="name")


def _check_kind(rule: AlertRule) -> None:
    if rule.kind == AlertKind.KPI:
        _need(rule, "kpi", _("Choose the KPI to watch."))
        _need(rule, "limit", _("Choose what the KPI is held against."))
        if rule.limit == AlertLimit.FIGURE:
            _need(rule, "figure", _("Give the figure. Worse than this raises the alert."))
    elif rule.kind == AlertKind.TOTAL:
        _need(rule, "figure", _("Give the score under which the alert is raised."))
        _between(rule, 0, 100, _("A score lies between 0 and 100."))
    elif rule.kind == AlertKind.DROP:
        _need(rule, "figure", _("Give the points that the score must fall by."))
        _between(rule, Decimal("0.0001"), 100, _("A fall is more than 0 and at most 100 points."))
    elif rule.kind == AlertKind.GRADE:
        _need(rule, "grade_move", _("Choose which change raises the alert."))
        if rule.grade_move == GradeMove.INTO:
            _need(rule, "grade", _("Say which grade."))
            bands = GradeBand.objects.filter(template__status=TemplateStatus.PUBLISHED)
            if rule.programme is not None:
                bands = bands.filter(template__programme=rule.programme)
            if not bands.filter(key=rule.grade).exists():
                raise InvalidInput(
                    _("No published scorecard has a grade %(grade)s.") % {"grade": rule.grade}, field="grade"
                )
    else:
        _check_missing(rule)


def _check_missing(rule: AlertRule) -> None:
    _need(rule, "missing", _("Choose what is missing."))
    if rule.missing == MissingData.DAYS:
        _need(rule, "kpi", _("Choose the KPI to watch."))
        _need(rule, "days", _("Give the days without a measurement."))
        assert rule.kpi is not None, "It was asked for just now."
        if rule.kpi.is_derived:
            raise InvalidInput(
                _("%(kpi)s is derived and has no measurements of its own. Choose a KPI it is made from.")
                % {"kpi": rule.kpi.name},
                field="kpi",
            )
    elif rule.missing == MissingData.COVERAGE and rule.figure is not None:
        _between(rule, 0, 1, _("A coverage lies between 0 and 100 percent."))


def _need(rule: AlertRule, field: str, sentence: str) -> None:
    if getattr(rule, field) in (None, ""):
        raise InvalidInput(sentence, field=field)


def _between(rule: AlertRule, low: Decimal | int, high: Decimal | int, sentence: str) -> None:
    if rule.figure is not None and not low <= rule.figure <= high:
        raise InvalidInput(sentence, field="figure")


def pause_rule(*, rule: AlertRule, actor: Actor) -> AlertRule:
    """Switch a rule off. Its alerts are resolved, since nobody looks after them any more."""
    rule = AlertRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    if not rule.is_active:
        return rule
    rule.is_active, rule.updated_at = False, timezone.now()
    rule.save(update_fields=["is_active", "updated_at"])
    standing = Alert.objects.filter(rule=rule, holds=True)
    resolved = standing.exclude(status=AlertStatus.RESOLVED).update(
        status=AlertStatus.RESOLVED,
        resolution=AlertResolution.RULE_OFF,
        resolved_at=rule.updated_at,
        snoozed_until=None,
        settled_by=actor.label[:160],
    )
    standing.update(holds=False)
    record(actor=actor, action="alert_rule.paused", target=rule, changes={"alerts_resolved": [None, resolved]})
    ALERT_COUNTS.forget()
    return rule


def resume_rule(*, rule: AlertRule, actor: Actor) -> AlertRule:
    """Switch a rule on again and look at once."""
    rule = AlertRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    if rule.is_active:
        return rule
    check_rule(rule)
    rule.is_active, rule.updated_at = True, timezone.now()
    rule.save(update_fields=["is_active", "updated_at"])
    record(actor=actor, action="alert_rule.resumed", target=rule)
    schedule_alerts(require_scope().tenant)
    return rule


def delete_rule(*, rule: AlertRule, actor: Actor) -> None:
    """Remove a rule that has never raised anything.

    Raises:
        AlertRuleInUse: it has alerts, which say what was watched then.
    """
    if Alert.objects.filter(rule=rule).exists():
        raise AlertRuleInUse(_("The rule has raised alerts, which refer to it. Pause it instead."))
    record(actor=actor, action="alert_rule.deleted", target=rule)
    rule.delete()


def preview_rule(rule: AlertRule, *, today: date) -> Preview:
    """What the rule, saved or not, would have raised in the last closed period of its kind, without writing anything.

    Where none is closed it is the last that has ended. Missing days are counted from today.
    """
    condition = condition_of(rule)
    period = None if condition == "silent" else period_to_try(rule, today)
    if period is None and condition != "silent":
        return Preview(None, 0, [])
    row = {**as_row(rule, [period.pk] if period else []), "id": rule.pk or NUMBER_TO_TRY}
    params: dict[str, Any] = {
        "tenant": require_scope().tenant_id,
        "rules": json.dumps([row]),
        "since": -1,
        "today": today,
        "silent_ym": silent_from([row], today),
        "most": PREVIEW_SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.preview(condition), params)
        names = [column.name for column in cursor.description]
        found = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    count = found[0]["total"] if found else 0
    alerts = [
        Alert(kind=rule.kind, severity=rule.severity, **{k: v for k, v in one.items() if k != "total"}) for one in found
    ]
    for alert in alerts:
        alert.rule = rule
        alert.period = period
        alert.kpi = rule.kpi
    return Preview(period, count, alerts)


def period_to_try(rule: AlertRule, today: date) -> PeriodRow | None:
    """The last closed period of the rule's kind, else the last that has ended."""
    own = PeriodRow.objects.filter(kind=rule.period_kind, end__lte=today)
    return own.filter(closed_at__isnull=False).order_by("-seq").first() or own.order_by("-seq").first()


def default_rules(*, actor: Actor, programme: Programme) -> list[AlertRule]:
    """The rules a new programme begins with: few, and each about something that a manager would want to know.

    Nothing happens if the programme has no published scorecard yet, or there are rules already.
    """
    template = (
        ScorecardTemplate.objects.filter(programme=programme, status=TemplateStatus.PUBLISHED)
        .order_by("-valid_from")
        .prefetch_related("bands", "lines__kpi")
        .first()
    )
    if template is None or AlertRule.objects.filter(Q(programme=programme) | Q(programme=None)).exists():
        return []
    kinds = template.period_kinds
    kind = PeriodKind.QUARTER.value if PeriodKind.QUARTER.value in kinds else kinds[0]
    lowest = min(template.bands.all(), key=lambda band: band.minimum)
    taken = set(AlertRule.objects.values_list("name", flat=True))

    def name(words: str) -> str:
        return f"{words}, {programme.name}"[:120] if words in taken else words

    common: dict[str, Any] = {"actor": actor, "programme": programme, "period_kind": kind}
    rules = [
        save_rule(
            name=name(_("Score fell by 10 points")),
            kind=AlertKind.DROP,
            figure=Decimal(10),
            severity=AlertSeverity.WARNING,
            **common,
        ),
        save_rule(
            name=name(_("Fell into the lowest grade")),
            kind=AlertKind.GRADE,
            grade_move=GradeMove.INTO,
            grade=lowest.key,
            severity=AlertSeverity.CRITICAL,
            **common,
        ),
        save_rule(
            name=name(_("Not rated")),
            kind=AlertKind.MISSING,
            missing=MissingData.NOT_RATED,
            severity=AlertSeverity.NOTICE,
            **common,
        ),
    ]
    heaviest = max(template.lines.all(), key=lambda line: (line.weight, -line.position), default=None)
    if heaviest is not None:
        rules.append(
            save_rule(
                name=name(_("%(kpi)s worse than its floor") % {"kpi": heaviest.kpi.name[:90]}),
                kind=AlertKind.KPI,
                kpi=heaviest.kpi,
                limit=AlertLimit.FLOOR,
                severity=AlertSeverity.WARNING,
                **common,
            )
        )
    return rules
