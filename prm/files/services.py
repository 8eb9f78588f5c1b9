"""Storing and opening files under the tenant's own folder."""

import hashlib
import re
import uuid
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from prm.access.actor import Actor
from prm.files.models import StoredFile
from prm.tenancy.scope import require_scope

CHUNK = 1 << 20


def store_file(*, actor: Actor, content: IO[bytes], name: str, purpose: str, content_type: str = "") -> StoredFile:
    """Keep a file under the open scope's tenant and remember its size and hash.

    `name` is what the user called it; only its last part is shown, in one line, and none of it reaches the file system
    but the extension. The caller has checked content and size.
    """
    scope = require_scope()
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while block := content.read(CHUNK):
        digest.update(block)
        size += len(block)
    content.seek(0)
    printable = "".join(sign if sign.isprintable() else " " for sign in name.replace("\\", "/"))
    shown = " ".join(Path(printable).name.split())[-200:] or "file"
    extension = re.sub(r"[^a-z0-9.]", "", "".join(Path(shown).suffixes[-2:]).lower())[:20]
    path = default_storage.save(f"t{scope.tenant_id}/{purpose}/{uuid.uuid4().hex}{extension}", File(content))
    return StoredFile.objects.create(
        name=shown,
        path=path,
        size=size,
        sha256=digest.hexdigest(),
        purpose=purpose,
        content_type=content_type[:100] or "application/octet-stream",
        created_by_id=actor.user_id,
    )


def open_file(stored: StoredFile) -> Any:
    """The file's bytes, opened for reading."""
    return default_storage.open(stored.path, "rb")


def local_path(stored: StoredFile) -> Path:
    """The file's path on this machine."""
    return Path(default_storage.path(stored.path))


def delete_file(stored: StoredFile) -> None:
    """Remove the file and its row."""
    path = stored.path
    stored.delete()
    transaction.on_commit(lambda: default_storage.delete(path))  # a rolled back deletion keeps its file
