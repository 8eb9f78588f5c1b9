"""Imports and what is remembered of them: the file, the mapping, what each row came to, what may be taken back."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.files.models import StoredFile
from prm.imports.lifecycle import ImportStatus
from prm.jobs.models import Job
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel


class Origin(models.TextChoices):
    """Where an import was started."""

    SCREEN = "screen", _("On screen")
    COMMAND = "command", _("By command")


class SavedMapping(TenantModel):
    """A mapping kept under a name. A file with the same headers gets it applied by itself."""

    public_id = PublicIdField()
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind of record"), max_length=30)
    headers = models.CharField(_("headers it was made for"), max_length=64, blank=True, editable=False)
    mapping = models.JSONField(_("mapping"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="saved_mapping_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class ImportBatch(TenantModel):
    """One file on its way in. `preview` holds what the check found, `result` what the import did.

    `corrections` are cells put right on screen, {row: {header: text}}; they go over what the file says.
    Both are {"rows", "created", "updated", "unchanged", "skipped", "bad_rows", "errors", ...}. `message` says why the
    file as a whole could not be read, or why nothing was imported. Imported rows carry the batch's id.
    """

    public_id = PublicIdField()
    kind = models.CharField(_("kind of record"), max_length=30)
    status = models.CharField(
        _("status"), max_length=12, choices=ImportStatus, default=ImportStatus.UPLOADED, editable=False
    )
    origin = models.CharField(_("started"), max_length=8, choices=Origin, default=Origin.SCREEN, editable=False)
    file_name = models.CharField(_("file"), max_length=200)
    file = TenantForeignKey(StoredFile, null=True, related_name="+", verbose_name=_("file"), on_delete=models.PROTECT)
    lookup_files = models.JSONField(_("lookup files"), default=dict, blank=True)
    mapping = models.JSONField(_("mapping"), default=dict, blank=True)
    saved_mapping = TenantForeignKey(
        SavedMapping,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("saved mapping"),
    )
    corrections = models.JSONField(_("corrected cells"), default=dict, blank=True)
    skip_bad_rows = models.BooleanField(_("bad rows are left out"), default=False)
    preview = models.JSONField(_("check"), default=dict, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)
    message = models.TextField(_("message"), blank=True)
    error_file = TenantForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    job = TenantForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("job"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    actor_label = models.CharField(_("by"), max_length=160, blank=True)
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, editable=False)
    imported_at = models.DateTimeField(_("imported"), null=True, editable=False)
    undone_at = models.DateTimeField(_("taken back"), null=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="import_by_time"),
            models.Index(fields=["tenant", "status", "-created_at"], name="import_by_status"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_working(self) -> bool:
        """Whether a job is at it."""
        return self.status in (ImportStatus.CHECKING, ImportStatus.IMPORTING, ImportStatus.UNDOING)


class ImportFault(TenantModel):
    """One thing wrong with one row, found by the last check. `row` counts as a spreadsheet shows it."""

    batch = TenantForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="faults", verbose_name=_("import"))
    row = models.BigIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=200, blank=True)
    value = models.CharField(_("value"), max_length=200, blank=True)
    code = models.CharField(_("code"), max_length=40)
    message = models.TextField(_("message"))

    class Meta:
        ordering = ["row", "id"]
        verbose_name = _("row error")
        verbose_name_plural = _("row errors")
        indexes = [models.Index(fields=["tenant", "batch", "row"], name="import_fault_by_row")]

    def __str__(self) -> str:
        return f"{self.row} {self.code}"


class ImportChange(TenantModel):
    """What an import did to one record, for kinds that go through the ordinary services: the way back.

    `before` and `after` are the record's values that the import may set; `before` is null where it created it.
    """

    batch = TenantForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="changes", verbose_name=_("import"))
    row = models.BigIntegerField(_("row"))
    object_id = models.BigIntegerField(_("record"))
    label = models.CharField(_("name"), max_length=240)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("imported record")
        verbose_name_plural = _("imported records")
        indexes = [
            models.Index(fields=["tenant", "batch", "id"], name="import_change_by_batch"),
        ]

    def __str__(self) -> str:
        return self.label
