"""The import wizard without a screen: same rules, same errors."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.imports.kinds import get_kind, kinds
from prm.imports.mapping import Mapping, MappingFault
from prm.imports.mapping.load import load_yaml
from prm.imports.reading.faults import FileFault
from prm.imports.reading.formats import FileFormat
from prm.imports.reading.table import open_table
from prm.imports.runs import OUTCOMES, ImportRun
from prm.imports.services.batches import create_command_batch, finish_import
from prm.imports.services.execution import Source, execute
from prm.imports.templates import kind_by_headers, template_csv, template_mapping
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

SHOWN_ERRORS = 20
ACTOR = Actor(kind="system", label="import_data")


class _NothingStaysError(Exception):
    """Rolls the import back."""


class Command(BaseCommand):
    """Exit 0: imported (or checked without errors). Exit 1: nothing was written."""

    help = "Imports partners, contacts, KPIs, benchmarks or measurements from CSV or XLSX files, also gzipped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="the file to import")
        parser.add_argument("--tenant", help="short name of the workspace")
        parser.add_argument("--mapping", type=Path, help="mapping YAML; examples/README.md describes it")
        parser.add_argument("--kind", help="kind of record, where a file without mapping fits several")
        parser.add_argument("--dry-run", action="store_true", help="check every row, write nothing")
        parser.add_argument(
            "--skip-bad-rows", action="store_true", help="import the good rows although others have errors"
        )
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
        parser.add_argument("--template", metavar="KIND", help="print the empty file of a kind and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["template"]:
            self._print_template(options["template"])
            return
        if not options["file"] or not options["tenant"]:
            raise CommandError(_("Give --tenant and the file to import, or --template KIND."))
        try:
            result = self._run(options)
        except (FileFault, MappingFault) as fault:
            result = {
                "rows": 0,
                **dict.fromkeys(OUTCOMES, 0),
                "skipped": 0,
                "file_error": str(fault.message),
                "errors": [],
            }
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            self._print(result, options)
        if result["file_error"] or (result["errors"] and not options["skip_bad_rows"]):
            sys.exit(1)

    def _print_template(self, code: str) -> None:
        kind = get_kind(code)
        if kind is None:
            raise CommandError(
                _("There is no kind “%(kind)s”. There are %(kinds)s.")
                % {"kind": code, "kinds": ", ".join(item.code for item in kinds())}
            )
        self.stdout.write(template_csv(kind), ending="")

    def _run(self, options: dict[str, Any]) -> dict[str, Any]:
        path: Path = options["file"]
        if not path.is_file():
            raise FileFault(_("There is no file %(path)s.") % {"path": path}, code="no_such_file")
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(_("There is no workspace “%(slug)s”.") % {"slug": options["tenant"]})
        dry, skip_bad = options["dry_run"], options["skip_bad_rows"]
        run: ImportRun | None = None
        try:
            with tenant_scope(tenant):
                mapping = self._mapping(options, path)
                source = Source(path, _lookup_files(mapping, path, options["mapping"]))
                batch = (
                    None
                    if dry
                    else create_command_batch(actor=ACTOR, mapping=mapping, path=path, skip_bad_rows=skip_bad)
                )
                run = execute(
                    actor=ACTOR,
                    mapping=mapping,
                    source=source,
                    dry=dry,
                    skip_bad=skip_bad,
                    batch_id=batch.pk if batch else None,
                    on_progress=None if options["json"] or options["verbosity"] < 1 else self._progress,
                )
                if batch is None or not run.writes:
                    raise _NothingStaysError
                finish_import(batch=batch, run=run, actor=ACTOR)
        except _NothingStaysError:
            pass
        finally:
            if self.stderr.isatty():
                self.stderr.write("", ending="\r")
        assert run is not None
        return _result(run, dry=dry, skip_bad=skip_bad)

    def _mapping(self, options: dict[str, Any], path: Path) -> Mapping:
        if options["mapping"]:
            try:
                text = options["mapping"].read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError):
                raise MappingFault(
                    "", _("The mapping %(path)s cannot be read.") % {"path": options["mapping"]}
                ) from None
            return load_yaml(text)
        table = open_table(path)
        if options["kind"]:
            kind = get_kind(options["kind"])
            if kind is None:
                raise CommandError(_("There is no kind “%(kind)s”.") % {"kind": options["kind"]})
            return template_mapping(kind, table, FileFormat())
        fitting = kind_by_headers(kinds(), table)
        if len(fitting) != 1:
            known = ", ".join(kind.code for kind in fitting or kinds())
            message = (
                _("The columns fit several kinds: %(kinds)s. Name one with --kind.")
                if fitting
                else _(
                    "The columns are not those of a template (%(kinds)s). Name a mapping with --mapping, or "
                    "the kind with --kind."
                )
            )
            raise MappingFault("", message % {"kinds": known})
        return template_mapping(fitting[0], table, FileFormat())

    def _progress(self, rows: int, phase: str) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"{phase}: {rows:,} rows", ending="\r")

    def _print(self, result: dict[str, Any], options: dict[str, Any]) -> None:
        if result["file_error"]:
            self.stderr.write(result["file_error"])
            return
        for error in result["errors"][:SHOWN_ERRORS]:
            place = _("Row %(row)s") % error + (f", {error['column']}" if error["column"] else "")
            self.stderr.write(f"{place}: {error['message']}")
        more = len(result["errors"]) - SHOWN_ERRORS
        if more > 0:
            self.stderr.write(_("… and %(count)s more errors; --json lists them.") % {"count": more})
        counts = (
            _("%(rows)s rows: %(created)s created, %(updated)s updated, %(unchanged)s unchanged, %(skipped)s skipped.")
            % result
        )
        if options["dry_run"]:
            self.stdout.write(_("Check only, nothing was written. ") + counts)
        elif result["errors"] and not options["skip_bad_rows"]:
            self.stdout.write(
                _("Nothing was imported, because %(count)s errors were found.") % {"count": len(result["errors"])}
            )
        elif not result["created"] and not result["updated"]:
            self.stdout.write(_("Nothing changed: everything was there already, with the same values. ") + counts)
        else:
            self.stdout.write(counts)


def _lookup_files(mapping: Mapping, path: Path, mapping_path: Path | None) -> dict[str, Path]:
    """Lookup files lie beside the main file, or beside the mapping."""
    folders = [path.parent] + ([mapping_path.parent] if mapping_path else [])
    found: dict[str, Path] = {}
    for lookup in mapping.lookups:
        for folder in folders:
            if (folder / lookup.file).is_file():
                found.setdefault(lookup.file, folder / lookup.file)
    return found


def _result(run: ImportRun, *, dry: bool, skip_bad: bool) -> dict[str, Any]:
    summary = run.summary()
    failed = not dry and not skip_bad and run.fault_count > 0
    errors = [
        {"row": fault.row, "column": fault.column, "value": fault.value, "code": fault.code, "message": fault.message}
        for fault in run.kept_faults
    ]
    result: dict[str, Any] = {
        "rows": summary["rows"],
        **{name: 0 if failed else summary[name] for name in OUTCOMES},
        "skipped": 0 if failed else summary["skipped"] + (summary["bad_rows"] if skip_bad else 0),
        "file_error": None,
        "errors": errors,
    }
    if run.fault_count > len(errors):
        result["errors_not_listed"] = run.fault_count - len(errors)
    return result
