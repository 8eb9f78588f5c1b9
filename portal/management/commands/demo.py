"""Create the demo tenants."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from performance.services.recompute import recompute_scorecards
from portal.demo.activity import add_activity
from portal.demo.build import DemoTenant, build_tenant
from portal.demo.people import OPERATOR, PASSWORD, ensure_user, sign_ins
from portal.demo.reports import add_reports
from portal.packs.reading import pack_slugs, read_pack
from prm.tenancy.models import Tenant

PLANS = [
    DemoTenant("aurelo", "Aurelo Devices", "consumer-electronics", 320, "Europe/Berlin", "EUR", 1, "blue", 20261),
    DemoTenant("norrland", "Norrland Health", "healthcare-services", 240, "Europe/Stockholm", "SEK", 7, "pine", 20262),
]


class Command(BaseCommand):
    help = "Creates two demo tenants of different industries (or one of --pack) and prints sign-ins for each role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pack", choices=pack_slugs(), help="one demo tenant of this industry instead")
        parser.add_argument("--partners", type=int, help="how many partners each gets")
        parser.add_argument("--yes", action="store_true", help="also where DEBUG is off: the password is public")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.DEBUG and not options["yes"]:
            raise CommandError("Demo people have a public password. Use --yes if this installation is only for show.")
        plans = [plan_for(options["pack"])] if options["pack"] else PLANS
        for plan in plans:
            self._ensure(plan, options["partners"])
        ensure_user(OPERATOR, "Platform Operator", is_staff=True, is_superuser=True)
        self._print([plan.slug for plan in plans])

    def _ensure(self, plan: DemoTenant, partners: int | None) -> None:
        if Tenant.objects.filter(slug=plan.slug).exists():
            self.stdout.write(f"{plan.name} is there already and stays as it is.")
            return
        started = timezone.now()
        with transaction.atomic():
            tenant = build_tenant(plan, partners=partners or plan.partners, today=timezone.localdate())
        recompute_scorecards(tenant=tenant)
        add_activity(tenant, today=timezone.localdate())
        add_reports(tenant)
        seconds = (timezone.now() - started).total_seconds()
        self.stdout.write(self.style.SUCCESS(f"{plan.name} is ready, {seconds:.0f} s."))

    def _print(self, slugs: list[str]) -> None:
        rows = sign_ins(list(Tenant.objects.filter(slug__in=slugs).order_by("slug")))
        width = max(len(row.email) for row in rows)
        self.stdout.write(f"\nSign in with the password {PASSWORD} as:")
        for row in rows:
            self.stdout.write(f"  {row.email:<{width}}  {row.role}, {row.place}")


def plan_for(pack: str) -> DemoTenant:
    """A demo tenant for one industry."""
    content = read_pack(pack)
    return DemoTenant(
        f"demo-{pack}"[:50], f"{content['name']} demo", pack, 200, "UTC", content["currency"], 1, "blue", 1
    )
