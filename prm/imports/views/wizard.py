"""The steps before anything is written: upload, how the file reads, which column goes where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from prm.errors import DomainError
from prm.files.services import local_path
from prm.imports import wizard
from prm.imports.forms import FormatForm, MappingTextForm, UploadForm
from prm.imports.kinds import ImportKind, get_kind
from prm.imports.mapping import Mapping, MappingFault
from prm.imports.mapping.dump import dump_yaml
from prm.imports.mapping.load import load, load_yaml
from prm.imports.models import ImportBatch, SavedMapping
from prm.imports.queries import saved_mappings
from prm.imports.reading.faults import FileFault
from prm.imports.reading.formats import FileFormat
from prm.imports.reading.profile import TableProfile, profile_table
from prm.imports.reading.table import Table, delimiter_name, open_table
from prm.imports.services import batches as services
from prm.imports.services.mappings import mapping_for, save_mapping
from prm.imports.views.base import BatchView, ImportView, steps_at


class ImportCreateView(ImportView):
    """Choose what the file holds and send it."""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        kinds = self.allowed_kinds()
        wanted = request.GET.get("kind", "")
        codes = [kind.code for kind in kinds]
        initial = {"kind": wanted if wanted in codes else codes[-1] if codes else ""}
        return self._page(UploadForm(kinds=kinds, initial=initial), kinds)

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        kinds = self.allowed_kinds()
        form = UploadForm(request.POST, request.FILES, kinds=kinds)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                batch = services.start_import(
                    actor=self.actor, kind=form.cleaned_data["kind"], upload=upload, name=upload.name
                )
            except FileFault as fault:
                form.add_error("file", str(fault.message))
            else:
                return self.go("import_format", batch=batch.public_id)
        return self._page(form, kinds, status=422)

    def _page(self, form: UploadForm, kinds: list[ImportKind], status: int = 200) -> HttpResponse:
        context = {"form": form, "kinds": kinds, "steps": steps_at("upload")}
        return render(self.request, "imports/import_upload.html", context, status=status)


class _WizardView(BatchView):
    """A step on an uploaded file."""

    def table(self, batch: ImportBatch, given: FileFormat) -> Table:
        """The batch's file, read with the given format."""
        if batch.file is None:
            raise FileFault(_("The file of this import is gone. Upload it again."))
        return open_table(local_path(batch.file), given)

    def confirmed_format(self, batch: ImportBatch) -> FileFormat | None:
        """The format that the second step confirmed, or None before it."""
        found = batch.mapping.get("format")
        return None if found is None else FileFormat(**found)


class ImportFormatView(_WizardView):
    """What was detected about the file, to confirm or change."""

    def get(self, request: HttpRequest, *, batch: Any, **_kwargs: Any) -> HttpResponse:
        row = self.batch(batch)
        if not self.is_open(row):
            return self.go("import_detail", batch=row.public_id)
        given = self.confirmed_format(row) or FileFormat()
        shown = {name: request.GET[name] for name in ("encoding", "delimiter", "sheet") if request.GET.get(name)}
        try:
            table = self.table(row, FileFormat(**{**given.as_dict(), **shown, "decimal": None, "date": None}))
        except (FileFault, TypeError) as fault:
            self.say(getattr(fault, "message", fault), error=True)
            table = self.table(row, FileFormat())
        form = FormatForm(table=table, initial=shown or given.as_dict())
        return self._page(row, form, table)

    def post(self, request: HttpRequest, *, batch: Any, **_kwargs: Any) -> HttpResponse:
        row = self.batch(batch)
        table = self.table(row, FileFormat())
        form = FormatForm(request.POST, table=table)
        if not form.is_valid():
            return self._page(row, form, table, status=422)
        try:
            confirmed = self.table(row, FileFormat(**form.cleaned_data))
            profile_table(confirmed, limit=1)
        except FileFault as fault:
            form.add_error(None, str(fault.message))
            return self._page(row, form, table, status=422)
        services.set_format(batch=row, format_=confirmed.format)
        return self.go("import_columns", batch=row.public_id)

    def _page(self, row: ImportBatch, form: FormatForm, table: Table, status: int = 200) -> HttpResponse:
        profile = profile_table(table, limit=1_000)
        context = {
            "batch": row,
            "kind": self.kind_of(row),
            "form": form,
            "table": table,
            "profile": profile,
            "rows": [[cell if cell is not None else "" for cell in cells[:8]] for cells in profile.first_rows],
            "headers": table.headers[:8],
            "more_columns": max(0, len(table.headers) - 8),
            "steps": steps_at("format"),
        }
        return render(self.request, "imports/import_format.html", context, status=status)


