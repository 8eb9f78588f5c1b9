"""Templates of improvement plans and the rules that propose them, from an industry pack."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from partners.models import Programme
from performance.models import KPI
from performance.plans.choices import Side, TriggerKind
from performance.plans.models import PlanTemplate
from performance.plans.services.rules import UsualCommitment, save_rule, save_template
from prm.access.actor import Actor

CHECKPOINTS = (30, 60, 90)
MARGIN = Decimal(5)
"""Domain rules 4.9: the exit is better than the line that set the plan off by this share of target minus floor."""


def install_plans(pack: Mapping[str, Any], programme: Programme, kpis: Mapping[str, KPI], actor: Actor) -> None:
    """A template for each objective of the pack, and a rule for each KPI whose stay under its floor sets a plan off."""
    plan = pack["improvement_plan"]
    templates = {entry["code"]: _template(plan, entry, actor) for entry in plan["objectives"]}
    for trigger in plan["triggers"]:
        rule = trigger["rule"]
        if rule["type"] != "kpi" or rule["ref"] not in kpis:
            continue
        kpi = kpis[rule["ref"]]
        save_rule(
            actor=actor,
            name=(_("%(kpi)s stays under its floor") % {"kpi": kpi.name})[:120],
            programme=programme,
            kind=TriggerKind.FLOOR,
            kpi=kpi,
            periods=max(rule["periods"], 1),
            template=templates.get(kpi.code),
        )


def _template(plan: Mapping[str, Any], entry: Mapping[str, Any], actor: Actor) -> PlanTemplate:
    actions = entry["actions"]
    length = max(plan["duration_days"], entry["due_days"])
    return save_template(
        actor=actor,
        name=entry["title"][:120],
        description=plan["name"],
        length_days=length,
        margin_percent=MARGIN,
        checkpoint_days=[day for day in CHECKPOINTS if day <= length],
        commitments=[
            UsualCommitment(side=Side.PARTNER, title=action, due_day=max(entry["due_days"] * number // len(actions), 1))
            for number, action in enumerate(actions, 1)
        ],
    )
