"""Schedules: the list, writing one, what it sent, pausing, ending, sending at once."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from performance.reports.catalogue import Report, get_report
from performance.reports.choices import ScheduleStatus
from performance.reports.forms.filters import FilterForm
from performance.reports.forms.saved import ScheduleForm
from performance.reports.models import Dispatch, Schedule
from performance.reports.permissions import REPORT_SCHEDULE
from performance.reports.queries import deliveries_of, dispatches, schedules, title_of
from performance.reports.services.schedules import move_schedule, save_schedule, send_now, try_again
from performance.reports.views.base import ReportView
from performance.reports.words import (
    DISPATCH_TONES,
    SCHEDULE_TONES,
    next_words,
    recipients_words,
    rhythm_words,
)
from performance.views.base import Page, ServiceFormView, get_or_404
from prm.errors import DomainError, InvalidInput
from prm.ui.steps import ConfirmedStep, ServiceButton, refuse

PAGE = 50
SENDINGS = 25


def described(row: Any) -> Any:
    """The schedule with its words, for templates."""
    row.title, row.rhythm_words, row.next_words = title_of(row.report), rhythm_words(row), next_words(row)
    row.recipients_words, row.tone = recipients_words(row), SCHEDULE_TONES[ScheduleStatus(row.status)]
    return row


class ScheduleList(Page, ReportView):
    """Every schedule with when it is due next and how it went last."""

    permission = REPORT_SCHEDULE
    template_name = "reports/schedule_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = [described(row) for row in schedules()]
        for row in rows:
            row.last_tone = DISPATCH_TONES.get(row.last_status, "") if row.last_status else ""
            row.last_words = dict(Dispatch._meta.get_field("status").flatchoices).get(row.last_status, "")
        return super().get_context_data(
            schedules=rows, active=sum(row.status == ScheduleStatus.ACTIVE for row in rows), **kwargs
        )


class _OfSchedule(ReportView):
    permission = REPORT_SCHEDULE

    @cached_property
    def schedule(self) -> Any:
        return get_or_404(schedules(), public_id=self.kwargs["schedule"])


class SchedulePage(Page, _OfSchedule):
    """One schedule: what, when, to whom, and every sending so far."""

    template_name = "reports/schedule_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = described(self.schedule)
        report = get_report(row.report)
        try:
            words = self.ask(row.filters).words(report.filters) if report else []
            problem = ""
        except DomainError as refusal:
            words, problem = [], str(refusal.message)
        page = Paginator(dispatches().filter(schedule=row), SENDINGS).get_page(self.request.GET.get("page"))
        for one in page:
            one.tone = DISPATCH_TONES[one.status]
        return super().get_context_data(
            schedule=row,
            words=words,
            problem=problem,
            page=page,
            people=[one.user for one in row.members.select_related("user")],
            query=urlencode(row.filters),
            **kwargs,
        )


class _ScheduleForm(ServiceFormView, ReportView):
    permission = REPORT_SCHEDULE
    form_class = ScheduleForm
    template_name = "reports/schedule_form.html"
    schedule: Any = None

    @cached_property
    def report(self) -> Report:
        return self.report_or_404(self.kwargs["report"] if self.schedule is None else self.schedule.report)

    @cached_property
    def filter_form(self) -> FilterForm:
        """What is sent, chosen on the same page: of the address for a new schedule, else what it keeps."""
        given: Any = self.request.POST if self.request.method == "POST" else self.request.GET
        if self.schedule is not None and self.request.method != "POST":
            given = self.schedule.filters
        return FilterForm(given, report=self.report, reader=self.reader)

    @property
    def filters(self) -> dict[str, str]:
        """The choice, where it can be read."""
        return self.filter_form.values if self.filter_form.is_valid() else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "report": self.report}

    def call(self, form: Any) -> Schedule:
        for name, errors in self.filter_form.errors.items():
            raise InvalidInput(errors[0], field=name)
        return save_schedule(
            actor=self.actor,
            schedule=self.schedule,
            version=form.cleaned_data["version"],
            report=self.report.key,
            filters=self.filters,
            members=form.member_ids,
            **form.values,
        )

    def refused(self, form: Any, refusal: DomainError) -> None:
        if refusal.field in self.filter_form.fields:
            if not self.filter_form.errors.get(refusal.field):
                refuse(self.filter_form, refusal)
            form.add_error(None, str(refusal.message))
        else:
            refuse(form, refusal)

    def get_success_url(self) -> str:
        self.result.refresh_from_db(fields=["public_id"])
        messages.success(self.request, _("The schedule is saved."))
        return reverse("reports:schedule", args=[self.kwargs["tenant"], self.result.public_id])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tenant = self.kwargs["tenant"]
        report_url = f"{reverse('reports:report', args=[tenant, self.report.key])}?{urlencode(self.filters)}"
        back = reverse("reports:schedule", args=[tenant, self.schedule.public_id]) if self.schedule else report_url
        return super().get_context_data(
            report=self.report,
            schedule=self.schedule,
            filter_form=self.filter_form,
            back_url=back,
            report_url=report_url,
            **kwargs,
        )


class ScheduleCreate(_ScheduleForm):
    """Sends the report of the address on a rhythm."""

    def get_initial(self) -> dict[str, Any]:
        return {
            "name": str(self.report.title),
            "format": self.report.formats[0].value,
            "members": [str(self.request.user.pk)],
        }


class ScheduleUpdate(_ScheduleForm):
    """Changes a schedule."""

    @cached_property
    def schedule(self) -> Any:
        return get_or_404(schedules().exclude(status=ScheduleStatus.ENDED), public_id=self.kwargs["schedule"])

    def get_initial(self) -> dict[str, Any]:
        return ScheduleForm.initial_of(self.schedule)


class _ScheduleButton(ServiceButton, _OfSchedule):
    http_method_names = ("post",)

    def load(self, **_kwargs: Any) -> None:
        self.schedule  # noqa: B018  (404 before anything is done)

    def back(self) -> str:
        return self.address("schedule", schedule=self.kwargs["schedule"])


class ScheduleSend(_ScheduleButton):
    """Sends it at once, besides its rhythm."""

    dispatch_row: Dispatch

    def perform(self) -> str:
        self.dispatch_row = send_now(actor=self.actor, schedule=self.schedule)
        return ""

    def onward(self) -> str:
        self.dispatch_row.refresh_from_db(fields=["public_id"])
        return self.address("dispatch", dispatch=self.dispatch_row.public_id)


class ScheduleSwitch(_ScheduleButton):
    """Pauses it, or lets it go on."""

    def perform(self) -> str:
        if self.schedule.status == ScheduleStatus.ACTIVE:
            move_schedule(actor=self.actor, schedule=self.schedule, target=ScheduleStatus.PAUSED)
            return _("The schedule pauses.")
        move_schedule(actor=self.actor, schedule=self.schedule, target=ScheduleStatus.ACTIVE)
        return _("The schedule goes on.")


class ScheduleEnd(ConfirmedStep, _OfSchedule):
    """Ends it for good; its history stays."""

    template_name = "reports/confirm.html"

    def load(self, **_kwargs: Any) -> None:
        self.title = _("End “%(name)s”") % {"name": self.schedule.name}
        self.text = _("Nothing is sent any more. What was sent stays in the history.")
        self.button = _("End the schedule")

    def perform(self) -> str:
        move_schedule(actor=self.actor, schedule=self.schedule, target=ScheduleStatus.ENDED)
        return _("The schedule has ended.")

    def back(self) -> str:
        return self.address("schedule", schedule=self.kwargs["schedule"])


class _OfDispatch(ReportView):
    permission = REPORT_SCHEDULE

    @cached_property
    def row(self) -> Any:
        row = get_or_404(dispatches(), public_id=self.kwargs["dispatch"])
        row.tone = DISPATCH_TONES[row.status]
        row.served = row.sent + row.withheld + row.failed
        row.percent = row.served * 100 // row.planned if row.planned else None
        row.is_under_way = row.status in ("waiting", "running")
        return row


class DispatchPage(Page, _OfDispatch):
    """One sending: how far it is, who got what, and why somebody did not."""

    template_name = "reports/dispatch_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.row.deliveries.select_related("user", "partner", "produced").order_by("-tries", "status", "pk")
        page = Paginator(rows, PAGE).get_page(self.request.GET.get("page"))
        served = deliveries_of(self.row, list(page))
        return super().get_context_data(dispatch=self.row, page=page, deliveries=served, **kwargs)


class DispatchProgress(Page, _OfDispatch):
    """The part that asks for itself again while the sending is under way."""

    template_name = "reports/_dispatch_progress.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(dispatch=self.row, **kwargs)


class DispatchRetry(ServiceButton, _OfDispatch):
    """Tries the failed deliveries again."""

    http_method_names = ("post",)

    def perform(self) -> str:
        try_again(actor=self.actor, dispatch=self.row)
        return _("The failed deliveries are tried again.")

    def back(self) -> str:
        return reverse("reports:dispatch", args=[self.request.tenant.slug, self.kwargs["dispatch"]])
