"""Reports for `bench web`: one report with its preview."""

from collections.abc import Sequence

from django.urls import reverse

from partners.models import Partner, Programme
from performance.bench.registry import WebPage
from prm.access.actor import Actor
from prm.tenancy.scope import require_scope


class ReportPages:
    """The catalogue and the report that is opened most."""

    def prepare(self, programme: Programme, actor: Actor) -> None:
        """Reports need no rules."""

    def pages(self, partner: Partner, actor: Actor) -> Sequence[WebPage]:
        """The scorecard summary of all partners."""
        listed = {"tenant": require_scope().tenant.slug}
        return [
            WebPage("report_list", reverse("reports:report_list", kwargs=listed)),
            WebPage("report", reverse("reports:report", kwargs={**listed, "report": "scorecard-summary"})),
        ]


PAGES = ReportPages()
