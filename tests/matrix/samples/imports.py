"""Imports and saved mappings."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from prm.access.actor import SYSTEM
from prm.imports.models import SavedMapping
from prm.imports.services.batches import start_import

FILE = b"external_id,name\nA1,Radhaus\n"


def _batch(_side: Any) -> Any:
    upload = SimpleUploadedFile("partners.csv", FILE)
    return start_import(actor=SYSTEM, kind="partners", upload=upload, name=upload.name).public_id


def _mapping(_side: Any) -> Any:
    return SavedMapping.objects.create(name="Sample", kind="partners", mapping={}).public_id


SAMPLES = {"batch": _batch, "saved_mapping": _mapping}
WORDS = {"kind": "partners"}
