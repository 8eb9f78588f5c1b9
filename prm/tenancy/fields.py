"""Fields that carry tenancy: the owner, references within a tenant, public identifiers."""

from typing import Any

from django.db import models
from django.db.models.expressions import Func


class TenantOwner(models.ForeignKey):
    """The tenant a row belongs to. A table with this field gets its policy from the schema editor."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("to", "tenancy.Tenant")
        kwargs.setdefault("on_delete", models.CASCADE)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("db_index", False)  # every index of a tenant table leads with tenant_id already
        kwargs.setdefault("related_name", "+")
        super().__init__(**kwargs)

    def formfield(self, **_kwargs: Any) -> None:
        """Never part of a form: the scope says whose row it is."""
        return


class TenantForeignKey(models.ForeignKey):
    """A reference to a row of the same tenant.

    The constraint is composite, `(tenant_id, x_id) -> (tenant_id, id)`, so that a row can never point at another
    tenant's row even where the ORM is bypassed. Django's own constraint is off; the schema editor adds ours.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete=on_delete, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class UUIDv7(Func):
    """PostgreSQL's time-ordered UUID."""

    function = "uuidv7"
    template = "%(function)s()"
    output_field = models.UUIDField()


class PublicIdField(models.UUIDField):
    """The identifier that stands in URLs and the API: made by the database, unique, says nothing of row counts."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("db_default", UUIDv7())
        kwargs.setdefault("unique", True)
        kwargs.setdefault("editable", False)
        super().__init__(**kwargs)
