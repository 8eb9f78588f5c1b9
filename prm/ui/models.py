"""What people keep of the screen itself."""

from django.conf import settings
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from prm.tenancy.models import TenantModel


class SavedView(TenantModel):
    """A list's search, filters, order and columns under a name. Shared ones are tabs for the whole workspace."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("owner")
    )
    list_key = models.CharField(_("list"), max_length=60)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("query"), max_length=2000, blank=True)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    is_shared = models.BooleanField(_("shared with the workspace"), default=False)
    position = models.PositiveIntegerField(_("place"), default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user", "list_key", "name"], name="saved_view_name_once_per_person"
            )
        ]
        indexes = [models.Index(fields=["tenant", "list_key"], name="saved_view_of_list")]

    def __str__(self) -> str:
        return self.name

    @property
    def full_query(self) -> str:
        """The address parameters, columns included."""
        parameters = QueryDict(self.query, mutable=True)
        if self.columns:
            parameters["cols"] = ",".join(self.columns)
        return parameters.urlencode(safe=",")
