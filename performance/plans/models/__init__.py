"""Improvement plans: what they are about, what is done in them, what they were made from; and serious breaches."""

from performance.plans.models.breach import Breach, BreachApproval, BreachFile
from performance.plans.models.plan import Objective, Plan
from performance.plans.models.setup import PlanTemplate, TemplateCommitment, TriggerRule
from performance.plans.models.work import (
    CheckIn,
    Commitment,
    CommitmentFile,
    ConsequenceApproval,
    PlanConsequence,
    PlanNote,
    Signature,
)

__all__ = [
    "Breach",
    "BreachApproval",
    "BreachFile",
    "CheckIn",
    "Commitment",
    "CommitmentFile",
    "ConsequenceApproval",
    "Objective",
    "Plan",
    "PlanConsequence",
    "PlanNote",
    "PlanTemplate",
    "Signature",
    "TemplateCommitment",
    "TriggerRule",
]
