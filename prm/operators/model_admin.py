"""Bases of all admin pages: writes go through services, tenant records only inside a chosen tenant."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Field, Model, QuerySet, URLField
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from prm.access.actor import Actor
from prm.errors import DomainError
from prm.operators.sessions import current_stay, operator_actor
from prm.tenancy.scope import current_scope

PLATFORM = (10, gettext_lazy("Platform"))
PEOPLE = (20, gettext_lazy("People and keys"))
WORK = (60, gettext_lazy("Work and trail"))


class OperatorModelAdmin(admin.ModelAdmin):
    """An admin page whose refusals by the domain come back as a message on the form, with the input kept.

    Saving goes to `save_by_service`, which subclasses that allow changes define. Without it a page is read-only.
    """

    section: tuple[int, Any] = (90, gettext_lazy("Other"))
    """Under which heading of the index the page stands, and that heading's place."""
    place = 50
    """The page's place under its heading."""

    list_per_page = 50
    formfield_overrides: ClassVar[dict[type[Field], dict[str, Any]]] = {URLField: {"assume_scheme": "https"}}
    show_facets = admin.ShowFacets.NEVER
    service_fields: tuple[str, ...] = ()

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> Model:
        """Write the changed `values` of the form by the service that a screen would call; return the saved record."""
        raise NotImplementedError

    @property
    def is_writable(self) -> bool:
        """Whether this page may change records at all."""
        return type(self).save_by_service is not OperatorModelAdmin.save_by_service

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return self.is_writable and super().has_add_permission(request, *args)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_writable and super().has_change_permission(request, obj)

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Records of the domain are ended, withdrawn or switched off by services, not deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        """Hand the form's values to the service. `obj` is the unsaved copy that the form has already changed."""
        names = form.changed_data if change else list(form.cleaned_data)
        values = {name: form.cleaned_data[name] for name in names if name in form.cleaned_data}
        stored = type(obj)._default_manager.get(pk=obj.pk) if change else None
        saved = self.save_by_service(actor=self.actor(request), obj=stored, values=values, is_new=not change)
        obj.__dict__.update(saved.__dict__)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """Nothing to do: the service has written all of it. Inlines are for reading."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """What Django's own log says of a change; inlines never change."""
        return super().construct_change_message(request, form, [], add)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A refusal of the service rolls back and shows the form again with what was typed and why."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal: DomainError | None = getattr(request, "refusal", None)
        if refusal is None:
            return form

        field = refusal.field if refusal.field in form.base_fields else None
        error = ValidationError(str(refusal.message), code=refusal.code)

        class RefusedForm(form):  # type: ignore[misc, valid-type]
            def clean(self) -> Any:
                cleaned = super().clean()
                self.add_error(field, error)
                return cleaned

        return RefusedForm

    def actor(self, request: HttpRequest) -> Actor:
        """The operator, for services."""
        return operator_actor(request)

    def reason(self, request: HttpRequest) -> str:
        """Why the operator is here: the reason of the stay, for services that record one."""
        stay = current_stay(request.session)
        return stay.reason if stay else ""

    def run_for_each(
        self, request: HttpRequest, records: Iterable[Any], service: Callable[[Any], Any], done: str = ""
    ) -> None:
        """Call a service for each chosen record; say how many it did, and each refusal in its own words."""
        count = 0
        for item in records:
            try:
                service(item)
            except DomainError as refusal:
                messages.error(request, f"{item}: {refusal.message}")
            else:
                count += 1
        if count:
            text = done or ngettext("%(count)d record was changed.", "%(count)d records were changed.", count)
            messages.success(request, text % {"count": count})


class TenantModelAdmin(OperatorModelAdmin):
    """Records of a tenant: seen and changed only while the operator is inside it.

    Nothing is written to Django's own admin log, which is a platform table; the tenant's audit trail has it.
    """

    def get_urls(self) -> list[Any]:
        urls = super().get_urls()
        for url in urls:
            url.callback = self._inside_tenant(url.callback)
        return urls

    def _inside_tenant(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if current_scope() is None and self.admin_site.has_permission(request):
                messages.info(
                    request,
                    _("%(records)s belong to a tenant. Choose the tenant to work in first.")
                    % {"records": str(self.opts.verbose_name_plural).capitalize()},
                )
                return HttpResponseRedirect(
                    f"{reverse('admin:choose_tenant')}?{urlencode({'next': request.get_full_path()})}"
                )
            return view(request, *args, **kwargs)

        return guarded

    def has_module_permission(self, request: HttpRequest) -> bool:
        return current_scope() is not None and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return current_scope() is not None and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return current_scope() is not None and super().has_add_permission(request, *args)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return current_scope() is not None and super().has_change_permission(request, obj)

    def log_addition(self, *_args: Any) -> None:  # type: ignore[override]
        """The service has recorded it in the tenant's trail."""

    def log_change(self, *_args: Any) -> None:  # type: ignore[override]
        """The service has recorded it in the tenant's trail."""

    def log_deletions(self, *_args: Any) -> None:  # type: ignore[override]
        """The service has recorded it in the tenant's trail."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The record's entries in the tenant's audit trail, as the tenant sees them."""
        query = urlencode({"target_type__exact": self.opts.label_lower, "target_id__exact": object_id})
        return HttpResponseRedirect(f"{reverse('admin:audit_auditentry_changelist')}?{query}")


class TenantPlatformAdmin(OperatorModelAdmin):
    """Rows of platform tables that name a tenant: all of them outside a tenant, only its own inside one.

    They are changed inside their tenant alone, so that every change has a stay and its reason behind it.
    """

    tenant_lookup = "tenant"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        scope = current_scope()
        return rows if scope is None else rows.filter(**{self.tenant_lookup: scope.tenant_id})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return current_scope() is not None and super().has_change_permission(request, obj)

    def has_add_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {} if current_scope() is None else super().get_actions(request)


class ReadOnlyInline(admin.TabularInline):
    """Rows that belong to a record, for reading; their own pages or services change them."""

    extra = 0
    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, _request: HttpRequest, _obj: Any = None) -> Any:
        return self.fields

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


def selected(queryset: QuerySet[Any]) -> list[Any]:
    """The chosen records in key order, which is the order in which services lock."""
    return list(queryset.order_by("pk"))
