"""Minimal, valid records of improvement plans. The open scope says whose they are."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from performance.plans.choices import OPEN, PlanStatus, Side, TriggerKind
from performance.plans.models import (
    Breach,
    BreachApproval,
    CheckIn,
    Commitment,
    ConsequenceApproval,
    Objective,
    Plan,
    PlanConsequence,
    PlanNote,
    PlanTemplate,
    Signature,
    TemplateCommitment,
    TriggerRule,
)
from tests.factories.accounts import UserFactory
from tests.factories.partners import PartnerFactory, ProgrammeFactory
from tests.factories.performance import KPIFactory

STARTED = date(2026, 1, 12)


class PlanTemplateFactory(DjangoModelFactory):
    class Meta:
        model = PlanTemplate

    name = factory.Sequence(lambda n: f"Plan template {n}")


class TemplateCommitmentFactory(DjangoModelFactory):
    class Meta:
        model = TemplateCommitment

    template = factory.SubFactory(PlanTemplateFactory)
    side = Side.PARTNER
    title = "Name a person for it"
    due_day = 14


class TriggerRuleFactory(DjangoModelFactory):
    class Meta:
        model = TriggerRule

    name = factory.Sequence(lambda n: f"Plan rule {n}")
    programme = factory.SubFactory(ProgrammeFactory)
    kind = TriggerKind.FLOOR


class PlanFactory(DjangoModelFactory):
    """A draft. With `running=True` an active plan of 90 days that began on `STARTED`."""

    class Meta:
        model = Plan

    class Params:
        running = factory.Trait(
            status=PlanStatus.ACTIVE,
            starts_on=STARTED,
            ends_on=factory.LazyAttribute(lambda plan: plan.starts_on + timedelta(days=plan.length_days - 1)),
            activated_at=factory.LazyAttribute(
                lambda plan: datetime.combine(plan.starts_on, datetime.min.time(), tzinfo=UTC)
            ),
        )

    partner = factory.SubFactory(PartnerFactory)
    programme = factory.SubFactory(ProgrammeFactory)
    title = factory.Sequence(lambda n: f"Plan {n}")
    length_days = 90


class ObjectiveFactory(DjangoModelFactory):
    """A KPI that rises from 70 to 85; the worked example of domain rules 4.9."""

    class Meta:
        model = Objective

    plan = factory.SubFactory(PlanFactory)
    partner = factory.LazyAttribute(lambda objective: objective.plan.partner)
    programme = factory.LazyAttribute(lambda objective: objective.plan.programme)
    is_open = factory.LazyAttribute(lambda objective: objective.plan.status in OPEN)
    kpi = factory.SubFactory(KPIFactory)
    direction = factory.LazyAttribute(lambda objective: objective.kpi.direction)
    floor = Decimal(80)
    target = Decimal(100)
    trigger_value = Decimal(70)
    baseline = Decimal(70)
    exit_value = Decimal(85)


class CommitmentFactory(DjangoModelFactory):
    class Meta:
        model = Commitment

    plan = factory.SubFactory(PlanFactory)
    side = Side.PARTNER
    title = factory.Sequence(lambda n: f"Commitment {n}")
    due_on = STARTED + timedelta(days=30)


class CheckInFactory(DjangoModelFactory):
    class Meta:
        model = CheckIn

    plan = factory.SubFactory(PlanFactory)
    day = 30
    due_on = STARTED + timedelta(days=30)
    verdict = "on_track"
    expected = Decimal("0.3333")
    progress = Decimal("0.5333")


class PlanNoteFactory(DjangoModelFactory):
    class Meta:
        model = PlanNote

    plan = factory.SubFactory(PlanFactory)
    side = Side.VENDOR
    text = "We spoke about the stock."
    written_by = "Somebody"


class SignatureFactory(DjangoModelFactory):
    class Meta:
        model = Signature

    plan = factory.SubFactory(PlanFactory)
    side = Side.VENDOR
    version = factory.LazyAttribute(lambda signature: signature.plan.version)
    signed_by = "Somebody"


class PlanConsequenceFactory(DjangoModelFactory):
    """Chosen for a plan that failed; waits for approval."""

    class Meta:
        model = PlanConsequence

    plan = factory.SubFactory(PlanFactory, status=PlanStatus.FAILED)
    kind = "exit"
    reason = "Two plans failed."


class ConsequenceApprovalFactory(DjangoModelFactory):
    class Meta:
        model = ConsequenceApproval

    consequence = factory.SubFactory(PlanConsequenceFactory)
    user = factory.SubFactory(UserFactory)
    label = "Somebody"


class BreachFactory(DjangoModelFactory):
    """Reported by somebody else than the people of the test; waits for two of them."""

    class Meta:
        model = Breach

    partner = factory.SubFactory(PartnerFactory)
    kind = "fraud"
    happened_on = STARTED
    what = "Invoices for deliveries that never happened."
    partner_text = "Your invoices of January are looked into."
    reported_by = "Somebody"


class BreachApprovalFactory(DjangoModelFactory):
    class Meta:
        model = BreachApproval

    breach = factory.SubFactory(BreachFactory)
    user = factory.SubFactory(UserFactory)
    label = "Somebody"
