"""Query parameters of the partner lists in the API: the words of other systems, keys and numbers."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from partners.choices import PartnerStatus
from partners.models import Contact, Partner, Tier


class PartnerFilter(filters.FilterSet):
    """Partners by what they are and where they stand."""

    q = filters.CharFilter(method="search", label="Part of the name, city or external number.")
    external_id = filters.CharFilter(label="Exactly this external number.")
    status = filters.MultipleChoiceFilter(choices=PartnerStatus.choices, label="One or several statuses.")
    type = filters.CharFilter("partner_type__key", label="Key of the partner type.")
    region = filters.CharFilter("region__key", label="Key of the home region.")
    country = filters.CharFilter(label="Two letters.")
    owner = filters.CharFilter("owner__email", lookup_expr="iexact", label="E-mail address of the owner.")
    updated_since = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte", label="Changed at or after this time.")

    class Meta:
        model = Partner
        fields: list[str] = []

    def search(self, rows: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        return rows.filter(Q(name__icontains=text) | Q(external_id__icontains=text) | Q(city__icontains=text))


class ContactFilter(filters.FilterSet):
    """Contacts of a partner, or by their data."""

    q = filters.CharFilter(method="search", label="Part of the name or e-mail address.")
    partner = filters.CharFilter("partner__external_id", label="External number of the partner.")
    external_id = filters.CharFilter(label="Exactly this external number.")
    is_active = filters.BooleanFilter(label="Whether they still work there.")

    class Meta:
        model = Contact
        fields: list[str] = []

    def search(self, rows: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        return rows.filter(Q(full_name__icontains=text) | Q(email__icontains=text))


class TierFilter(filters.FilterSet):
    """Tiers of one programme."""

    programme = filters.CharFilter("programme__key", label="Key of the programme.")

    class Meta:
        model = Tier
        fields: list[str] = []
