"""What happened in a partner's improvement plans, as events on its timeline."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

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

KIND = "plans"
PREFIX = "plan."
BREACH_KIND = "breaches"
BREACH_PREFIX = "breach."
BREACH_TONES = {"breach.reported": "warn", "breach.suspended": "neg", "breach.ended": "neg", "breach.lifted": "pos"}
CHECKED = "plan.checked"
"""Told from the checkpoint itself, which knows more."""

TONES = {"plan.succeeded": "pos", "plan.failed": "neg", "plan.reopened": "warn", "plan.suggested": "acc"}


def fetch(partner: Partner, _kinds: Collection[str], until: datetime | None, limit: int) -> list[TimelineItem]:
    """The newest steps and checkpoints of the partner's plans, in three statements."""
    steps = AuditEntry.objects.filter(
        partner_id=partner.pk, target_type=Plan._meta.label_lower, action__startswith=PREFIX
    )
    checks = CheckIn.objects.filter(plan__partner_id=partner.pk)
    if until is not None:
        steps, checks = steps.filter(at__lte=until), checks.filter(judged_at__lte=until)
    entries = told(steps.exclude(action=CHECKED).order_by("-at", "-pk")[:limit])
    judged = list(checks.order_by("-judged_at", "-pk")[:limit])
    wanted = {entry.target_id for entry in entries} | {check.plan_id for check in judged}
    plans = Plan.objects.in_bulk(wanted)
    items = [_step(entry, plans.get(entry.target_id or 0)) for entry in entries]
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


def fetch_breaches(partner: Partner, _kinds: Collection[str], until: datetime | None, limit: int) -> list[TimelineItem]:
    """The steps of reports about the partner. More people read a timeline than such reports, so it says only that they
    were taken, by whom and when.
    """
    steps = AuditEntry.objects.filter(
        partner_id=partner.pk, target_type=Breach._meta.label_lower, action__startswith=BREACH_PREFIX
    )
    if until is not None:
        steps = steps.filter(at__lte=until)
    entries = list(steps.order_by("-at", "-pk")[:limit])
    rows = Breach.objects.only("public_id", "tenant_id").in_bulk({entry.target_id for entry in entries})
    return [
        TimelineItem(
            at=entry.at,
            kind=BREACH_KIND,
            key=f"breach-step:{entry.pk:020d}",
            title=str(ACTIONS.get(entry.action, entry.action)),
            meta=entry.actor_label or _("System"),
            url=breach_address(rows[entry.target_id]) if entry.target_id in rows else "",
            tone=BREACH_TONES.get(entry.action, ""),
            icon="shield-alert",
        )
        for entry in entries
    ]


def _address(plan: Plan | None) -> str:
    return "" if plan is None else plan_address(plan)


def register() -> None:
    """Called once the app is ready."""
    timeline_sources.register(
        TimelineSource(
            key="plans",
            order=30,
            kinds={KIND: gettext_lazy("Improvement plans")},
            fetch=fetch,
            audit_prefixes=(PREFIX,),
        )
    )
    timeline_sources.register(
        TimelineSource(
            key="breaches",
            order=31,
            kinds={BREACH_KIND: gettext_lazy("Serious breaches")},
            fetch=fetch_breaches,
            audit_prefixes=(BREACH_PREFIX,),
        )
    )
