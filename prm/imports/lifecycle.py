"""Where an import stands, and how it may move on."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from prm.imports.permissions import IMPORT_RUN
from prm.lifecycle import Lifecycle, Move


class ImportStatus(models.TextChoices):
    """From the upload to what became of it."""

    UPLOADED = "uploaded", _("Uploaded")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    IMPORTING = "importing", _("Being imported")
    IMPORTED = "imported", _("Imported")
    UNDOING = "undoing", _("Being taken back")
    UNDONE = "undone", _("Taken back")
    DISCARDED = "discarded", _("Discarded")


S = ImportStatus

IMPORT_LIFECYCLE = Lifecycle(
    _("import"),
    S,
    [
        Move(S.UPLOADED, S.CHECKING, IMPORT_RUN, _("Check rows")),
        Move(S.UPLOADED, S.IMPORTING, IMPORT_RUN, _("Import")),
        Move(S.CHECKED, S.CHECKING, IMPORT_RUN, _("Check again")),
        Move(S.CHECKING, S.CHECKED, IMPORT_RUN, _("Checked")),
        Move(S.CHECKING, S.UPLOADED, IMPORT_RUN, _("The check failed")),
        Move(S.CHECKED, S.UPLOADED, IMPORT_RUN, _("Change the mapping")),
        Move(S.CHECKED, S.IMPORTING, IMPORT_RUN, _("Import")),
        Move(S.IMPORTING, S.IMPORTED, IMPORT_RUN, _("Imported")),
        Move(S.IMPORTING, S.CHECKED, IMPORT_RUN, _("Nothing was imported")),
        Move(S.IMPORTED, S.UNDOING, IMPORT_RUN, _("Take back")),
        Move(S.UNDOING, S.UNDONE, IMPORT_RUN, _("Taken back")),
        Move(S.UNDOING, S.IMPORTED, IMPORT_RUN, _("Taking back failed")),
        Move(S.UPLOADED, S.DISCARDED, IMPORT_RUN, _("Discard")),
        Move(S.CHECKED, S.DISCARDED, IMPORT_RUN, _("Discard")),
    ],
)
"""The moves between the working states are made by the services alone; people start them."""
