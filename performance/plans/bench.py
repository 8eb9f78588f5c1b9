"""Improvement plans for `bench web`: a suggestion for nearly every partner, some of them running."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from partners.models import Partner, Programme
from performance.bench.registry import WebPage
from performance.plans.addresses import plan_address, portal_address
from performance.plans.choices import Side, TriggerKind
from performance.plans.models import Plan
from performance.plans.services.drafting import take_up
from performance.plans.services.evaluation import evaluate_plans
from performance.plans.services.rules import UsualCommitment, save_rule, save_template
from performance.plans.services.running import write_note
from performance.plans.services.signing import sign, start_plan
from performance.queries.reference import bands_for
from prm.access.actor import Actor
from prm.tenancy.scope import require_scope

RUNNING = 100
DAYS_IN = 40


class PlanPages:
    """The list, one running plan, and the same in the portal."""

    def prepare(self, programme: Programme, actor: Actor) -> None:
        """All but the best grade propose a plan with what both sides usually promise."""
        template = save_template(
            actor=actor,
            name="Usual plan",
            commitments=[
                UsualCommitment(side=Side.PARTNER, title="Train the counter", due_day=30),
                UsualCommitment(side=Side.PARTNER, title="Name a lead", due_day=50),
                UsualCommitment(side=Side.VENDOR, title="Pay half of the training", due_day=20),
            ],
        )
        values: dict[str, Any] = {"grade": bands_for(programme.pk, timezone.localdate())[1].key, "period_kind": "month"}
        save_rule(
            actor=actor, name="Not the best", programme=programme, kind=TriggerKind.GRADE, template=template, **values
        )

    def pages(self, partner: Partner, actor: Actor) -> Sequence[WebPage]:
        """Some plans run for a while and were checked."""
        began = timezone.localdate() - timedelta(days=DAYS_IN)
        own = Plan.objects.get(partner=partner)
        for plan in [own, *Plan.objects.exclude(pk=own.pk).order_by("pk")[:RUNNING]]:
            draft = take_up(plan=plan, actor=actor)
            for side in (Side.VENDOR, Side.PARTNER):
                sign(plan=draft, side=side, version=draft.version, actor=actor)
            start_plan(plan=draft, actor=actor, starts_on=began)
        evaluate_plans(tenant=require_scope().tenant)
        write_note(plan=own, side=Side.VENDOR, actor=actor, text="We met and agreed on the next steps.")
        listed = {"tenant": require_scope().tenant.slug}
        return [
            WebPage("plan_list", reverse("plans:plan_list", kwargs=listed)),
            WebPage("plan", plan_address(own)),
            WebPage("portal_plan", portal_address(own), is_portal=True),
        ]


PAGES = PlanPages()
