"""Bases of the API's serializers: explicit fields, strict input, references by the keys that other systems know."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail


class StrictSerializer(serializers.Serializer):
    """Refuses fields it does not know, so that a misspelt name is an answer and not a silent loss."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(str(name) for name in data if name not in self.fields)
            if unknown:
                raise serializers.ValidationError(
                    {name: [ErrorDetail(str(_("There is no such field.")), "unknown_field")] for name in unknown}
                )
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.STR)
class KeyField(serializers.SlugRelatedField):
    """A reference by key, code or number. The rows are asked for inside the scope, at the time of the call."""

    default_error_messages = {
        "does_not_exist": _("There is no record with {slug_name} “{value}”."),
        "invalid": _("Give a text."),
    }

    def __init__(self, model: type[Model], slug_field: str = "key", **kwargs: Any) -> None:
        self.model = model
        super().__init__(slug_field=slug_field, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        return self.model._default_manager.all()

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or "\x00" in data:
            self.fail("invalid")
        return super().to_internal_value(data)

    def to_representation(self, obj: Any) -> Any:
        return getattr(obj, self.slug_field)


class KeyListField(serializers.ListField):
    """A list of references, found with one query however long it is."""

    def __init__(self, model: type[Model], slug_field: str = "key", **kwargs: Any) -> None:
        self.model, self.slug_field = model, slug_field
        super().__init__(child=serializers.CharField(max_length=120), max_length=200, **kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        wanted = super().to_internal_value(data)
        found = {
            getattr(row, self.slug_field): row
            for row in self.model._default_manager.filter(**{f"{self.slug_field}__in": wanted})
        }
        missing = [name for name in wanted if name not in found]
        if missing:
            raise serializers.ValidationError(
                KeyField.default_error_messages["does_not_exist"].format(slug_name=self.slug_field, value=missing[0]),
                code="does_not_exist",
            )
        return [found[name] for name in dict.fromkeys(wanted)]

    def to_representation(self, data: Any) -> list[str]:
        rows: Iterable[Any] = data.all() if hasattr(data, "all") else data
        return sorted(row if isinstance(row, str) else getattr(row, self.slug_field) for row in rows)
