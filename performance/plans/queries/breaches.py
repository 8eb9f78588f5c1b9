"""Reports of serious breaches as a person may see them, and what stands still because of them."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from performance.plans.choices import OPEN, RUNNING, BreachStatus
from performance.plans.models import Breach, BreachApproval, BreachFile, Plan


def breaches(portfolio: Any | None = None) -> QuerySet[Breach]:
    """All reports about the partners a person may see, each with `agreed`: how many people have agreed to it."""
    rows = Breach.objects.select_related("partner", "programme").annotate(agreed=Count("approvals"))
    return rows if portfolio is None else rows.filter(partner_id__in=portfolio)


def one_breach(public_id: UUID | str, portfolio: Any | None = None) -> Breach:
    """One report with its evidence, its approvals and the partner's owner.

    Raises:
        Breach.DoesNotExist: there is none, or this person may not see it.
    """
    files = BreachFile.objects.select_related("file").order_by("added_at", "pk")
    rows = breaches(portfolio).select_related("partner__owner")
    return rows.prefetch_related(
        Prefetch("files", files), Prefetch("approvals", BreachApproval.objects.order_by("given_at", "pk"))
    ).get(public_id=public_id)


def waits_for(user_id: int) -> Q:
    """Reports that this person can move on: not their own, and not agreed to by them before."""
    given = BreachApproval.objects.filter(user_id=user_id).order_by().values("breach_id")
    own = Q(reporter_id=user_id, reporter__isnull=False)
    return Q(status=BreachStatus.REPORTED) & ~own & ~Q(pk__in=given)


def standing_breaches(partner_ids: Collection[int]) -> QuerySet[Breach]:
    """Those for which these partners are suspended now, the first suspension first."""
    rows = Breach.objects.filter(partner_id__in=partner_ids, status=BreachStatus.SUSPENDED)
    return rows.order_by("suspended_on", "pk")


def suspended_since(partner_id: int, programme_id: int) -> date | None:
    """Since when a partner is suspended for a breach that concerns a programme; None where it is not."""
    concerned = standing_breaches([partner_id]).filter(Q(programme=None) | Q(programme_id=programme_id))
    return concerned.values_list("suspended_on", flat=True).first()


def suspension_of(partner_id: int) -> Breach | None:
    """What a suspended partner may read about it: the newest suspension's day and the text written for it."""
    rows = standing_breaches([partner_id]).only("partner_text", "suspended_on", "partner_id", "tenant_id")
    return rows.last()


def plans_concerned(breach: Breach) -> QuerySet[Plan]:
    """The open plans of the partner, those of the programme alone where the breach names one."""
    rows = Plan.objects.filter(partner_id=breach.partner_id, status__in=OPEN)
    return rows if breach.programme_id is None else rows.filter(programme_id=breach.programme_id)


def running_plans_concerned(breach: Breach) -> QuerySet[Plan]:
    """Those of them that run, in the order in which they are locked."""
    return plans_concerned(breach).filter(status__in=RUNNING).order_by("pk")
