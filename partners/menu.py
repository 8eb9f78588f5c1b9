"""Entries of the menus and of the command palette that lead to partner records."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.permissions import COMPANY_VIEW, PARTNER_VIEW
from partners.queries import access_partners, kept_count_partners, search_partners
from prm.access.requests import AppRequest, ScopedRequest
from prm.ui.navigation import NavItem, register
from prm.ui.palette import PaletteItem, register_palette_provider

FOUND = 6


def count_partners(request: AppRequest) -> int:
    """How many partners this person may see."""
    return kept_count_partners(request.membership)


def find_partners(request: ScopedRequest, query: str) -> list[PaletteItem]:
    """Partners for the palette, those whose name begins with the letters first."""
    if PARTNER_VIEW not in request.can:
        return []
    found = search_partners(access_partners(request.membership), query).order_by("name", "pk")
    begins = list(found.filter(name__istartswith=query)[:FOUND])
    others = found.exclude(pk__in=[partner.pk for partner in begins])[: FOUND - len(begins)]
    slug = request.tenant.slug
    return [
        PaletteItem(
            label=partner.name,
            url=reverse("partners:partner_detail", kwargs={"tenant": slug, "partner": partner.public_id}),
            group=_("Partners"),
            icon="building",
            detail=", ".join(part for part in (partner.city, partner.country) if part),
        )
        for partner in [*begins, *others]
    ]


def register_menu() -> None:
    """Called once the app is ready."""
    register(
        NavItem(
            "main",
            gettext_lazy("Partners"),
            "building",
            "partners:partner_list",
            PARTNER_VIEW,
            order=20,
            count=count_partners,
            quick=True,
            also=("partners:partner", "partners:bulk", "partners:contact", "partners:site", "partners:portal"),
        )
    )
    register(
        NavItem(
            "setup",
            gettext_lazy("Types and tiers"),
            "layers",
            "partners:types",
            PARTNER_VIEW,
            order=30,
            also=("partners:regions", "partners:specialisations", "partners:programmes", "partners:tier"),
        )
    )
    register(
        NavItem(
            "company",
            gettext_lazy("Company"),
            "building-2",
            "company:company_detail",
            COMPANY_VIEW,
            order=60,
            quick=True,
        ),
        area="portal",
    )
    register_palette_provider(find_partners)
