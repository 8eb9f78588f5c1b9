"""Create a tenant that is ready to work."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.packs.provisioning import provision_tenant
from portal.packs.reading import pack_slugs
from prm.access.actor import SYSTEM
from prm.accounts.models import User
from prm.errors import DomainError


class Command(BaseCommand):
    help = "Creates a tenant, ready to work from an industry pack."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short name, part of every address")
        parser.add_argument("--name", help="the company's name; the short name if left out")
        parser.add_argument("--pack", default="", help=f"industry pack: {', '.join(pack_slugs())}")
        parser.add_argument("--currency", help="three letters; the pack's or EUR if left out")
        parser.add_argument("--timezone", default="UTC", help="for example Europe/Berlin")
        parser.add_argument("--fiscal-year-start", type=int, default=1, help="first month of the fiscal year, 1 to 12")
        parser.add_argument("--admin", default="", help="e-mail address of the first admin")

    def handle(self, *_args: Any, **options: Any) -> None:
        settings = {"timezone": options["timezone"], "fiscal_year_start": options["fiscal_year_start"]}
        if options["currency"]:
            settings["currency"] = options["currency"].upper()
        try:
            tenant = provision_tenant(
                actor=SYSTEM,
                slug=options["slug"],
                name=options["name"] or options["slug"],
                pack=options["pack"],
                admin_email=options["admin"],
                **settings,
            )
        except DomainError as refusal:
            field = f"{refusal.field}: " if refusal.field else ""
            raise CommandError(f"{field}{refusal.message}") from refusal
        self.stdout.write(self.style.SUCCESS(f"Created {tenant.name} at /t/{tenant.slug}/"))
        if options["admin"]:
            known = User.objects.filter(email=options["admin"].strip().lower()).exists()
            self.stdout.write(f"{options['admin']} {'is its admin' if known else 'is invited by mail as its admin'}.")
