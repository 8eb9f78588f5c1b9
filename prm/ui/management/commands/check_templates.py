"""Compiles every template, so that a misspelt tag is found before a page is opened."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateSyntaxError
from django.template.loader import get_template


class Command(BaseCommand):
    help = "Compile every template of the product; fails with a line for each broken one."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        broken = []
        count = 0
        folders: list[Path] = settings.TEMPLATES[0]["DIRS"]
        for folder in folders:
            for path in sorted(folder.rglob("*.*")):
                if path.suffix not in {".html", ".txt", ".svg", ".xml"}:
                    continue
                count += 1
                try:
                    get_template(str(path.relative_to(folder)))
                except (TemplateSyntaxError, UnicodeDecodeError) as error:
                    broken.append(f"{path.relative_to(folder)}: {error}")
        if broken:
            raise CommandError("\n".join(broken))
        self.stdout.write(f"{count} templates compile.")
