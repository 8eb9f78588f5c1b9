"""Serious breaches: the list, reporting one, its page with the decision, and its evidence."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from partners.models import Partner
from performance.plans import cells
from performance.plans.breach_filters import BreachFilter
from performance.plans.choices import BREACH_APPROVERS, BreachStatus
from performance.plans.forms.breach import BreachForm, BreachReasonForm
from performance.plans.models import Breach
from performance.plans.permissions import BREACH_DECIDE, BREACH_REPORT, BREACH_VIEW
from performance.plans.queries.breaches import breaches, one_breach, plans_concerned
from performance.plans.services.breach_news import deciders
from performance.plans.services.breaches import approve_breach, refuse_breach, report_breach, withdraw_breach
from performance.plans.views.base import url_of
from performance.plans.words.breaches import ACTIONS, agreed_words, notice_of, plan_effect, tone_of_breach
from performance.plans.words.plans import tone_of
from performance.views.base import Page, ServiceFormView, StepForm, get_or_404
from prm.access.portfolio import portfolio_of
from prm.access.requests import TenantRequest
from prm.access.views import TenantView
from prm.audit.models import AuditEntry
from prm.files.documents import download
from prm.ui.lists import Column, ListPage, ReadyView
from prm.ui.steps import ConfirmedStep

HISTORY_SHOWN = 20
ENDED = "status=refused&status=withdrawn&status=lifted&status=ended"


class BreachList(ListPage, TenantView):
    """Every report, the newest first."""

    permission = BREACH_VIEW
    key = "breaches"
    title = gettext_lazy("Serious breaches")
    template_name = "plans/breach_list.html"
    filterset_class = BreachFilter
    default_sort = "-reported"
    search_fields = ("partner__name", "partner__external_id", "reported_by")
    search_placeholder = gettext_lazy("Partner, number or reporter")
    counted = ngettext_lazy("%(count)s serious breach", "%(count)s serious breaches", "count")
    empty_title = gettext_lazy("No serious breach was reported")
    empty_text = gettext_lazy(
        "Fraud or a breach of contract needs no failed plan first. Somebody reports it, two other people agree, and "
        "the partner is suspended."
    )
    empty_art = "done"
    ready_views = (
        ReadyView(gettext_lazy("Needs me"), "todo=yes"),
        ReadyView(gettext_lazy("Waiting"), "status=reported"),
        ReadyView(gettext_lazy("Suspended"), "status=suspended"),
        ReadyView(gettext_lazy("Ended"), ENDED),
    )
    columns = (
        Column(
            "partner",
            gettext_lazy("Partner"),
            value="partner.name",
            sort="partner__name",
            always=True,
            phone="head",
            draw=cells.breach,
        ),
        Column(
            "status",
            gettext_lazy("Status"),
            value="get_status_display",
            sort="status",
            phone="head",
            draw=cells.breach_status,
        ),
        Column("agreed", gettext_lazy("Agreed"), value=agreed_words, sort="agreed"),
        Column("happened", gettext_lazy("Happened on"), value="happened_on", sort="happened_on", phone="hide"),
        Column("programme", gettext_lazy("Programme"), value="programme.name", sort="programme__name", default=False),
        Column("reporter", gettext_lazy("Reported by"), value="reported_by", sort="reported_by"),
        Column("reported", gettext_lazy("Reported"), value="reported_at", sort="reported_at", descending_first=True),
        Column("since", gettext_lazy("Suspended since"), value="suspended_on", sort="suspended_on", phone="hide"),
    )

    def rows(self) -> QuerySet[Any]:
        return breaches(portfolio_of(self.request.membership))


class BreachReport(ServiceFormView):
    """Report a breach, of the partner in the address or of one that is named in the form."""

    permission = BREACH_REPORT
    form_class = BreachForm
    template_name = "plans/breach_form.html"
    success_message = gettext_lazy("It is reported. Two other people are asked to decide.")

    @cached_property
    def partner(self) -> Partner | None:
        """The partner of the address, where it is one within this person's reach."""
        rows = Partner.objects.filter(external_id=self.request.GET.get("partner", ""))
        portfolio = portfolio_of(self.request.membership)
        return (rows if portfolio is None else rows.filter(pk__in=portfolio)).first()

    def get_form_kwargs(self) -> dict[str, Any]:
        return {
            **super().get_form_kwargs(),
            "portfolio": portfolio_of(self.request.membership),
            "partner": self.partner,
        }

    def call(self, form: Any) -> Breach:
        return report_breach(actor=self.actor, **form.cleaned_data)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {"partner": self.partner, "back_url": url_of(self.request, "breach_list")}
        return super().get_context_data(**{**context, **kwargs})

    def get_success_url(self) -> str:
        return url_of(self.request, "breach_detail", breach=self.result.public_id)


def breach_in_reach(request: TenantRequest, public_id: Any) -> Breach:
    """The report of the address, or 404 when it is about none of this person's partners."""
    try:
        return one_breach(public_id, portfolio_of(request.membership))
    except Breach.DoesNotExist:
        raise Http404 from None


