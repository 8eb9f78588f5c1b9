"""One scorecard: the tab of the partner's page, the receipt, the measurements behind it."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property

from partners.models import Partner
from partners.queries import access_partner
from performance.models import KPI, Scorecard
from performance.pdf import receipt_response
from performance.permissions import SCORECARD_VIEW
from performance.queries.cards import KIND_PREFERENCE, complete
from performance.queries.measurements import import_files
from performance.queries.receipt import ReceiptFacts, facts_of, receipt_of, replaced_versions
from performance.screens.receipt import build_receipt
from performance.screens.scorecard import build_scorecard, cards_of, default_card
from performance.screens.summary import summary_of_card
from performance.views.base import Page, reader_language
from prm.access.requests import ScopedRequest

FACTS_ON_PAGE = 10
FACTS_PER_PAGE = 50


def scorecard_context(request: ScopedRequest, partner: Partner, *, is_portal: bool = False) -> Mapping[str, Any]:
    """What a scorecard page shows for the period and programme in the address."""
    cards = complete(cards_of(partner.pk))
    programmes = {card.programme_id: card.programme for card in cards}
    wanted = next((row for row in programmes.values() if row.key == request.GET.get("programme")), None)
    ordered = sorted(programmes.values(), key=lambda row: (not row.is_default, row.name))
    programme = wanted or (ordered[0] if ordered else None)
    mine = [card for card in cards if programme is not None and card.programme_id == programme.pk]
    card = default_card(mine, label=request.GET.get("period", ""), kinds=KIND_PREFERENCE)
    page = build_scorecard(card, partner, is_portal=is_portal, history=mine) if card else None
    return {
        "page": page,
        "summary": summary_of_card(page, reader_language(request)) if page else None,
        "programmes": ordered,
        "programme": programme,
        "periods": [row.period for row in mine],
        "scorecard_urls": scorecard_urls(request, partner, card, is_portal=is_portal) if card else {},
    }


def scorecard_urls(request: ScopedRequest, partner: Partner, card: Scorecard, *, is_portal: bool) -> dict[str, str]:
    """Where the receipt and its measurements are, on this side of the house."""
    kwargs = {"tenant": request.tenant.slug, "partner": partner.public_id}
    kwargs |= {"programme": card.programme.key, "period": card.period.label}
    area = "portal" if is_portal else "performance"
    return {
        "receipt": reverse(f"{area}:receipt", kwargs=kwargs),
        "pdf": reverse(f"{area}:receipt_pdf", kwargs=kwargs),
        "facts": reverse(f"{area}:receipt_facts", kwargs=kwargs),
        "version": f"{reverse(f'{area}:card_version', kwargs=kwargs)}?seen={version_of(card)}",
    }


class _CardOfPartner(Page):
    """Finds the card of the address among the partners this person may see."""

    permission = SCORECARD_VIEW

    @cached_property
    def partner(self) -> Partner:
        return access_partner(self.request.membership, self.kwargs["partner"])

    @cached_property
    def card(self) -> Scorecard:
        return card_or_404(self.partner.pk, self.kwargs["programme"], self.kwargs["period"])


def card_or_404(partner_id: int, programme: str, period: str) -> Scorecard:
    """One card with what its page needs."""
    found = complete(cards_of(partner_id).filter(programme__key=programme, period__label=period))
    if not found:
        raise Http404
    return found[0]


def receipt_context(request: ScopedRequest, partner: Partner, card: Scorecard, *, is_portal: bool) -> dict[str, Any]:
    """The receipt: the whole calculation, redoable by hand, and the first measurements behind it."""
    receipt = build_receipt(card, partner, is_portal=is_portal, facts_shown=FACTS_ON_PAGE)
    return {
        "page": receipt.page,
        "rows": receipt.rows,
        "facts": receipt.facts,
        "files": receipt.files,
        "urls": scorecard_urls(request, partner, card, is_portal=is_portal),
        "scorecard_url": _scorecard_url(request, partner, card, is_portal=is_portal),
        "weighted": receipt.weighted,
    }


def receipt_as_pdf(request: ScopedRequest, partner: Partner, card: Scorecard, *, is_portal: bool) -> HttpResponse:
    """The same receipt on paper."""
    urls = scorecard_urls(request, partner, card, is_portal=is_portal)
    return receipt_response(
        card,
        partner,
        is_portal=is_portal,
        tenant=request.tenant,
        page_address=request.build_absolute_uri(urls["receipt"]),
        facts_address=request.build_absolute_uri(urls["facts"]),
    )


def _scorecard_url(request: ScopedRequest, partner: Partner, card: Scorecard, *, is_portal: bool) -> str:
    slug = request.tenant.slug
    if is_portal:
        address = reverse("portal:scorecard", kwargs={"tenant": slug, "partner": partner.public_id})
    else:
        kwargs = {"tenant": slug, "partner": partner.public_id, "tab": "scorecard"}
        address = reverse("partners:partner_tab", kwargs=kwargs)
    return f"{address}?period={card.period.label}&programme={card.programme.key}"


def facts_context(request: ScopedRequest, partner: Partner, card: Scorecard, *, is_portal: bool) -> dict[str, Any]:
    """The measurements of a card, filtered by KPI and by whether they count, page by page."""
    receipt = receipt_of(card)
    kpis = list(KPI.objects.filter(pk__in=[row.kpi_id for row in receipt.lines]).order_by("name"))
    kpi = next((row for row in kpis if row.code == request.GET.get("kpi")), None)
    counted = {"yes": True, "no": False}.get(request.GET.get("counted", ""))
    number = request.GET.get("page", "1")
    page_number = int(number) if number.isdecimal() and 0 < int(number) < 100_000 else 1
    offset = (page_number - 1) * FACTS_PER_PAGE
    facts = facts_of(receipt, kpi_id=kpi.pk if kpi else None, counted=counted, offset=offset, limit=FACTS_PER_PAGE)
    return {
        "partner": partner,
        "card": card,
        "receipt": receipt,
        "kpis": kpis,
        "kpi": kpi,
        "counted": request.GET.get("counted", ""),
        "facts": facts,
        "files": import_files(row.batch_id for row in facts.rows),
        "replaced": replaced_versions(card) if page_number == 1 else [],
        "first": offset + 1,
        "last": offset + len(facts.rows),
        "shown_total": _shown_total(facts, counted),
        "page_number": page_number,
        "has_next": offset + len(facts.rows) < _shown_total(facts, counted),
        "urls": scorecard_urls(request, partner, card, is_portal=is_portal),
        "is_portal": is_portal,
    }


def _shown_total(facts: ReceiptFacts, counted: bool | None) -> int:
    if counted is None:
        return facts.counted + facts.left_out
    return facts.counted if counted else facts.left_out


class ReceiptPage(_CardOfPartner):
    """Why the score is what it is."""

    template_name = "performance/receipt.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **receipt_context(self.request, self.partner, self.card, is_portal=False), **kwargs
        )


class ReceiptPdf(_CardOfPartner):
    """The receipt as a PDF."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return receipt_as_pdf(self.request, self.partner, self.card, is_portal=False)


def version_response(request: HttpRequest, card: Scorecard) -> HttpResponse:
    """204 while the card is as the page saw it, else a request to draw the page again."""
    if request.GET.get("seen", "") == version_of(card):
        return HttpResponse(status=204)
    response = HttpResponse()
    response["HX-Refresh"] = "true"
    return response


def version_of(card: Scorecard) -> str:
    """What changes whenever the card changes."""
    return f"{card.computed_at.timestamp():.6f}"


class CardVersion(_CardOfPartner):
    """Asked by an open scorecard every few seconds: has the score changed since it was drawn?"""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return version_response(request, self.card)


class ReceiptFactsPage(_CardOfPartner):
    """Every measurement in the period of a card: counted, or left out and why."""

    template_name = "performance/receipt_facts.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{**kwargs, **facts_context(self.request, self.partner, self.card, is_portal=False)}
        )
