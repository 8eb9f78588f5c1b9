"""The list of imports, and one import from its check to its end."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prm.access.requests import TenantRequest
from prm.errors import InvalidInput
from prm.files.models import StoredFile
from prm.files.services import open_file
from prm.imports.kinds import get_kind, kinds
from prm.imports.lifecycle import ImportStatus
from prm.imports.mapping.dump import dump_yaml
from prm.imports.mapping.load import load
from prm.imports.models import ImportBatch, SavedMapping
from prm.imports.permissions import IMPORT_VIEW
from prm.imports.queries import batches, fault_codes, faults, saved_mappings
from prm.imports.runs import OUTCOMES
from prm.imports.services import batches as services
from prm.imports.services.mappings import delete_mapping
from prm.imports.templates import template_csv
from prm.imports.views.base import BatchView, ImportView, steps_at
from prm.imports.words import word_for
from prm.jobs.services import progress_of
from prm.ui.steps import ConfirmedStep, ServiceButton

PAGE_SIZE = 25
FAULTS_PER_PAGE = 50
WORDS = {"created": gettext_lazy("Created"), "updated": gettext_lazy("Updated"), "unchanged": gettext_lazy("Unchanged")}


class ImportListView(ImportView):
    """All imports, newest first. It names files and counts only, so everybody on the staff may read it."""

    permission = IMPORT_VIEW
    for_whole_workspace = False

    def get(self, request: TenantRequest, **_kwargs: Any) -> HttpResponse:
        status, kind = request.GET.get("status", ""), request.GET.get("kind", "")
        status = status if status in ImportStatus.values else ""
        rows = batches(status=status, kind=kind if get_kind(kind) else "")
        page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
        limited = request.membership.sees_own_partners_only
        for row in page:
            found = get_kind(row.kind)
            row.kind_label = found.label if found else row.kind  # type: ignore[attr-defined]
            row.may_open = found is not None and found.permission in request.can and not limited  # type: ignore[attr-defined]
        context = {"page": page, "status": status, "statuses": ImportStatus.choices, "kinds": kinds(), "kind": kind}
        return render(request, "imports/import_list.html", context)


class ImportDetailView(BatchView):
    """One import: where it stands, what the check found, what it did."""

    permission = IMPORT_VIEW

    def get(self, request: HttpRequest, *, batch: Any, **_kwargs: Any) -> HttpResponse:
        row = self.batch(batch)
        kind = self.kind_of(row)
        context: dict[str, Any] = {"batch": row, "kind": kind}
        if row.is_working:
            step = "check" if row.status == ImportStatus.CHECKING else "import"
            context |= {"job": row.job, "progress": progress_of(row.job) if row.job else None, "steps": steps_at(step)}
            return render(request, "imports/import_progress.html", context)
        if row.status == ImportStatus.UPLOADED:
            if row.message:
                self.say(row.message, error=True)
            step_name = "import_columns" if row.mapping.get("format") else "import_format"
            return self.go(step_name, batch=row.public_id)
        if row.status == ImportStatus.CHECKED:
            return self._check(row, context)
        context |= {"result_url": kind.result_url(row), "steps": steps_at("import")}
        if row.status == ImportStatus.IMPORTED:
            context["sentence"] = services.outcome_sentence(row.result)
        return render(request, "imports/import_result.html", context)

    def _check(self, row: ImportBatch, context: dict[str, Any]) -> HttpResponse:
        preview = row.preview
        show = self.request.GET.get("show", "")
        known = [*OUTCOMES, "errors"]
        if show not in known:
            show = (
                "errors" if preview.get("errors") else next((name for name in OUTCOMES if preview.get(name)), "created")
            )
        code = self.request.GET.get("code", "")
        rows = faults(row, code=code)
        page = Paginator(rows, FAULTS_PER_PAGE).get_page(self.request.GET.get("page")) if show == "errors" else None
        editable = {
            column["header"] if isinstance(column, dict) else column for column in row.mapping["columns"].values()
        }
        context |= {
            "show": show,
            "code": code,
            "codes": [{**item, "word": word_for(item["code"])} for item in fault_codes(row)],
            "page": page,
            "samples": preview.get("samples", {}).get(show, []),
            "outcomes": [(name, WORDS[name], preview.get(name, 0)) for name in OUTCOMES],
            "to_write": preview.get("created", 0) + preview.get("updated", 0),
            "records": sum(preview.get(name, 0) for name in OUTCOMES),
            "editable": editable,
            "steps": steps_at("check"),
        }
        return render(self.request, "imports/import_check.html", context)


class ImportProgressView(BatchView):
    """The part of the page that asks again; when the job is done it leads on to what came of it."""

    permission = IMPORT_VIEW

    def get(self, request: HttpRequest, *, batch: Any, **_kwargs: Any) -> HttpResponse:
        row = self.batch(batch)
        if not row.is_working or row.job is None:
            response = HttpResponse(status=204)
            response["HX-Redirect"] = self.address("import_detail", batch=row.public_id)
            return response
        return render(
            request, "imports/_progress.html", {"batch": row, "job": row.job, "progress": progress_of(row.job)}
        )


class _BatchButton(ServiceButton, BatchView):
    """Something done with one import; its page says what came of it."""

    http_method_names = ["post"]
    row: ImportBatch

    def load(self, *, batch: Any, **_kwargs: Any) -> None:
        self.row = self.batch(batch)

    def back(self) -> str:
        return self.address("import_detail", batch=self.row.public_id)


class ImportCorrectView(_BatchButton):
    """Cells put right on the check screen, then everything is checked again."""

    def perform(self) -> str:
        wanted = {
            int(key[5:]): str(value)
            for key, value in self.request.POST.items()
            if key[:5] == "cell_" and key[5:].isdigit()
        }
        found = faults(self.row).filter(pk__in=wanted)
        cells = {(fault.row, fault.column): wanted[fault.pk] for fault in found if wanted[fault.pk] != fault.value}
        if not cells:
            raise InvalidInput(_("No cell was changed."))
        services.correct_cells(actor=self.actor, batch=self.row, cells=cells)
        services.request_check(actor=self.actor, batch=self.row)
        return ""


class ImportRecheckView(_BatchButton):
    """Check the rows again, for example after partners were added."""

    def perform(self) -> str:
        services.request_check(actor=self.actor, batch=self.row)
        return ""


class ImportStartView(_BatchButton):
    """Import what was checked."""

    def perform(self) -> str:
        skip_bad_rows = self.request.POST.get("skip_bad_rows") == "1"
        services.request_import(actor=self.actor, batch=self.row, skip_bad_rows=skip_bad_rows)
        return ""


class ImportUndoView(ConfirmedStep, BatchView):
    """Take a whole import back, after a page that says what that means."""

    template_name = "imports/import_undo.html"
    row: ImportBatch

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.load(**kwargs)
        if self.row.status != ImportStatus.IMPORTED:
            return redirect(self.back())
        return self.show()

    def load(self, *, batch: Any, **_kwargs: Any) -> None:
        self.row = self.batch(batch)

    def back(self) -> str:
        return self.address("import_detail", batch=self.row.public_id)

    def context(self) -> dict[str, Any]:
        return {"batch": self.row, "kind": self.kind_of(self.row)}

    def perform(self) -> str:
        services.request_undo(actor=self.actor, batch=self.row)
        return ""


class ImportDiscardView(_BatchButton):
    """Give up an import that was not made."""

    def perform(self) -> str:
        services.discard_import(actor=self.actor, batch=self.row)
        return _("The import is discarded; nothing was written.")

    def onward(self) -> str:
        return self.address("import_list")


class _DownloadView(BatchView):
    permission = IMPORT_VIEW

    def send(self, stored: StoredFile | None) -> HttpResponse:
        """A stored file as a download."""
        if stored is None:
            raise Http404
        return FileResponse(open_file(stored), as_attachment=True, filename=stored.name)  # type: ignore[return-value]


class ImportErrorFileView(_DownloadView):
    """The refused rows with what is wrong."""

    def get(self, request: HttpRequest, *, batch: Any, **_kwargs: Any) -> HttpResponse:
        return self.send(self.batch(batch).error_file)


class ImportFileView(_DownloadView):
    """The file as it was uploaded."""

    def get(self, request: HttpRequest, *, batch: Any, **_kwargs: Any) -> HttpResponse:
        return self.send(self.batch(batch).file)


class ImportMappingFileView(_DownloadView):
    """The mapping as the file that the command takes."""

    def get(self, request: HttpRequest, *, batch: Any, **_kwargs: Any) -> HttpResponse:
        row = self.batch(batch)
        if not row.mapping.get("emit"):
            raise Http404
        return _text(dump_yaml(load(row.mapping)), "application/yaml", f"{row.kind}.yaml")


class TemplateFileView(ImportView):
    """The empty file of a kind."""

    permission = IMPORT_VIEW

    def get(self, request: HttpRequest, *, kind: str, **_kwargs: Any) -> HttpResponse:
        found = get_kind(kind)
        if found is None:
            raise Http404
        return _text("\ufeff" + template_csv(found), "text/csv", f"{kind}.csv")


class SavedMappingListView(ImportView):
    """Mappings kept under a name."""

    permission = IMPORT_VIEW

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        rows = list(saved_mappings())
        for row in rows:
            found = get_kind(row.kind)
            row.kind_label = found.label if found else row.kind  # type: ignore[attr-defined]
        return render(request, "imports/mapping_list.html", {"mappings": rows})


class SavedMappingFileView(ImportView):
    """A saved mapping as the file that the command takes."""

    permission = IMPORT_VIEW

    def get(self, request: HttpRequest, *, saved_mapping: Any, **_kwargs: Any) -> HttpResponse:
        row = get_object_or_404(saved_mappings(), public_id=saved_mapping)
        return _text(dump_yaml(load(row.mapping)), "application/yaml", f"{row.kind}.yaml")


class SavedMappingDeleteView(ServiceButton, ImportView):
    """Forget a mapping."""

    http_method_names = ["post"]
    saved: SavedMapping

    def load(self, *, saved_mapping: Any, **_kwargs: Any) -> None:
        self.saved = get_object_or_404(saved_mappings(), public_id=saved_mapping)

    def back(self) -> str:
        return self.address("mapping_list")

    def perform(self) -> str:
        delete_mapping(actor=self.actor, saved=self.saved)
        return _("The mapping is deleted. Imports made with it stay as they are.")


def _text(content: str, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=f"{content_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
