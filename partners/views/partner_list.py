"""The list of partners."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from partners.permissions import PARTNER_VIEW
from partners.queries import access_partners, with_tier
from prm.access.views import TenantView


class PartnerListView(TenantView):
    """Partners within reach, searched, filtered and sorted."""

    permission = PARTNER_VIEW

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        partners = with_tier(access_partners(request.membership)).select_related("partner_type", "region", "owner")  # type: ignore[attr-defined]
        return render(request, "partners/partner_list.html", {"partners": partners[:25]})
