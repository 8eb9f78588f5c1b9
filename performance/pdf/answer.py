"""The answer to a request for a PDF, for screens and API alike."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.models import Partner
from performance.models import Scorecard
from performance.pdf.receipt import receipt_content
from performance.screens.receipt import build_receipt
from prm.pdf import pdf_response, typeset
from prm.tenancy.models import Tenant

FACTS_PRINTED = 100
"""Some three pages. Whoever needs more reads them on screen, where they can be filtered."""


def receipt_response(
    card: Scorecard, partner: Partner, *, is_portal: bool, tenant: Tenant, page_address: str, facts_address: str
) -> HttpResponse:
    """The receipt of a card as a download."""
    content = receipt_content(
        build_receipt(card, partner, is_portal=is_portal, facts_shown=FACTS_PRINTED),
        tenant=tenant.name,
        page_address=page_address,
        facts_address=facts_address,
        made_at=timezone.now(),
    )
    name = _("Score receipt %(partner)s %(period)s") % {"partner": partner.name, "period": card.period.label}
    return pdf_response(typeset("receipt", content, accent=tenant.accent), name)
