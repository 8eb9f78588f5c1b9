"""Model forms whose choices come from the open scope, never from a class-level queryset."""

from typing import Any

from django import forms
from django.db.models import Manager

from prm.tenancy.registry import is_tenant_model


class TenantModelForm(forms.ModelForm):
    """A ModelForm that takes the querysets of its choice fields when it is made, inside the scope."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                model = field.queryset.model
                if is_tenant_model(model):
                    manager: Manager = model._default_manager
                    field.queryset = manager.all()
