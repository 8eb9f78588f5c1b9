"""A form whose work is done by a service, and a button whose work is done by a service."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from prm.errors import DomainError


class ServiceForm:
    """Shows a form, calls the service with what was entered, and shows its refusal beside the field (422)."""

    form_class: type[forms.BaseForm]
    template_name: str
    success_message: Any = ""
    request: HttpRequest

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.load(**kwargs)
        return self.show(self.form_class(**self.form_kwargs()))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.load(**kwargs)
        form = self.form_class(request.POST, **self.form_kwargs())
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            response = self.perform(form)
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
            return self.show(form, status=422, refusal=refusal)
        except ValidationError as refusal:
            _add_errors(form, refusal)
            return self.show(form, status=422)
        if self.success_message:
            messages.success(request, self.success_message)
        return response

    def load(self, *args: Any, **kwargs: Any) -> None:
        """Fetch what the address names, or raise 404."""

    def form_kwargs(self) -> dict[str, Any]:
        return {}

    def context(self, form: Any) -> dict[str, Any]:
        return {}

    def perform(self, form: Any) -> HttpResponse:
        """Call the service; where to go afterwards."""
        raise NotImplementedError

    def show(self, form: Any, *, status: int = 200, refusal: DomainError | None = None) -> HttpResponse:
        context = {"form": form, "refusal": refusal, **self.context(form)}
        return render(self.request, self.template_name, context, status=status)


class ServiceButton:
    """A POST without fields: calls the service, says what happened, goes back."""

    request: HttpRequest

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        target = self.back(**kwargs)
        try:
            done = self.perform(**kwargs)
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, done)
        return redirect(target)

    def back(self, *args: Any, **kwargs: Any) -> str:
        """Where to go afterwards."""
        raise NotImplementedError

    def perform(self, **kwargs: Any) -> str:
        """Call the service; returns the sentence to show."""
        raise NotImplementedError


def _add_errors(form: Any, refusal: ValidationError) -> None:
    if not hasattr(refusal, "error_dict"):
        form.add_error(None, refusal)
        return
    for field, errors in refusal.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)
