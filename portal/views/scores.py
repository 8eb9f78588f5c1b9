"""The partner's side: home with its own score first, the scorecard, the receipt. Everything is filtered by partner."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property

from partners.choices import PartnerStatus
from performance.models import Scorecard
from performance.plans.queries.breaches import suspension_of
from performance.views.scorecards import (
    card_or_404,
    facts_context,
    receipt_as_pdf,
    receipt_context,
    scorecard_context,
    version_response,
)
from portal.views.base import PartnerPage


class Home(PartnerPage):
    """The answer first: the score, what helps most, every KPI in plain words."""

    template_name = "portal/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = scorecard_context(self.request, self.partner, is_portal=True)
        is_suspended = self.partner.status == PartnerStatus.SUSPENDED
        suspension = suspension_of(self.partner_id) if is_suspended else None
        return super().get_context_data(**{**kwargs, **context, "greeting": self.greeting, "suspension": suspension})

    @property
    def greeting(self) -> str:
        """Which part of the tenant's day it is: morning, afternoon or evening."""
        hour = timezone.localtime().hour
        return "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"


class ScorecardPage(PartnerPage):
    """The whole scorecard of one period, with the four steps behind each figure."""

    template_name = "portal/scorecard.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = scorecard_context(self.request, self.partner, is_portal=True)
        return super().get_context_data(**{**kwargs, **context})


class _OwnCard(PartnerPage):
    @cached_property
    def card(self) -> Scorecard:
        """The card of the address, only ever the partner's own."""
        return card_or_404(self.partner_id, self.kwargs["programme"], self.kwargs["period"])


class ReceiptPage(_OwnCard):
    """The same receipt that the manager sees."""

    template_name = "portal/receipt.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = receipt_context(self.request, self.partner, self.card, is_portal=True)
        return super().get_context_data(**{**kwargs, **context})


class ReceiptPdf(_OwnCard):
    """The same receipt as a PDF."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return receipt_as_pdf(self.request, self.partner, self.card, is_portal=True)


class CardVersion(_OwnCard):
    """Asked by an open page every few seconds: has the own score changed since it was drawn?"""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return version_response(request, self.card)


class ReceiptFactsPage(_OwnCard):
    """Every measurement in the period: counted, or left out and why."""

    template_name = "portal/receipt_facts.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = facts_context(self.request, self.partner, self.card, is_portal=True)
        return super().get_context_data(**{**kwargs, **context})
