"""Improvement plans: running, drafts, suggestions and failed ones, with what is done in them."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.utils import timezone

from partners.models import Programme
from performance.plans.choices import ConsequenceKind, PlanStatus, Side
from performance.plans.models import BreachFile, CommitmentFile
from prm.access.actor import SYSTEM
from prm.files.models import StoredFile
from prm.files.services import store_file
from tests.factories.performance import KPIFactory
from tests.factories.plans import (
    BreachApprovalFactory,
    BreachFactory,
    CheckInFactory,
    CommitmentFactory,
    ConsequenceApprovalFactory,
    ObjectiveFactory,
    PlanConsequenceFactory,
    PlanFactory,
    PlanNoteFactory,
    PlanTemplateFactory,
    SignatureFactory,
    TemplateCommitmentFactory,
    TriggerRuleFactory,
)


def _plan(side: Any, **values: Any) -> Any:
    """A running plan that the partner sees, with everything that can stand in one."""
    today = timezone.localdate()
    given = {"running": True, "starts_on": today - timedelta(days=40), "checkpoint_days": [30, 60, 90], **values}
    plan = PlanFactory(
        partner=side.partner, programme=Programme.objects.get(is_default=True), offered_at=timezone.now(), **given
    )
    objective = ObjectiveFactory(plan=plan, kpi=KPIFactory(), records=[{"period": "2024-Q2", "value": "70"}])
    for owner in Side.values:
        promised = CommitmentFactory(plan=plan, objective=objective, side=owner, due_on=today + timedelta(days=9))
        _file(promised, owner)
        SignatureFactory(plan=plan, side=owner)
    CommitmentFactory(plan=plan)
    CheckInFactory(plan=plan)
    PlanNoteFactory(plan=plan)
    return plan


def _file(commitment: Any, owner: str) -> Any:
    stored = store_file(actor=SYSTEM, content=BytesIO(b"proof"), name="proof.txt", purpose="plan")
    kept = CommitmentFile.objects.create(commitment=commitment, file_id=stored.pk, side=owner)
    return StoredFile.objects.get(pk=kept.file_id)


def _known(side: Any) -> dict[str, Any]:
    """One plan whose commitment and file belong together, for addresses that name several."""
    if "known_plan" not in side.made:
        plan = _plan(side)
        own = plan.commitments.filter(side=Side.PARTNER, files__isnull=False).get()
        stored = StoredFile.objects.get(pk=own.files.first().file_id)
        side.made["known_plan"] = {"plan": plan.public_id, "commitment": own.public_id, "file": stored.public_id}
    return side.made["known_plan"]


def _failed(side: Any) -> dict[str, Any]:
    """One failed plan with what was chosen to follow."""
    if "known_failed_plan" not in side.made:
        plan = _plan(side, running=False, status=PlanStatus.FAILED, ended_at=timezone.now())
        chosen = PlanConsequenceFactory(plan=plan, kind=ConsequenceKind.EXIT)
        ConsequenceApprovalFactory(consequence=chosen)
        side.made["known_failed_plan"] = {"plan": plan.public_id, "consequence": chosen.public_id}
    return side.made["known_failed_plan"]


def _template(side: Any) -> Any:
    return TemplateCommitmentFactory(template=PlanTemplateFactory()).template.public_id


def _rule(side: Any) -> Any:
    return TriggerRuleFactory(programme=Programme.objects.get(is_default=True)).public_id


def _draft(side: Any) -> Any:
    return _plan(side, running=False, status=PlanStatus.DRAFT).public_id


def _breach(side: Any) -> Any:
    """A suspension that was lifted, with its evidence: one waiting report a partner is all there may be."""
    today = timezone.localdate()
    breach = BreachFactory(partner=side.partner, status="lifted", suspended_on=today, lifted_at=timezone.now())
    BreachApprovalFactory(breach=breach)
    return breach


def _known_breach(side: Any) -> dict[str, Any]:
    """One report with its file."""
    if "known_breach" not in side.made:
        breach = _breach(side)
        stored = store_file(actor=SYSTEM, content=BytesIO(b"proof"), name="proof.txt", purpose="breach")
        BreachFile.objects.create(breach=breach, file_id=stored.pk)
        file = StoredFile.objects.get(pk=stored.pk)
        side.made["known_breach"] = {"breach": breach.public_id, "file": file.public_id}
    return side.made["known_breach"]


TOGETHER = (
    "api:plan_commitment_settle",
    "plans:plan_commitment",
    "plans:plan_file",
    "portal:plan_commitment",
    "portal:plan_file",
)
DECIDED = ("plans:plan_consequence_approve", "plans:plan_consequence_reject")

SAMPLES = {
    "plan": lambda side: _plan(side).public_id,
    "plans:plan_update.plan": _draft,
    "plans:plan_sign.plan": _draft,
    "portal:plan_sign.plan": _draft,
    "breach": lambda side: _breach(side).public_id,
    "plans:breach_file.breach": lambda side: _known_breach(side)["breach"],
    "plans:breach_file.file": lambda side: _known_breach(side)["file"],
    "plan_template": _template,
    "plan_rule": _rule,
    "commitment": lambda side: _known(side)["commitment"],
    "consequence": lambda side: _failed(side)["consequence"],
    **{f"{name}.plan": lambda side: _known(side)["plan"] for name in TOGETHER},
    **{f"{name}.file": lambda side: _known(side)["file"] for name in TOGETHER if name.endswith("_file")},
    **{f"{name}.plan": lambda side: _failed(side)["plan"] for name in DECIDED},
}
PARTNER_BOUND = {key for key in SAMPLES if key not in ("plan_template", "plan_rule")}
