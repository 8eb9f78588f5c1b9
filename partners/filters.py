"""Filters of the partner list, on screen and in the API's words."""

from typing import Any
from weakref import WeakKeyDictionary

import django_filters
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from partners.choices import PartnerStatus
from partners.countries import country_name
from partners.forms.fields import Boxes
from partners.models import Partner, PartnerType, Specialisation, Tier
from partners.queries import countries_in_use, regions_below, regions_with_path
from partners.reference import owner_choices

NOBODY = "none"


class Choices:
    """What the filters of one request offer: a list counts its tabs with a filter set each, all of the same request."""

    @cached_property
    def owners(self) -> list[tuple[str, Any]]:
        return [*owner_choices(), (NOBODY, _("Nobody"))]

    @cached_property
    def regions(self) -> list[tuple[str, str]]:
        return [(str(row.pk), row.path) for row in regions_with_path()]

    @cached_property
    def countries(self) -> list[tuple[str, str]]:
        return sorted(((code, country_name(code)) for code in countries_in_use()), key=lambda pair: pair[1])


_CHOICES: WeakKeyDictionary[Any, Choices] = WeakKeyDictionary()


def choices_of(request: Any) -> Choices:
    """The choices of a request, made when first asked for; fresh ones without a request."""
    return Choices() if request is None else _CHOICES.setdefault(request, Choices())


class OwnerField(django_filters.fields.ChoiceField):
    """A person's key or nobody. Whom it may name is looked up to be shown, not to be counted."""

    def valid_value(self, value: Any) -> bool:
        return value == NOBODY or str(value).isdecimal()


class OwnerFilter(django_filters.ChoiceFilter):
    """Rows of one person, or of nobody; `field_name` leads from a row to its owner."""

    field_class = OwnerField

    def __init__(self, field_name: str = "owner", **kwargs: Any) -> None:
        super().__init__(field_name, **({"label": _("Owner"), "empty_label": _("Anybody")} | kwargs))

    @property
    def field(self) -> Any:
        self.extra.setdefault("choices", lambda: choices_of(self.parent.request).owners)
        return super().field

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs.filter(**{self.field_name: None}) if value == NOBODY else super().filter(qs, value)


class TierChoice(django_filters.fields.ModelMultipleChoiceField):
    """Tiers of the default programme, which the list shows."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class TierFilter(django_filters.ModelMultipleChoiceFilter):
    """The tier held today, as the list annotates it."""

    field_class = TierChoice

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs.filter(tier_id__in=[tier.pk for tier in value]) if value else qs


class PartnerFilter(django_filters.FilterSet):
    """Owner, status, type, tier, region with what lies in it, country, specialisation.

    None of them finds a partner twice, so none asks for distinct rows, which would compute every column to count.
    """

    owner = OwnerFilter()
    status = django_filters.MultipleChoiceFilter(
        label=_("Status"), choices=PartnerStatus.choices, widget=Boxes(), distinct=False
    )
    tier = TierFilter(
        label=_("Tier"),
        widget=Boxes(),
        queryset=lambda _request: Tier.objects.filter(programme__is_default=True).order_by("-rank"),
    )
    partner_type = django_filters.ModelMultipleChoiceFilter(
        label=_("Type"), widget=Boxes(), queryset=lambda _request: PartnerType.objects.all(), distinct=False
    )
    region = django_filters.ChoiceFilter(label=_("Home region"), empty_label=_("Anywhere"), method="in_region")
    country = django_filters.ChoiceFilter(label=_("Country"), empty_label=_("Anywhere"))
    specialisation = django_filters.ModelChoiceFilter(
        label=_("Specialisation"),
        empty_label=_("Any"),
        field_name="specialisations",
        queryset=lambda _request: Specialisation.objects.all(),
    )

    class Meta:
        model = Partner
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = choices_of(self.request)
        self.filters["region"].extra["choices"] = lambda: choices.regions
        self.filters["country"].extra["choices"] = lambda: choices.countries

    def in_region(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(region_id__in=regions_below(int(value)))
