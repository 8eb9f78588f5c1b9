"""Writing the rules that propose plans, and the templates that plans begin with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from performance.plans.choices import Side, TriggerKind
from performance.plans.models import PlanTemplate, TemplateCommitment, TriggerRule
from performance.queries.reference import bands_for
from performance.services.checking import check_fields
from prm.access.actor import Actor
from prm.audit.services import changes_between, record
from prm.errors import Conflict, InvalidInput

RULE_FIELDS = ("name", "programme", "period_kind", "kind", "kpi", "periods", "grade", "count", "template")
TEMPLATE_FIELDS = (
    "name", "description", "length_days", "margin_percent", "periods_to_succeed", "checkpoint_days", "vendor_support",
    "is_active",
)  # fmt: skip
MOST_CHECKPOINTS = 12


# --- Rules -----------------------------------------------------------------------------------------------------------


def save_rule(*, actor: Actor, rule: TriggerRule | None = None, **values: Any) -> TriggerRule:
    """Make a rule or change one. It is held against the next closing; what it has suggested stays.

    Raises:
        InvalidInput: naming the field that is wrong and the rule it breaks.
        Conflict: another rule has the name.
    """
    is_new = rule is None
    if rule is None:
        rule = TriggerRule(actor_label=actor.label[:160])
    else:
        rule = TriggerRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    before = {} if is_new else {name: getattr(rule, name) for name in RULE_FIELDS}
    fill(rule, **values)
    check_rule(rule)
    changes = {} if is_new else changes_between(before, {name: getattr(rule, name) for name in RULE_FIELDS})
    if not is_new and not changes:
        return rule
    rule.save()
    record(actor=actor, action="plan_rule.created" if is_new else "plan_rule.updated", target=rule, changes=changes)
    return rule


def fill(rule: TriggerRule, **values: Any) -> TriggerRule:
    """Set the values on the rule and empty what its kind does not use."""
    for name, value in values.items():
        if name not in RULE_FIELDS:
            raise ValueError(f"A rule has no {name}.")
        setattr(rule, name, value)
    if rule.kind != TriggerKind.FLOOR:
        rule.kpi = None
    if rule.kind != TriggerKind.GRADE:
        rule.grade = ""
    return rule


def check_rule(rule: TriggerRule) -> None:
    """Refuse what could never propose anything.

    Raises:
        InvalidInput, Conflict: naming the field.
    """
    rule.name = rule.name.strip()
    if not rule.name:
        raise InvalidInput(_("Give the rule a name."), field="name", code="required")
    if rule.programme_id is None:
        raise InvalidInput(_("Choose the programme whose scorecards it looks at."), field="programme", code="required")
    if rule.kind not in TriggerKind.values:
        raise InvalidInput(_("Choose what makes it propose a plan."), field="kind", code="required")
    check_fields(rule)
    if rule.kind == TriggerKind.GRADE:
        _check_grade(rule)
    others = TriggerRule.objects.filter(name=rule.name)
    if (others if rule.pk is None else others.exclude(pk=rule.pk)).exists():
        raise Conflict(_("There is a rule “%(name)s” already.") % {"name": rule.name}, code="name_taken", field="name")


def _check_grade(rule: TriggerRule) -> None:
    if not rule.grade:
        raise InvalidInput(_("Choose the best grade that sets a plan off."), field="grade", code="required")
    known = [band.key for band in bands_for(rule.programme_id, timezone.localdate())]
    if known and rule.grade not in known:
        raise InvalidInput(
            _("The scorecard has no grade “%(grade)s”. It has %(known)s.")
            % {"grade": rule.grade, "known": ", ".join(known)},
            field="grade",
        )


def switch_rule(*, rule: TriggerRule, actor: Actor, is_active: bool) -> TriggerRule:
    """Let a rule propose plans from the next closing on, or stop it.

    Raises:
        Conflict: it is on or off already.
    """
    rule = TriggerRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    if rule.is_active == is_active:
        raise Conflict(
            _("This rule is on already.") if is_active else _("This rule is off already."), code="switched_already"
        )
    rule.is_active = is_active
    rule.save(update_fields=["is_active"])
    action = "plan_rule.switched_on" if is_active else "plan_rule.switched_off"
    record(actor=actor, action=action, target=rule, changes={"is_active": [not is_active, is_active]})
    return rule


# --- Templates -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualCommitment:
    """What a side usually promises, due so many days after the start."""

    side: str
    title: str
    due_day: int


def save_template(
    *,
    actor: Actor,
    template: PlanTemplate | None = None,
    commitments: Sequence[UsualCommitment] | None = None,
    **values: Any,
) -> PlanTemplate:
    """Make a template or change one; plans that were made from it stay as they are.

    Raises:
        InvalidInput: naming the field that is wrong and the rule it breaks.
        Conflict: another template has the name.
    """
    is_new = template is None
    template = PlanTemplate() if template is None else PlanTemplate.objects.select_for_update().get(pk=template.pk)
    before = {} if is_new else _picture(template)
    for name, value in values.items():
        if name not in TEMPLATE_FIELDS:
            raise ValueError(f"A template has no {name}.")
        setattr(template, name, value)
    _check_template(template)
    rows = None if commitments is None else [_checked(template, one) for one in commitments]
    template.save()
    if rows is not None:
        template.commitments.all().delete()
        for place, row in enumerate(sorted(rows, key=lambda row: row.due_day), 1):
            row.template, row.place = template, place
        TemplateCommitment.objects.bulk_create(rows)
    changes = {} if is_new else changes_between(before, _picture(template))
    if is_new or changes:
        action = "plan_template.created" if is_new else "plan_template.updated"
        record(actor=actor, action=action, target=template, changes=changes)
    return template


def _picture(template: PlanTemplate) -> dict[str, Any]:
    picture = {name: getattr(template, name) for name in TEMPLATE_FIELDS}
    rows = template.commitments.order_by("place", "pk")
    return picture | {"commitments": [f"{row.side}: {row.title}, {row.due_day}" for row in rows]}


def _check_template(template: PlanTemplate) -> None:
    template.name = template.name.strip()
    if not template.name:
        raise InvalidInput(_("Give the template a name."), field="name", code="required")
    template.checkpoint_days = sorted(set(template.checkpoint_days))
    check_fields(template)
    days = template.checkpoint_days
    if len(days) > MOST_CHECKPOINTS or any(not 0 < day <= template.length_days for day in days):
        raise InvalidInput(
            _("Up to %(count)d checkpoints, each on a day from 1 to %(last)d.")
            % {"count": MOST_CHECKPOINTS, "last": template.length_days},
            field="checkpoint_days",
        )
    others = PlanTemplate.objects.filter(name=template.name)
    if (others if template.pk is None else others.exclude(pk=template.pk)).exists():
        raise Conflict(
            _("There is a template “%(name)s” already.") % {"name": template.name}, code="name_taken", field="name"
        )


def _checked(template: PlanTemplate, one: UsualCommitment) -> TemplateCommitment:
    title = one.title.strip()
    if one.side not in Side.values:
        raise InvalidInput(_("Say who promises it."), field="commitments")
    if not title or len(title) > 200:
        raise InvalidInput(_("Say in up to 200 characters what is promised."), field="commitments")
    if not 0 <= one.due_day <= template.length_days:
        raise InvalidInput(
            _("“%(title)s” is due on a day from 0 to %(last)d.") % {"title": title, "last": template.length_days},
            field="commitments",
        )
    return TemplateCommitment(side=one.side, title=title, due_day=one.due_day)
