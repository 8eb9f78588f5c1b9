"""What lists of reviews can be narrowed by."""

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from partners.filters import OwnerFilter
from partners.models import Programme
from performance.filters import YES
from performance.models import PeriodRow
from performance.reviews.choices import ReviewEnd, ReviewStatus
from performance.reviews.models import Review
from performance.reviews.queries.reviews import is_overdue, waits_for


class ReviewFilter(filters.FilterSet):
    """Reviews by where they stand, whom they wait for, period, programme, owner, partner."""

    status = filters.MultipleChoiceFilter(label=_("Status"), choices=ReviewStatus.choices, distinct=False)
    mine = filters.ChoiceFilter(label=_("Waits for me"), choices=YES, method="filter_mine", empty_label=_("Any"))
    overdue = filters.ChoiceFilter(label=_("Overdue"), choices=YES, method="filter_overdue", empty_label=_("Any"))
    open = filters.ChoiceFilter(label=_("Not closed"), choices=YES, method="filter_open", empty_label=_("Any"))
    end = filters.ChoiceFilter(label=_("Ended"), choices=ReviewEnd.choices, empty_label=_("Any"))
    period = filters.ModelChoiceFilter(
        label=_("Period"),
        queryset=lambda request: PeriodRow.objects.filter(pk__in=Review.objects.order_by().values("period")),
        to_field_name="label",
        empty_label=_("All periods"),
    )
    programme = filters.ModelChoiceFilter(
        label=_("Programme"),
        queryset=lambda request: Programme.objects.order_by("name"),
        to_field_name="key",
        empty_label=_("All programmes"),
    )
    owner = OwnerFilter()
    partner = filters.CharFilter(label=_("Partner number"), field_name="partner__external_id")

    class Meta:
        model = Review
        fields: tuple[str, ...] = ()

    def filter_mine(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        return rows.filter(waits_for(self.request.user.pk)) if self.request is not None else rows

    def filter_overdue(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        return rows.filter(is_overdue())

    def filter_open(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        return rows.exclude(status=ReviewStatus.CLOSED)
