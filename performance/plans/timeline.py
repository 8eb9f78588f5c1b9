"""What happened in a partner's improvement plans, as events on its timeline."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Partner
from partners.registries import TimelineItem, TimelineSource, timeline_sources
from performance import display
from performance.plans.addresses import breach_address, plan_address
from performance.plans.choices import Level, Verdict
from performance.plans.models import Breach, CheckIn, Plan
from performance.plans.words.breaches import ACTIONS
from performance.plans.words.history import told
from prm.audit.models import AuditEntry

KIND, BREACHES = "plans", "breaches"
STORIES: dict[str, tuple[type[Plan | Breach], str]] = {KIND: (Plan, "plan."), BREACHES: (Breach, "breach.")}
"""Whose steps are told as events of a kind, and how their actions begin."""

CHECKED = "plan.checked"
"""Told from the checkpoint itself, which knows more."""

TONES = {
    "plan.succeeded": "pos",
    "plan.failed": "neg",
    "plan.reopened": "warn",
    "plan.suggested": "acc",
    "breach.reported": "warn",
    "breach.suspended": "neg",
    "breach.ended": "neg",
    "breach.lifted": "pos",
}


def fetch(partner: Partner, kinds: Collection[str], until: datetime | None, limit: int) -> list[TimelineItem]:
    """The newest steps and checkpoints of the partner's plans and the steps of reports about it, in five statements."""
    wanted = Q()
    for kind in kinds:
        model, prefix = STORIES[kind]
        wanted |= Q(target_type=model._meta.label_lower, action__startswith=prefix)
    steps = AuditEntry.objects.filter(wanted, partner_id=partner.pk).exclude(action=CHECKED)
    checks = CheckIn.objects.filter(plan__partner_id=partner.pk) if KIND in kinds else CheckIn.objects.none()
    if until is not None:
        steps, checks = steps.filter(at__lte=until), checks.filter(judged_at__lte=until)
    entries = list(steps.order_by("-at", "-pk")[:limit])
    about_plans = told(entry for entry in entries if entry.target_type == Plan._meta.label_lower)
    about_breaches = [entry for entry in entries if entry.target_type == Breach._meta.label_lower]
    judged = list(checks.order_by("-judged_at", "-pk")[:limit])
    plans = Plan.objects.in_bulk({entry.target_id for entry in about_plans} | {check.plan_id for check in judged})
    breaches = Breach.objects.in_bulk({entry.target_id for entry in about_breaches})
    items = [_step(entry, plans.get(entry.target_id or 0)) for entry in about_plans]
    items += [_breach_step(entry, breaches.get(entry.target_id or 0)) for entry in about_breaches]
    items += [_check(check, plans[check.plan_id]) for check in judged]
    return sorted(items, key=lambda item: (item.at, item.key), reverse=True)[:limit]


def _step(entry: Any, plan: Plan | None) -> TimelineItem:
    return TimelineItem(
        at=entry.at,
        kind=KIND,
        key=f"plan-step:{entry.pk:020d}",
        title=f"{entry.words}: {entry.detail or entry.target_label}",
        meta=entry.actor_label or _("System"),
        body=entry.reason,
        url=_address(plan),
        tone=TONES.get(entry.action, ""),
        icon="clipboard-check",
    )


def _check(check: CheckIn, plan: Plan) -> TimelineItem:
    figures: dict[str, Any] = {"plan": plan.title, "day": check.day, "expected": display.percent(check.expected)}
    body = _("%(expected)s of the time is over.") % figures
    if check.progress is not None:
        figures["progress"] = display.percent(check.progress)
        body = _("%(progress)s of the way is done, %(expected)s of the time is over.") % figures
    if check.escalated_to > Level.OWNER:
        level = Level(check.escalated_to).label
        body = f"{body} {_('Taken up to: %(level)s.') % {'level': level}}"
    return TimelineItem(
        at=check.judged_at,
        kind=KIND,
        key=f"plan-check:{check.pk:020d}",
        title=_("Checkpoint of day %(day)d: %(verdict)s")
        % {"day": check.day, "verdict": check.get_verdict_display().lower()},
        meta=plan.title,
        body=body,
        url=_address(plan),
        tone={Verdict.ON_TRACK: "pos", Verdict.MISSED: "warn"}.get(Verdict(check.verdict), ""),
        icon="gauge",
    )


def _breach_step(entry: Any, breach: Breach | None) -> TimelineItem:
    """More people read a timeline than such reports, so it says that a step was taken, by whom and when; no more."""
    return TimelineItem(
        at=entry.at,
        kind=BREACHES,
        key=f"breach-step:{entry.pk:020d}",
        title=str(ACTIONS.get(entry.action, entry.action)),
        meta=entry.actor_label or _("System"),
        url="" if breach is None else breach_address(breach),
        tone=TONES.get(entry.action, ""),
        icon="shield-alert",
    )


def _address(plan: Plan | None) -> str:
    return "" if plan is None else plan_address(plan)


def register() -> None:
    """Called once the app is ready."""
    timeline_sources.register(
        TimelineSource(
            key="plans",
            order=30,
            kinds={KIND: gettext_lazy("Improvement plans"), BREACHES: gettext_lazy("Serious breaches")},
            fetch=fetch,
            audit_prefixes=tuple(prefix for _model, prefix in STORIES.values()),
        )
    )
