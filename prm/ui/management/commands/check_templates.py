"""Compiles every template, so that a misspelt tag is found before a page is opened."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateSyntaxError
from django.template.loader import get_template

from prm.startup import template_names


class Command(BaseCommand):
    help = "Compile every template of the product; fails with a line for each broken one."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        broken = []
        names = list(template_names())
        for name in names:
            try:
                get_template(name)
            except (TemplateSyntaxError, UnicodeDecodeError) as error:
                broken.append(f"{name}: {error}")
        if broken:
            raise CommandError("\n".join(broken))
        self.stdout.write(f"{len(names)} templates compile.")
