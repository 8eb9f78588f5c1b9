"""Keeping mappings under a name and finding the one that fits a file."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import InvalidInput
from prm.imports.mapping import Mapping
from prm.imports.mapping.dump import dump
from prm.imports.models import SavedMapping
from prm.imports.reading.table import folded


def save_mapping(*, actor: Actor, name: str, mapping: Mapping, headers: Sequence[str]) -> SavedMapping:
    """Keep a mapping under a name; the same name again replaces it.

    Raises InvalidInput for a name that is empty, too long or taken by another kind of record.
    """
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise InvalidInput(_("Give the mapping a name of at most 80 characters."), field="name")
    existing = SavedMapping.objects.select_for_update().filter(name=name).first()
    if existing is not None and existing.kind != mapping.kind:
        raise InvalidInput(
            _("A mapping for another kind of record has this name. Choose another name."), code="taken", field="name"
        )
    saved = existing or SavedMapping(name=name, kind=mapping.kind, created_by_id=actor.user_id)
    saved.mapping, saved.headers = dump(mapping), headers_key(headers)
    saved.save()
    record(actor=actor, action="mapping.saved", target=saved)
    return saved


def delete_mapping(*, actor: Actor, saved: SavedMapping) -> None:
    """Forget a mapping. Imports made with it keep their copy."""
    record(actor=actor, action="mapping.deleted", target=saved)
    saved.delete()


def mapping_for(kind: str, headers: Sequence[str]) -> SavedMapping | None:
    """The mapping last used for a file with these headers."""
    rows = SavedMapping.objects.filter(kind=kind, headers=headers_key(headers))
    return rows.order_by("-last_used_at", "-updated_at").first()


def headers_key(headers: Sequence[str]) -> str:
    """A fingerprint of a file's columns, whatever their order."""
    return sha256("\n".join(sorted(folded(header) for header in headers)).encode()).hexdigest()
