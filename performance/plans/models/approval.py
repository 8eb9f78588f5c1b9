"""One person's agreement to something that needs several people, whatever it is."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.tenancy.models import TenantModel


class Approval(TenantModel):
    """Who agreed, and when. What it is about stands in the tables made from this; each has its unique key."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("person")
    )
    label = models.CharField(_("by"), max_length=160)
    given_at = models.DateTimeField(_("given"), default=timezone.now, editable=False)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["given_at", "id"]
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")

    def __str__(self) -> str:
        return self.label
