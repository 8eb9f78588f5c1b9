"""Screens whose work is done by a service: a form, a button, and a step that is confirmed first."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.generic import View

from prm.errors import DomainError
from prm.ui.lists.step import ListStep


class ServiceForm(View):
    """Shows a form, calls the service with what was entered, and shows its refusal beside the field (422)."""

    form_class: type[forms.BaseForm]
    template_name: str
    success_message: Any = ""

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
            refuse(form, refusal)
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


class ListDecision(ListStep):
    """One decision about all rows selected in a list: first which they are, then the decision, for all or for none.

    Put it before the list in the bases. The form takes the posted `decision`; the page posts the selection along.
    """

    form_class: type[Any]
    template_name: str
    title: Any
    nothing_selected: Any = ""
    most_at_once = 1000
    shown_at_once = 50

    def chosen(self) -> QuerySet:
        """The selected rows that can still be decided about, in the order in which they are named."""
        raise NotImplementedError

    def decide(self, rows: list[Any], form: Any) -> Any:
        """Call the service; what was done."""
        raise NotImplementedError

    def said(self, done: Any) -> str:
        """What was done, in words."""
        raise NotImplementedError

    def context(self, rows: list[Any]) -> dict[str, Any]:
        """What the page needs besides the rows and the form."""
        return {}

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        rows = list(self.chosen()[: self.most_at_once])
        if not rows:
            messages.error(request, self.nothing_selected)
            return redirect(self.back())
        is_decided = "decision" in request.POST
        form = self.form_class(request.POST if is_decided else None, decision=request.POST.get("decision", ""))
        if is_decided and form.is_valid():
            try:
                with transaction.atomic():  # a refusal half-way leaves nothing behind
                    done = self.decide(rows, form)
            except DomainError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, self.said(done))
                return redirect(self.back())
        context = {
            "form": form,
            "title": self.title,
            "rows": rows[: self.shown_at_once],
            "count": len(rows),
            "more": max(len(rows) - self.shown_at_once, 0),
            "posted_rows": request.POST.getlist("row"),
            "posted": request.POST,
            "back_url": self.back(),
            **self.context(rows),
        }
        return render(request, self.template_name, context, status=422 if is_decided else 200)


class ServiceButton(View):
    """A POST without fields: calls the service, says what happened, goes back."""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.load(**kwargs)
        try:
            with transaction.atomic():  # a refusal half-way leaves nothing behind
                done = self.perform()
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
            return redirect(self.back())
        if done:
            messages.success(request, done)
        return redirect(self.onward())

    def load(self, *args: Any, **kwargs: Any) -> None:
        """Fetch what the address names, or raise 404."""

    def perform(self) -> str:
        """Call the service; returns the sentence to show, empty where the next page shows it anyway."""
        raise NotImplementedError

    def back(self) -> str:
        """Where the button stands; a refusal is shown there."""
        raise NotImplementedError

    def onward(self) -> str:
        """Where to go when it is done."""
        return self.back()


class ConfirmedStep(ServiceButton):
    """A step that cannot be undone: a page that says what will happen (GET), then the step itself (POST)."""

    template_name: str
    title: Any = ""
    text: Any = ""
    button: Any = ""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.load(**kwargs)
        return self.show()

    def show(self) -> HttpResponse:
        return render(self.request, self.template_name, self.context())

    def context(self) -> dict[str, Any]:
        return {"title": self.title, "text": self.text, "button": self.button, "back_url": self.back()}


def _add_errors(form: Any, refusal: ValidationError) -> None:
    if not hasattr(refusal, "error_dict"):
        form.add_error(None, refusal)
        return
    for field, errors in refusal.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)


def refuse(form: Any, refusal: DomainError) -> None:
    """Put a service's refusal at the field it is about, where the person can mend it."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
