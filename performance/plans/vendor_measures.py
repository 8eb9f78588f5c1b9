"""What improvement plans add to our own scorecard: whether we keep what we promise in them."""

from decimal import Decimal
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from performance.plans.choices import RUNNING, CommitmentState, Side
from performance.plans.models import Commitment
from performance.queries.promises import NEVER, as_promises, local_day
from performance.vendor_measures import Expected, VendorMeasure, vendor_measures
from prm.tenancy.scope import require_scope

KEY = "plan-commitments"


def promises() -> QuerySet:
    """What we promised in plans that were begun. What a plan leaves open when it ends was given up that day."""
    is_done, is_dropped = Q(state=CommitmentState.DONE), Q(state=CommitmentState.DROPPED)
    ended = Q(plan__ended_at__isnull=False) & ~Q(plan__status__in=RUNNING)
    rows = Commitment.objects.filter(side=Side.VENDOR, plan__activated_at__isnull=False)
    return as_promises(
        rows,
        partner="plan__partner",
        person=Coalesce("owner_id", "plan__owner_id"),
        due="due_on",
        kept=Case(When(is_done, then=local_day("settled_at")), default=NEVER),
        given_up=Case(
            When(is_dropped, then=local_day("settled_at")),
            When(Q(state=CommitmentState.OPEN) & ended, then=local_day("plan__ended_at")),
            default=NEVER,
        ),
        what=F("title"),
        about=F("plan__title"),
        record="plan__public_id",
    )


def address(record: UUID) -> str:
    """The plan in the workspace."""
    return f"/t/{require_scope().tenant.slug}/plans/{record}/"


def own_address(portal: str, record: UUID) -> str:
    """The plan in the partner's portal."""
    return f"{portal}plans/{record}/"


def register() -> None:
    """Called once the app is ready."""
    vendor_measures.register(
        VendorMeasure(
            key=KEY,
            label=gettext_lazy("Promises in plans kept on time"),
            formula=gettext_lazy(
                "Of everything we promised in improvement plans that were begun and that was due in the period, the "
                "share done by its day. What we dropped after its day, or left open when the plan ended, was not kept. "
                "What was dropped by its day is not counted."
            ),
            rows=promises,
            partner="plan__partner",
            address=address,
            own_address=own_address,
            default=Expected(Decimal(50), Decimal(90), Decimal(100), Decimal(30)),
            order=10,
        )
    )
