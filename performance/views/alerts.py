"""Alerts: the list, one of them with what caused it, snoozing and resolving one or several."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from performance.choices import AlertStatus
from performance.filters import AlertFilter
from performance.forms.alert import SettleForm
from performance.models import Alert, Scorecard
from performance.permissions import ALERT_SETTLE, ALERT_VIEW
from performance.queries.alerts import alerts
from performance.services.alerts import reopen_alert, resolve_alerts, snooze_alerts
from performance.views.base import ServiceFormView, get_or_404
from performance.words.alerts import sentence
from prm.access.portfolio import portfolio_of
from prm.access.views import TenantView
from prm.audit.models import AuditEntry
from prm.ui.lists import BulkAction, Column, ListPage, ReadyView
from prm.ui.steps import ListDecision, ServiceButton

CELLS = "performance/cells"


class AlertList(ListPage, TenantView):
    """Every alert, the most important first."""

    permission = ALERT_VIEW
    key = "alerts"
    title = gettext_lazy("Alerts")
    template_name = "performance/alert_list.html"
    filterset_class = AlertFilter
    default_sort = "severity"
    search_fields = ("partner__name", "partner__external_id", "rule__name")
    search_placeholder = gettext_lazy("Partner, number or rule")
    counted = ngettext_lazy("%(count)s alert", "%(count)s alerts", "count")
    empty_title = gettext_lazy("Nothing to worry about")
    empty_text = gettext_lazy("When a rule finds something about a partner, it stands here and its owner is told.")
    empty_art = "done"
    empty_template = "performance/parts/alerts_empty.html"
    ready_views = (
        ReadyView(gettext_lazy("Mine"), "mine=yes&status=open"),
        ReadyView(gettext_lazy("Open"), "status=open"),
        ReadyView(gettext_lazy("Snoozed"), "status=snoozed"),
        ReadyView(gettext_lazy("Resolved"), "status=resolved"),
    )
    bulk_actions = (BulkAction(gettext_lazy("Snooze or resolve"), "check", "performance:alert_settle", ALERT_SETTLE),)
    columns = (
        Column(
            "partner",
            gettext_lazy("Partner"),
            value="partner.name",
            sort="partner__name",
            always=True,
            phone="head",
            template=f"{CELLS}/al_partner.html",
        ),
        Column(
            "alert",
            gettext_lazy("Alert"),
            value=sentence,
            phone="full",
            template=f"{CELLS}/al_sentence.html",
            css="wr",
        ),
        Column(
            "severity",
            gettext_lazy("Severity"),
            value=lambda row: row.get_severity_display(),
            sort=("severity_place", "-raised_at"),
            template=f"{CELLS}/al_severity.html",
        ),
        Column("period", gettext_lazy("Period"), value="period.label", sort="period__start"),
        Column("kind", gettext_lazy("Kind"), value=lambda row: row.get_kind_display(), sort="kind", default=False),
        Column("rule", gettext_lazy("Rule"), value="rule.name", sort="rule__name", default=False),
        Column("programme", gettext_lazy("Programme"), value="programme.name", sort="programme__name", default=False),
        Column("owner", gettext_lazy("Owner"), value="partner.owner", sort="partner__owner__full_name", phone="hide"),
        Column(
            "raised",
            gettext_lazy("Raised"),
            value="raised_at",
            sort="raised_at",
            descending_first=True,
        ),
        Column(
            "status",
            gettext_lazy("Status"),
            value=lambda row: row.get_status_display(),
            sort="status",
            template=f"{CELLS}/al_status.html",
        ),
        Column("note", gettext_lazy("Note"), value="note", default=False, phone="full"),
    )

    def rows(self) -> QuerySet:
        return alerts(portfolio_of(self.request.membership))


class AlertDetail(ServiceFormView):
    """What was found, where it comes from, and what to do with it."""

    permission = ALERT_VIEW
    write_permission = ALERT_SETTLE
    form_class = SettleForm
    template_name = "performance/alert_detail.html"
    read_anew = ("alert",)

    @cached_property
    def alert(self) -> Alert:
        rows = alerts(portfolio_of(self.request.membership))
        alert: Alert = get_or_404(rows, public_id=self.kwargs["alert"])
        return alert

    @property
    def decision(self) -> str:
        """Which button was pressed."""
        return self.request.POST.get("decision", "")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "decision": self.decision}

    def call(self, form: Any) -> list[Alert]:
        note = form.cleaned_data["note"]
        if self.decision == "resolve":
            return resolve_alerts(alerts=[self.alert], actor=self.actor, note=note)
        return snooze_alerts(alerts=[self.alert], actor=self.actor, until=form.wakes_on, note=note)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        alert = self.alert
        card = None
        if alert.period_id and alert.programme_id:
            card = Scorecard.objects.filter(
                partner=alert.partner_id, period=alert.period_id, programme=alert.programme_id
            ).first()
        history = AuditEntry.objects.filter(target_type="performance.alert", target_id=alert.pk).order_by("-pk")
        context = {"alert": alert, "card": card, "others": self._others(), "history": history[:20]}
        return super().get_context_data(**{**kwargs, **context, "receipt_url": self._receipt_url() if card else ""})

    def _receipt_url(self) -> str:
        """The receipt of the card, at the line that caused the alert."""
        alert = self.alert
        assert alert.programme is not None, "There is a card."
        assert alert.period is not None, "There is a card."
        address = self.address(
            "receipt", programme=alert.programme.key, period=alert.period.label, partner=alert.partner.public_id
        )
        return f"{address}#why-{alert.kpi_id}" if alert.kpi_id else address

    def _others(self) -> list[Alert]:
        others = alerts().filter(partner=self.alert.partner_id, status=AlertStatus.OPEN).exclude(pk=self.alert.pk)
        return list(others.order_by("severity_place", "-raised_at")[:5])

    @property
    def success_message(self) -> str:
        return done_sentence(self.result)

    def get_success_url(self) -> str:
        return self.address("alert_detail", alert=self.kwargs["alert"])


def done_sentence(rows: list[Alert]) -> str:
    """What was done with alerts, in words."""
    count = len(rows)
    if rows and rows[0].status == AlertStatus.SNOOZED:
        return ngettext("%(count)d alert is snoozed.", "%(count)d alerts are snoozed.", count) % {"count": count}
    return ngettext("%(count)d alert is resolved.", "%(count)d alerts are resolved.", count) % {"count": count}


class AlertReopen(ServiceButton, TenantView):
    """Wake a snoozed alert or open a resolved one again."""

    permission = ALERT_SETTLE
    http_method_names = ("post",)
    alert: Alert

    def load(self, *, alert: Any, **_kwargs: Any) -> None:
        self.alert = get_or_404(alerts(portfolio_of(self.request.membership)), public_id=alert)

    def perform(self) -> str:
        with transaction.atomic():
            reopen_alert(alert=self.alert, actor=self.actor)
        return _("The alert is open again.")

    def back(self) -> str:
        kwargs = {"tenant": self.request.tenant.slug, "alert": self.alert.public_id}
        return reverse("performance:alert_detail", kwargs=kwargs)


class AlertSettle(ListDecision, AlertList):
    """One decision about the alerts selected in the list."""

    permission = ALERT_SETTLE
    key = ""
    list_name = "performance:alert_list"
    title = gettext_lazy("Snooze or resolve alerts")
    template_name = "performance/alert_settle.html"
    form_class = SettleForm
    nothing_selected = gettext_lazy("Select alerts that are not resolved yet.")

    def chosen(self) -> QuerySet:
        return self.selection().exclude(status=AlertStatus.RESOLVED).order_by("severity_place", "-raised_at", "pk")

    def decide(self, rows: list[Alert], form: SettleForm) -> list[Alert]:
        note = form.cleaned_data["note"]
        if form.decision == "resolve":
            return resolve_alerts(alerts=rows, actor=self.actor, note=note)
        return snooze_alerts(alerts=rows, actor=self.actor, until=form.wakes_on, note=note)

    def said(self, done: list[Alert]) -> str:
        return done_sentence(done)
