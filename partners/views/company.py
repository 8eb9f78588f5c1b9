"""The company as its own people see it in the portal. Facts are the vendor's to keep; contacts and sites their own."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from partners.permissions import COMPANY_VIEW
from partners.queries import contact_rows
from partners.views.base import OwnCompany


class CompanyView(OwnCompany):
    """Company facts, contacts and sites."""

    permission = COMPANY_VIEW

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        partner = self.partner
        context = {
            "partner": partner,
            "contacts": contact_rows(partner),
            "sites": list(partner.sites.all()),
            "specialisations": list(partner.specialisations.all()),
            "territories": list(partner.territories.all()),
        }
        return render(request, "partners/company/company_detail.html", context)
