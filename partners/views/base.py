"""What the screens of one partner share."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property

from partners.models import Partner
from partners.queries import access_partner
from prm.access.views import TenantView
from prm.accounts.views.base import ServiceForm
from prm.errors import DomainError


def partner_url(request: HttpRequest, partner: Partner, tab: str = "") -> str:
    """The address of a partner's page, or of one of its tabs."""
    kwargs: dict[str, Any] = {"tenant": request.tenant.slug, "partner": partner.public_id}  # type: ignore[attr-defined]
    if tab:
        return reverse("partners:partner_tab", kwargs={**kwargs, "tab": tab})
    return reverse("partners:partner_detail", kwargs=kwargs)


class OnePartner(TenantView):
    """A page about one partner within this person's reach; everybody else's is not found."""

    kwargs: dict[str, Any]

    @cached_property
    def partner(self) -> Partner:
        public_id: UUID = self.kwargs["partner"]
        return access_partner(self.request.membership, public_id)  # type: ignore[attr-defined]

    def back(self, tab: str = "") -> str:
        """The partner's page."""
        return partner_url(self.request, self.partner, tab)


class PartnerForm(ServiceForm, OnePartner):
    """A form of the partner's page, on a page of its own: title, button, and where to go back."""

    template_name = "partners/partner_form.html"
    title: Any = ""
    button: Any = ""
    tab = ""
    is_danger = False

    def load(self, **kwargs: Any) -> None:
        self.partner  # noqa: B018  (a foreign partner is not found before anything else happens)

    def context(self, form: Any) -> dict[str, Any]:
        return {
            "partner": self.partner,
            "title": self.title,
            "button": self.button,
            "is_danger": self.is_danger,
            "back_url": self.back(self.tab),
        }

    def done(self, message: str) -> HttpResponse:
        """Say what happened and go back."""
        messages.success(self.request, message)
        return redirect(self.back(self.tab))


class Confirmation(OnePartner):
    """A step that cannot be undone: a page that says what will happen (GET), then the step itself (POST)."""

    template_name = "partners/confirm.html"
    tab = ""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.load(**kwargs)
        context = {"partner": self.partner, "back_url": self.back(self.tab), **self.question()}
        return render(request, self.template_name, context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.load(**kwargs)
        try:
            done = self.perform()
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, done)
        return redirect(self.back(self.tab))

    def load(self, **kwargs: Any) -> None:
        """Fetch what the address names, or raise 404."""

    def question(self) -> dict[str, Any]:
        """`title`, `text` and `button` of the page."""
        raise NotImplementedError

    def perform(self) -> str:
        """Call the service; returns the sentence to show."""
        raise NotImplementedError
