"""What the list of plans can be narrowed by."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.filters import OwnerFilter
from partners.models import Programme
from performance.filters import YES
from performance.models import KPI
from performance.plans.choices import RUNNING, PlanOrigin, PlanStatus, Side
from performance.plans.models import Plan
from performance.plans.permissions import PLAN_DECIDE
from performance.plans.queries.mine import is_mine
from performance.plans.queries.standing import is_behind, needs, owes, with_elapsed

STATES = {
    "suggested": (PlanStatus.SUGGESTED,),
    "preparing": (PlanStatus.DRAFT, PlanStatus.AGREED),
    "running": (PlanStatus.ACTIVE, PlanStatus.EXTENDED),
    "stopped": (PlanStatus.AWAITING_DATA,),
    "ended": (PlanStatus.SUCCEEDED, PlanStatus.FAILED, PlanStatus.CANCELLED),
}
STATE_WORDS = [
    ("suggested", _("Suggested")),
    ("preparing", _("Being agreed")),
    ("running", _("Running")),
    ("stopped", _("Clock stopped")),
    ("ended", _("Ended")),
]


class PlanFilter(filters.FilterSet):
    """Plans by where they stand, how they keep pace, and whose they are."""

    state = filters.ChoiceFilter(label=_("State"), choices=STATE_WORDS, method="of_state", empty_label=_("Any"))
    status = filters.MultipleChoiceFilter(label=_("Status"), choices=PlanStatus.choices)
    pace = filters.ChoiceFilter(
        label=_("Pace"),
        choices=[("on", _("On track")), ("behind", _("Behind"))],
        method="of_pace",
        empty_label=_("Any"),
    )
    overdue = filters.ChoiceFilter(
        label=_("Overdue"),
        choices=[("yes", _("Something")), (Side.VENDOR, _("From us")), (Side.PARTNER, _("From the partner"))],
        method="of_overdue",
        empty_label=_("Any"),
    )
    todo = filters.ChoiceFilter(label=_("Needs me"), choices=YES, method="of_todo", empty_label=_("Any"))
    mine = filters.ChoiceFilter(label=_("Mine"), choices=YES, method="of_mine", empty_label=_("Any"))
    owner = OwnerFilter()
    programme = filters.ModelChoiceFilter(
        label=_("Programme"),
        queryset=lambda request: Programme.objects.order_by("name"),
        to_field_name="key",
        empty_label=_("All"),
    )
    kpi = filters.ModelChoiceFilter(
        label=_("KPI"),
        queryset=lambda request: KPI.objects.order_by("name"),
        to_field_name="code",
        method="of_kpi",
        empty_label=_("All"),
    )
    origin = filters.MultipleChoiceFilter(label=_("Came from"), choices=PlanOrigin.choices)

    class Meta:
        model = Plan
        fields: tuple[str, ...] = ()

    def of_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(status__in=STATES[value])

    def of_pace(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        rows = with_elapsed(rows, timezone.localdate())
        return rows.filter(is_behind()) if value == "behind" else rows.filter(status__in=RUNNING).exclude(is_behind())

    def of_overdue(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(owes(timezone.localdate(), None if value == "yes" else value))

    def of_todo(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        return rows.filter(needs(self._own(), timezone.localdate(), decides=PLAN_DECIDE in self.request.can))

    def of_mine(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        return rows.filter(self._own())

    def of_kpi(self, rows: QuerySet, _name: str, value: Any) -> QuerySet:
        return rows.filter(objectives__kpi=value)

    def _own(self) -> Q:
        """The person's own plans; looked up once for all the tabs of a request."""
        if not hasattr(self.request, "_own_plans"):
            self.request._own_plans = is_mine(self.request.user.pk)
        own: Q = self.request._own_plans
        return own
