"""What a rule would have raised, with names and ways to the scorecards; and the alerts of one partner."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest

from partners.models import Partner, Programme
from partners.registries import PartnerSidePanel, partner_side_panels
from performance.models import Alert, AlertRule, PeriodRow
from performance.permissions import ALERT_VIEW
from performance.queries.alerts import open_alerts_of
from performance.services.alert_rules import preview_rule


@dataclass(frozen=True)
class PreviewPage:
    """The period that was tried, how many alerts there would have been, and the worst of them."""

    rule: AlertRule
    period: PeriodRow | None
    count: int
    alerts: list[Alert]

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.alerts)

    @property
    def needs_period(self) -> bool:
        """Whether it could not be tried, because no period of its kind has ended yet."""
        return self.period is None and not (self.rule.kind == "missing" and self.rule.missing == "days")


def build_preview(rule: AlertRule, *, today: date) -> PreviewPage:
    """Try the rule and name the partners."""
    found = preview_rule(rule, today=today)
    partners = Partner.objects.in_bulk([alert.partner_id for alert in found.alerts])
    programmes = Programme.objects.in_bulk([row.programme_id for row in found.alerts if row.programme_id])
    for alert in found.alerts:
        alert.partner = partners[alert.partner_id]
        if alert.programme_id:
            alert.programme = programmes[alert.programme_id]
    return PreviewPage(rule, found.period, found.count, found.alerts)


def partner_alerts(_request: HttpRequest, partner: Partner) -> dict[str, Any]:
    """The panel of the partner page; nothing while there is no open alert."""
    rows, count = open_alerts_of(partner.pk)
    return {"alerts": rows, "count": count, "partner": partner} if rows else {}


def register_panel() -> None:
    """Called once the app is ready."""
    partner_side_panels.register(
        PartnerSidePanel(
            key="alerts",
            order=10,
            template="performance/parts/alerts_panel.html",
            permission=ALERT_VIEW,
            context=partner_alerts,
        )
    )
