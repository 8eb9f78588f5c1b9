"""How the company whose portal this is keeps its side: towards everybody, and towards the partner who looks."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from django.utils import timezone

from performance.permissions import OWN_VENDOR_VIEW
from performance.queries.promises import EVERYBODY, Promised, Whose, due_in, overdue
from performance.queries.vendor import is_shown_to_partners, quarters
from performance.screens.vendor import build_vendor_scorecard
from portal.views.base import PartnerPage
from prm.accounts.places import portal_url

SHOWN = 100


class VendorPage(PartnerPage):
    """Figures of all partners together, and what the company owed this one in a quarter."""

    permission = OWN_VENDOR_VIEW
    template_name = "portal/vendor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if not is_shown_to_partners():
            raise Http404
        today = timezone.localdate()
        label, own = self.request.GET.get("period", ""), Whose(partner_id=self.partner_id)
        page = build_vendor_scorecard(EVERYBODY, today=today, label=label, own_partner=self.partner_id)
        context = {
            "page": page,
            "quarters": quarters(today),
            "overdue": self._lines(overdue(own, today, limit=SHOWN)),
            "promises": self._lines(due_in(own, page.period, today, limit=SHOWN)),
            "is_portal": True,
        }
        return super().get_context_data(**{**kwargs, **context})

    def _lines(self, rows: Sequence[Promised]) -> list[dict[str, Any]]:
        portal = portal_url(self.request.tenant.slug, self.partner.public_id)
        return [
            {
                "row": row,
                "what": row.measure.own_what or row.what,
                "url": row.measure.own_address(portal, row.record),
            }
            for row in rows
        ]