class BreachDetail(Page):
    """What was reported, who has agreed, what follows, and what this person may do about it."""

    permission = BREACH_VIEW
    template_name = "plans/breach_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        breach = breach_in_reach(self.request, self.kwargs["breach"])
        me = self.request.user.pk
        given = {row.user_id for row in breach.approvals.all()}
        is_reporter = breach.reporter_id == me
        others = [person for person in deciders(breach) if person.user_id not in given] if _waits(breach) else []
        history = list(AuditEntry.objects.filter(target_type="plans.breach", target_id=breach.pk).order_by("-pk"))
        for entry in history[:HISTORY_SHOWN]:
            entry.words = ACTIONS.get(entry.action, entry.action)
        may_decide = _waits(breach) and BREACH_DECIDE in self.request.can and not is_reporter
        context = {
            "breach": breach,
            "tone": tone_of_breach(breach.status),
            "notice": notice_of(breach, is_reporter=is_reporter, others=len(others)),
            "missing": range(BREACH_APPROVERS - len(given)) if _waits(breach) else (),
            "plans": _plans(breach),
            "history": history[:HISTORY_SHOWN],
            "may_approve": may_decide and me not in given,
            "may_refuse": may_decide,
            "may_withdraw": _waits(breach) and is_reporter and BREACH_REPORT in self.request.can,
        }
        return super().get_context_data(**{**kwargs, **context})


def _waits(breach: Breach) -> bool:
    return breach.status == BreachStatus.REPORTED


def _plans(breach: Breach) -> list[Any]:
    """The open plans that stand still, with what happens to each; none once the report has ended otherwise."""
    if breach.status not in (BreachStatus.REPORTED, BreachStatus.SUSPENDED):
        return []
    found: list[Any] = list(plans_concerned(breach).order_by("-created_at", "-pk"))
    for plan in found:
        plan.tone, plan.effect = tone_of(plan.status), plan_effect(breach, plan)
    return found


class _OfBreach:
    """What the steps of one report share."""

    request: Any
    kwargs: Any

    @cached_property
    def breach(self) -> Breach:
        """The report of the address."""
        return breach_in_reach(self.request, self.kwargs["breach"])

    def page(self) -> str:
        """Its page."""
        return url_of(self.request, "breach_detail", breach=self.kwargs["breach"])


class BreachApprove(_OfBreach, ConfirmedStep, TenantView):
    """Agree to the suspension, after reading once more what follows."""

    permission = BREACH_DECIDE
    template_name = "plans/breach_approve.html"

    def load(self, **_kwargs: Any) -> None:
        """The report is fetched when it is asked for."""
        self.is_last = self.breach.status == BreachStatus.REPORTED and len(self.breach.approvals.all()) > 0

    def perform(self) -> str:
        done = approve_breach(breach=self.breach, actor=self.actor)
        if done.status == BreachStatus.SUSPENDED:
            return _("%(partner)s is suspended. Everybody concerned is told.") % {"partner": done.partner}
        return _("Your agreement is kept. Another person has to agree.")

    def show(self) -> HttpResponse:
        if self.breach.status != BreachStatus.REPORTED:
            return redirect(self.page())
        return super().show()

    def context(self) -> dict[str, Any]:
        return {
            **super().context(),
            "breach": self.breach,
            "plans": _plans(self.breach),
            "is_last": self.is_last,
        }

    def back(self) -> str:
        return self.page()


class _BreachForm(_OfBreach, StepForm, ServiceFormView):
    """A reason, and the report ends with it."""

    form_class = BreachReasonForm
    template_name = "plans/breach_step.html"
    read_anew = ("breach",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"breach": self.breach, "back_url": self.page(), **kwargs})

    def get_success_url(self) -> str:
        return self.page()


class BreachRefuse(_BreachForm):
    """End a report without a suspension."""

    permission = BREACH_DECIDE
    title = gettext_lazy("Refuse the report")
    text = gettext_lazy("The partner is not suspended and never hears of it. The reporter reads the reason.")
    submit = gettext_lazy("Refuse")
    success_message = gettext_lazy("The report is refused.")

    def call(self, form: Any) -> Breach:
        return refuse_breach(breach=self.breach, actor=self.actor, reason=form.cleaned_data["reason"])


class BreachWithdraw(_BreachForm):
    """Take one's own report back."""

    permission = BREACH_REPORT
    title = gettext_lazy("Withdraw the report")
    text = gettext_lazy("Nothing happens to the partner, and nobody has to decide any more.")
    submit = gettext_lazy("Withdraw")
    success_message = gettext_lazy("The report is withdrawn.")

    def call(self, form: Any) -> Breach:
        return withdraw_breach(breach=self.breach, actor=self.actor, reason=form.cleaned_data["reason"])


class BreachFileDownload(TenantView):
    """Send a file of the evidence; never shown in the page, always as a download."""

    permission = BREACH_VIEW
    request: TenantRequest

    def get(self, request: HttpRequest, **_kwargs: Any) -> FileResponse:
        breach = breach_in_reach(self.request, self.kwargs["breach"])
        row = get_or_404(breach.files.select_related("file"), file__public_id=self.kwargs["file"])
        return download(row.file)
