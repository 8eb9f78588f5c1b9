"""What all import screens share: who may, which batch, and the steps on top."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from prm.access.requests import app_request
from prm.access.views import TenantView
from prm.imports.kinds import ImportKind, get_kind, kinds
from prm.imports.lifecycle import ImportStatus
from prm.imports.models import ImportBatch
from prm.imports.permissions import IMPORT_RUN
from prm.imports.queries import batches

STEPS = (
    ("upload", _("Upload")),
    ("format", _("Read the file")),
    ("columns", _("Match columns")),
    ("check", _("Check rows")),
    ("import", _("Import")),
)


class ImportView(TenantView):
    """A screen for people who may import."""

    permission = IMPORT_RUN
    for_whole_workspace = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        membership = app_request(request).membership
        if self.for_whole_workspace and membership is not None and membership.sees_own_partners_only:
            # A file may hold any partner; somebody who sees only their own cannot judge it.
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def allowed_kinds(self) -> list[ImportKind]:
        """The kinds this person may import."""
        return [kind for kind in kinds() if kind.permission in self.request.can]

    def address(self, name: str, **kwargs: Any) -> str:
        """The address of an import screen of this workspace."""
        return reverse(f"imports:{name}", kwargs={"tenant": self.request.tenant.slug, **kwargs})

    def go(self, name: str, **kwargs: Any) -> HttpResponse:
        """A redirect to an import screen."""
        return redirect(self.address(name, **kwargs))

    def say(self, text: Any, *, error: bool = False) -> None:
        """A message on the next page."""
        (messages.error if error else messages.success)(self.request, str(text))


class BatchView(ImportView):
    """A screen of one import, for people who may import its kind."""

    def batch(self, public_id: Any) -> ImportBatch:
        """The import, 404 when there is none here, 403 when its kind is beyond this person."""
        batch = get_object_or_404(batches().select_related("file", "error_file"), public_id=public_id)
        kind = get_kind(batch.kind)
        if kind is None or kind.permission not in self.request.can:
            raise PermissionDenied
        return batch

    def kind_of(self, batch: ImportBatch) -> ImportKind:
        """Its kind."""
        kind = get_kind(batch.kind)
        assert kind is not None
        return kind

    def is_open(self, batch: ImportBatch) -> bool:
        """Whether its mapping may still change."""
        return batch.status in (ImportStatus.UPLOADED, ImportStatus.CHECKED)


def steps_at(current: str) -> list[dict[str, Any]]:
    """The steps with their states."""
    names = [key for key, _label in STEPS]
    place = names.index(current)
    return [
        {
            "number": index + 1,
            "label": label,
            "state": "done" if index < place else "now" if index == place else "next",
        }
        for index, (_key, label) in enumerate(STEPS)
    ]
