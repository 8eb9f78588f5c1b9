"""`manage.py bench engine|ingest|…`: the benchmarks, mostly as ratios against limits of the same run."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from performance.bench.registry import Measure, measure_of, names


class Command(BaseCommand):
    help = "Measure engine, intake, pages, what-ifs, outlook and alerts, or reports, in a database of its own."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["engine", "ingest", "web", "whatif", "ahead", *names()])
        parser.add_argument("--scale", choices=["small", "full"], default="small")
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else.")

    def handle(self, **options: Any) -> None:
        """Measure and print."""
        if options["what"] in names():
            measure: Measure = measure_of(options["what"])
        elif options["what"] == "engine":
            from performance.bench.engine import measure_engine as measure
        elif options["what"] == "ingest":
            from performance.bench.ingest import measure_ingest as measure
        elif options["what"] == "whatif":
            from performance.bench.what_if import measure_what_if as measure
        elif options["what"] == "ahead":
            from performance.bench.ahead import measure_ahead as measure
        else:
            from performance.bench.web import measure_web as measure
        say = (lambda _text: None) if options["json"] else self.stderr.write
        figures = measure(scale=options["scale"], say=say)
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for name, value in figures.items():
            shown = ", ".join(f"{key} {part}" for key, part in value.items()) if isinstance(value, dict) else value
            self.stdout.write(f"{name:28} {shown}")
