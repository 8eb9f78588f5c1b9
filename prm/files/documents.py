"""Documents that people attach to records: kept after a look at what they are, sent back as downloads alone."""

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse

from prm.access.actor import Actor
from prm.files.checks import check_document
from prm.files.models import StoredFile
from prm.files.services import open_file, store_file


def keep_document(*, actor: Actor, upload: UploadedFile, field: str, purpose: str) -> StoredFile:
    """Keep an uploaded document under the open scope's tenant.

    Raises:
        InvalidInput: it is empty, too large, or no PDF, image, office file or plain text; at `field`.
    """
    kind = check_document(upload, size=upload.size or 0, field=field)
    stored = store_file(actor=actor, content=upload, name=upload.name or "", purpose=purpose, content_type=kind)
    stored.refresh_from_db()  # the database makes the public number
    return stored


def download(stored: StoredFile) -> FileResponse:
    """The file as an answer, never shown in the page. The view has proven that the person may have it."""
    return FileResponse(open_file(stored), as_attachment=True, filename=stored.name, content_type=stored.content_type)
