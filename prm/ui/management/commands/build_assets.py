"""Builds the font, the icon sprite and htmx from the installed packages into `static_build/`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from prm.ui.assets import AssetError, build_assets


class Command(BaseCommand):
    help = "Build the font, the icon sprite and htmx from the installed packages. Quick when nothing changed."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            lines = build_assets()
        except AssetError as error:
            raise CommandError(str(error)) from error
        for line in lines or ["Everything is up to date."]:
            self.stdout.write(line)
