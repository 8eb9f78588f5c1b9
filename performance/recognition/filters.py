"""What the lists of recognition can be narrowed by."""

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from partners.models import PartnerType, Programme, Region, Tier
from performance.filters import YES, MineFilter
from performance.models import PeriodRow, Scorecard
from performance.recognition.choices import AwardOrigin, AwardStatus, Cohort
from performance.recognition.models import Award, Badge


class AwardFilter(filters.FilterSet):
    """Awards by badge, period, how they came about, how they stand, whose partners."""

    badge = filters.ModelChoiceFilter(
        label=_("Badge"),
        queryset=lambda request: Badge.objects.order_by("name"),
        to_field_name="public_id",
        empty_label=_("All badges"),
    )
    period = filters.ModelChoiceFilter(
        label=_("Period"),
        queryset=lambda request: PeriodRow.objects.filter(closed_at__isnull=False),
        to_field_name="label",
        empty_label=_("All periods"),
    )
    mine = MineFilter()
    status = filters.ChoiceFilter(label=_("Status"), choices=AwardStatus.choices, empty_label=_("Any"))
    origin = filters.ChoiceFilter(label=_("Granted"), choices=AwardOrigin.choices, empty_label=_("Any way"))
    noted = filters.ChoiceFilter(
        label=_("Ground restated away"), choices=YES, method="filter_noted", empty_label=_("Any")
    )
    programme = filters.ModelChoiceFilter(
        label=_("Programme"),
        queryset=lambda request: Programme.objects.order_by("name"),
        to_field_name="key",
        empty_label=_("All programmes"),
    )
    partner = filters.CharFilter(label=_("Partner number"), field_name="partner__external_id")

    class Meta:
        model = Award
        fields: tuple[str, ...] = ()

    def filter_noted(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        return rows.filter(Q(holds=False), status=AwardStatus.STANDING)


class LeagueFilter(filters.FilterSet):
    """A league table: of which programme and period, in which groups; then one type, tier or region of it.

    The list reads the first three itself; they stand here so that the address keeps them.
    """

    programme = filters.ModelChoiceFilter(
        label=_("Programme"),
        queryset=lambda request: Programme.objects.filter(is_active=True),
        to_field_name="key",
        method="chosen_by_list",
        empty_label=_("Default"),
    )
    period = filters.ModelChoiceFilter(
        label=_("Period"),
        queryset=lambda request: PeriodRow.objects.all(),
        to_field_name="label",
        method="chosen_by_list",
        empty_label=_("Newest"),
    )
    by = filters.ChoiceFilter(
        label=_("One table for"), choices=Cohort.choices, method="chosen_by_list", empty_label=_("As partners see it")
    )
    tier = filters.ModelChoiceFilter(
        label=_("Tier"),
        queryset=lambda request: Tier.objects.order_by("programme_id", "-rank"),
        empty_label=_("All tiers"),
    )
    type = filters.ModelChoiceFilter(
        label=_("Type"),
        field_name="partner_type",
        queryset=lambda request: PartnerType.objects.filter(is_scored=True).order_by("name"),
        to_field_name="key",
        empty_label=_("All types"),
    )
    region = filters.ModelChoiceFilter(
        label=_("Region"),
        queryset=lambda request: Region.objects.order_by("name"),
        to_field_name="key",
        empty_label=_("All regions"),
    )

    class Meta:
        model = Scorecard
        fields: tuple[str, ...] = ()

    def chosen_by_list(self, rows: QuerySet, _name: str, _value: str) -> QuerySet:
        return rows
