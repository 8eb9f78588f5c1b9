"""`manage.py recompute`: recompute scorecards now and print the run's manifest."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from performance.choices import RunKind
from performance.models import Run
from performance.services.recompute import recompute_scorecards
from prm.access.actor import SYSTEM
from prm.errors import DomainError
from prm.tenancy.models import Tenant


class Command(BaseCommand):
    help = "Recompute the scorecards of a tenant's open periods, or of one period, and print the run's manifest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--period", action="append", default=[], metavar="2013-Q2", help="Only this; repeatable.")
        parser.add_argument("--all", action="store_true", help="Rebuild all monthly sums from the measurements first.")
        parser.add_argument("--json", action="store_true", help="Print the manifest as one JSON object.")

    def handle(self, **options: Any) -> None:
        """Do it.

        Raises:
            CommandError: no such tenant, no such period, or the period is closed.
        """
        try:
            tenant = Tenant.objects.get(slug=options["tenant"])
            run = recompute_scorecards(
                tenant=tenant,
                actor=SYSTEM,
                kind=RunKind.MANUAL,
                period_labels=options["period"],
                from_facts=options["all"],
            )
        except Tenant.DoesNotExist as error:
            raise CommandError(f"There is no tenant {options['tenant']}.") from error
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        manifest = manifest_of(run, tenant)
        if options["json"]:
            self.stdout.write(json.dumps(manifest))
            return
        for name, value in manifest.items():
            self.stdout.write(f"{name:14} {_readable(value)}")


def manifest_of(run: Run, tenant: Tenant) -> dict[str, Any]:
    """The manifest as plain values."""
    return {
        "run": str(run.public_id) if run.public_id else run.pk,
        "tenant": tenant.slug,
        "kind": run.kind,
        "as_of": run.as_of.isoformat(),
        "code_version": run.code_version,
        "periods": run.periods,
        "rules_hash": run.rules_hash,
        "watermark": run.watermark.isoformat() if run.watermark else None,
        "counts": run.counts,
        "output_hash": run.output_hash,
        "duration_ms": run.duration_ms,
    }


def _readable(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)
