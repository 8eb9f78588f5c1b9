"""What every page of the portal stands on: it knows whose it is."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from partners.models import Partner
from partners.queries import own_partner
from performance.permissions import OWN_SCORECARD_VIEW
from prm.access.requests import PortalRequest
from prm.access.views import PortalView


class PartnerPage(PortalView, TemplateView):
    """A page of the portal: it knows whose it is."""

    permission = OWN_SCORECARD_VIEW
    request: PortalRequest

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The parts of the address stay out of the context, where `tenant` and `partner` are records."""
        return self.render_to_response(self.get_context_data())

    @cached_property
    def partner(self) -> Partner:
        """The partner whose portal is open; the middleware has proven the access."""
        return own_partner(self.partner_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{**kwargs, "partner": self.partner})
