"""Imports and saved mappings."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from prm.access.actor import SYSTEM
from prm.files.services import store_file
from prm.imports.models import ImportBatch, SavedMapping
from prm.imports.services.batches import start_import

MAPPING = {
    "kind": "partners",
    "source": "erp",
    "columns": {"number": "external_id", "called": "name"},
    "emit": [{"external_id": "number", "name": "called"}],
}
FILE = b"external_id,name\nA1,Radhaus\n"


def _batch(_side: Any) -> Any:
    upload = SimpleUploadedFile("partners.csv", FILE)
    return start_import(actor=SYSTEM, kind="partners", upload=upload, name=upload.name).public_id


def _with_mapping(side: Any) -> Any:
    found = _batch(side)
    ImportBatch.objects.filter(public_id=found).update(mapping=MAPPING)
    return found


def _with_errors(side: Any) -> Any:
    found = _batch(side)
    content = SimpleUploadedFile("errors.csv", b"row,error\n2,Name is missing\n")
    stored = store_file(actor=SYSTEM, content=content, name="errors.csv", purpose="imports")
    ImportBatch.objects.filter(public_id=found).update(error_file=stored)
    return found


def _mapping(_side: Any) -> Any:
    return SavedMapping.objects.create(name="Sample", kind="partners", mapping=MAPPING).public_id


SAMPLES = {
    "batch": _batch,
    "imports:import_mapping_file.batch": _with_mapping,
    "imports:import_errors.batch": _with_errors,
    "saved_mapping": _mapping,
}
ALSO_NEEDS = {
    "batch": "partner:edit",
    "imports:import_mapping_file.batch": "partner:edit",
    "imports:import_errors.batch": "partner:edit",
}
WHOLE_WORKSPACE = {
    "imports:import_create",
    "imports:import_template",
    "imports:mapping",
    *(
        f"imports:import_{name}"
        for name in (
            "detail",
            "format",
            "columns",
            "mapping",
            "progress",
            "correct",
            "recheck",
            "start",
            "undo",
            "discard",
            "errors",
            "file",
        )
    ),
}
WORDS = {"kind": "partners"}
