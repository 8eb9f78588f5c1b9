"""How partner records are written out."""

from typing import Any

from django import template

from partners.choices import STATUS_TONES, PartnerStatus
from partners.countries import country_name

register = template.Library()


@register.simple_tag
def postal(place: Any) -> str:
    """One line of an address, without what is missing: “Hauptstraße 1, 80331 Munich, Germany”."""
    town = " ".join(part for part in (place.postal_code, place.city) if part)
    return ", ".join(part for part in (place.address, town, country_name(place.country)) if part)


@register.filter
def country(code: str) -> str:
    """A country's name in the language of the screen."""
    return country_name(code)


@register.filter
def status_tone(status: str) -> str:
    """The colour of a status badge; the word is always beside it."""
    return STATUS_TONES.get(status, "")


@register.filter
def status_label(status: str) -> str:
    """A status in words."""
    return str(PartnerStatus(status).label) if status in PartnerStatus.values else status
