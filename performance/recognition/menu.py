"""Entries of the menu and of the command palette that lead to recognition."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.recognition.models import Badge
from performance.recognition.permissions import RECOGNITION_VIEW
from prm.access.requests import ScopedRequest
from prm.ui.navigation import NavItem, register
from prm.ui.palette import PaletteItem, register_palette_provider

FOUND = 5


def find_badges(request: ScopedRequest, query: str) -> list[PaletteItem]:
    """Badges for the palette, by name."""
    if RECOGNITION_VIEW not in request.can:
        return []
    slug = request.tenant.slug
    return [
        PaletteItem(
            label=badge.name,
            url=reverse("recognition:badge_detail", kwargs={"tenant": slug, "badge": badge.public_id}),
            group=_("Badges"),
            icon="award",
            detail=str(badge.get_kind_display()),
        )
        for badge in Badge.objects.filter(name__icontains=query).order_by("name")[:FOUND]
    ]


def register_menu() -> None:
    """Called once the app is ready."""
    register(
        NavItem(
            "performance",
            gettext_lazy("Recognition"),
            "award",
            "recognition:award_list",
            RECOGNITION_VIEW,
            order=18,
            also=("recognition:",),
        )
    )
    register_palette_provider(find_badges)
