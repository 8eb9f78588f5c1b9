"""Entries of the menu that lead to recognition."""

from django.utils.translation import gettext_lazy

from performance.recognition.permissions import RECOGNITION_VIEW
from prm.ui.navigation import NavItem, register


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