class ImportColumnsView(_WizardView):
    """Which column goes where."""

    def get(self, request: HttpRequest, *, batch: Any, **_kwargs: Any) -> HttpResponse:
        row = self.batch(batch)
        format_ = self.confirmed_format(row)
        if not self.is_open(row):
            return self.go("import_detail", batch=row.public_id)
        if format_ is None:
            return self.go("import_format", batch=row.public_id)
        table = self.table(row, format_)
        kind, profile = self.kind_of(row), profile_table(table)
        saved = self._saved(row, table)
        mapping = load(saved.mapping) if saved else self._present(row)
        if mapping is not None and not wizard.fits_the_step(mapping):
            if saved:
                mapping = replace(mapping, format=format_)
                services.set_mapping(actor=self.actor, batch=row, mapping=mapping, saved=saved)
            return self.go("import_mapping", batch=row.public_id)
        answers = wizard.propose(kind, table, profile, mapping)
        return self._page(row, kind, table, profile, answers, saved=saved)

    def post(self, request: HttpRequest, *, batch: Any, **_kwargs: Any) -> HttpResponse:
        row = self.batch(batch)
        format_ = self.confirmed_format(row)
        if format_ is None:
            return self.go("import_format", batch=row.public_id)
        table = self.table(row, format_)
        kind, profile = self.kind_of(row), profile_table(table)
        answers = wizard.answered(kind, profile, request.POST)
        errors = wizard.problems(answers)
        action = request.POST.get("action", "check")
        mapping = wizard.mapping_of(kind, answers, table.format)
        if action == "text":
            services.set_mapping(actor=self.actor, batch=row, mapping=mapping)
            return self.go("import_mapping", batch=row.public_id)
        if action == "check" and not errors:
            try:
                mapping = load_yaml(dump_yaml(mapping))
                wizard.preview(mapping, kind, table, profile, {})
                saved = self._keep(mapping, table)
                services.set_mapping(actor=self.actor, batch=row, mapping=mapping, saved=saved)
                services.request_check(actor=self.actor, batch=row)
            except DomainError as fault:
                errors = [str(fault.message)]
            else:
                return self.go("import_detail", batch=row.public_id)
        return self._page(row, kind, table, profile, answers, errors=errors, status=422 if errors else 200)

    def _keep(self, mapping: Mapping, table: Table) -> SavedMapping | None:
        name = self.request.POST.get("save_as", "").strip()
        return save_mapping(actor=self.actor, name=name, mapping=mapping, headers=table.headers) if name else None

    def _saved(self, row: ImportBatch, table: Table) -> SavedMapping | None:
        """The saved mapping asked for, else the one that fits the columns, unless this file has a mapping already."""
        wanted = self.request.GET.get("saved")
        if wanted == "none" or (not wanted and row.mapping.get("emit")):
            return None
        if wanted:
            return get_object_or_404(saved_mappings(kind=row.kind), public_id=wanted)
        return mapping_for(row.kind, table.headers)

    def _present(self, row: ImportBatch) -> Mapping | None:
        return load(row.mapping) if row.mapping.get("emit") and self.request.GET.get("saved") != "none" else None

    def _page(
        self,
        row: ImportBatch,
        kind: ImportKind,
        table: Table,
        profile: TableProfile,
        answers: wizard.Answers,
        *,
        saved: SavedMapping | None = None,
        errors: list[str] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        preview, preview_error = None, ""
        if not wizard.problems(answers):
            try:
                preview = wizard.preview(wizard.mapping_of(kind, answers, table.format), kind, table, profile, {})
            except DomainError as fault:
                preview_error = str(fault.message)
        context = {
            "batch": row,
            "kind": kind,
            "answers": answers,
            "known_sources": kind.known_sources() if kind.known_sources is not None else [],
            "table": table,
            "profile": profile,
            "delimiter": delimiter_name(table.format.delimiter),
            "preview": preview,
            "preview_error": preview_error,
            "errors": errors or [],
            "saved": saved,
            "saved_mappings": saved_mappings(kind=row.kind),
            "save_as": self.request.POST.get("save_as", saved.name if saved else ""),
            "steps": steps_at("columns"),
        }
        return render(self.request, "imports/import_columns.html", context, status=status)


class ImportMappingView(_WizardView):
    """The mapping as text: formulas, several KPIs from one row, lookups in further files."""

    def get(self, request: HttpRequest, *, batch: Any, **_kwargs: Any) -> HttpResponse:
        row = self.batch(batch)
        if not self.is_open(row) or not row.mapping.get("emit"):
            return self.go("import_detail", batch=row.public_id)
        mapping = load(row.mapping)
        form = MappingTextForm(
            lookups=_lookup_names(mapping),
            initial={"text": dump_yaml(mapping), "save_as": row.saved_mapping.name if row.saved_mapping else ""},
        )
        return self._page(row, form, mapping)

    def post(self, request: HttpRequest, *, batch: Any, **_kwargs: Any) -> HttpResponse:
        row = self.batch(batch)
        try:
            mapping = load_yaml(request.POST.get("text", ""))
        except MappingFault as fault:
            form = MappingTextForm(request.POST, lookups=[])
            form.is_valid()
            form.add_error("text", str(fault.message))
            return self._page(row, form, None, status=422)
        form = MappingTextForm(request.POST, request.FILES, lookups=_lookup_names(mapping))
        if form.is_valid():
            try:
                self._accept(row, mapping, form)
            except DomainError as fault:
                form.add_error("text", str(fault.message))
            else:
                return self.go("import_detail", batch=row.public_id)
        return self._page(row, form, mapping, status=422)

    def _accept(self, row: ImportBatch, mapping: Mapping, form: MappingTextForm) -> None:
        kind = get_kind(mapping.kind)
        if kind is None or kind.permission not in self.request.can:
            raise PermissionDenied
        for index, name in enumerate(form.lookups):
            upload = form.cleaned_data.get(f"lookup_{index}")
            if upload:
                row = services.add_lookup_file(actor=self.actor, batch=row, upload=upload, name=name)
        table = self.table(row, mapping.format)
        wizard.preview(mapping, kind, table, profile_table(table), services.source_of(row).lookup_files)
        name = form.cleaned_data["save_as"]
        saved = save_mapping(actor=self.actor, name=name, mapping=mapping, headers=table.headers) if name else None
        row = services.set_mapping(actor=self.actor, batch=row, mapping=mapping, saved=saved)
        services.request_check(actor=self.actor, batch=row)

    def _page(
        self, row: ImportBatch, form: MappingTextForm, mapping: Mapping | None, status: int = 200
    ) -> HttpResponse:
        context = {
            "batch": row,
            "kind": self.kind_of(row),
            "form": form,
            "lookup_files": sorted(row.lookup_files),
            "simple": mapping is not None and wizard.fits_the_step(mapping),
            "steps": steps_at("columns"),
        }
        return render(self.request, "imports/import_mapping.html", context, status=status)


def _lookup_names(mapping: Mapping) -> list[str]:
    return list(dict.fromkeys(lookup.file for lookup in mapping.lookups))
