"""What the list of serious breaches can be narrowed by."""

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from partners.models import Programme
from performance.filters import YES
from performance.plans.choices import BreachKind, BreachStatus
from performance.plans.models import Breach
from performance.plans.permissions import BREACH_DECIDE
from performance.plans.queries.breaches import waits_for


class BreachFilter(filters.FilterSet):
    """Reports by where they stand and what they are about."""

    status = filters.MultipleChoiceFilter(label=_("Status"), choices=BreachStatus.choices)
    kind = filters.MultipleChoiceFilter(label=_("Kind"), choices=BreachKind.choices)
    programme = filters.ModelChoiceFilter(
        label=_("Programme"),
        queryset=lambda request: Programme.objects.order_by("name"),
        to_field_name="key",
        empty_label=_("All"),
    )
    todo = filters.ChoiceFilter(label=_("Needs me"), choices=YES, method="of_todo", empty_label=_("Any"))

    class Meta:
        model = Breach
        fields: tuple[str, ...] = ()

    def of_todo(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        if BREACH_DECIDE not in self.request.can:
            return rows.none()
        return rows.filter(waits_for(self.request.user.pk))
