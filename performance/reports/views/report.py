"""One report: its filters, what it shows for them, its files; and saving it under a name."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import FileResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from performance.reports.catalogue import Report
from performance.reports.choices import FileFormat
from performance.reports.columns import ReportColumn
from performance.reports.files.making import make_file
from performance.reports.forms.filters import FilterForm
from performance.reports.forms.saved import SaveForm
from performance.reports.models import SavedReport
from performance.reports.permissions import REPORT_VIEW
from performance.reports.queries import saved_reports, schedules_of_report
from performance.reports.question import Question
from performance.reports.services.checking import check_format
from performance.reports.services.producing import AT_ONCE, ask_for_file
from performance.reports.services.saved import delete_saved_report, save_report
from performance.reports.views.base import ReportView
from performance.views.base import Page, ServiceFormView, get_or_404
from prm.access.requests import TenantRequest
from prm.errors import DomainError, InvalidInput
from prm.ui.lists.page import Cell
from prm.ui.markup import fill
from prm.ui.steps import ConfirmedStep, refuse

PREVIEW_ROWS = 50


class _OfReport(ReportView):
    permission = REPORT_VIEW

    @cached_property
    def report(self) -> Report:
        return self.report_or_404(self.kwargs["report"])

    @cached_property
    def filter_form(self) -> FilterForm:
        form = FilterForm(self.request.GET, report=self.report, reader=self.reader)
        form.is_valid()
        return form

    def question(self) -> Question:
        """The question of the address.

        Raises:
            InvalidInput: a filter names something that does not exist.
        """
        for name, errors in self.filter_form.errors.items():
            raise InvalidInput(errors[0], field=name)
        return self.ask(self.filter_form.values)

    @property
    def query(self) -> str:
        """The filters, for addresses that keep them."""
        return urlencode(self.filter_form.values)

    @property
    def back_url(self) -> str:
        """The report's page with the same filters."""
        return f"{self.address('report', report=self.report.key)}?{self.query}"


class ReportPage(Page, _OfReport):
    """Filters, the chart with its table, the first rows, and the way to files, saving and schedules."""

    template_name = "reports/report.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            question = self.question()
        except DomainError as refusal:
            if not self.filter_form.errors:
                refuse(self.filter_form, refusal)
            question = self.ask({})
        return self.render_to_response(
            self.get_context_data(question=question), status=422 if self.filter_form.errors else 200
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        question: Question = kwargs["question"]
        report = self.report
        columns = [column for column in report.columns_for(question) if column.on_screen]
        if report.pack is not None:
            columns.append(self._pack_column())
        is_wrong = bool(self.filter_form.errors)  # other rows than those asked for would be taken for them
        shown = [] if is_wrong else list(report.rows(question, PREVIEW_ROWS))
        count = len(shown) if len(shown) < PREVIEW_ROWS else report.count(question)
        context = Context()
        rows = [
            [Cell(column, column.opening, row, column.value_of(row)).html(context) for column in columns]
            for row in shown
        ]
        saved = self._saved()
        return super().get_context_data(
            report=report,
            form=self.filter_form,
            columns=columns,
            rows=rows,
            count=count,
            preview=PREVIEW_ROWS,
            is_long=count > AT_ONCE,
            chart=report.chart(question) if report.chart and count else None,
            story=report.story(question) if report.story and count else [],
            run_id=question.run_id,
            needs_partner=report.pack is not None and question.partner is None,
            saved=saved,
            save_form=SaveForm(initial={"name": saved.name, "is_shared": saved.is_shared} if saved else {}),
            schedules=schedules_of_report(report.key) if self.request.can["report_schedule"] else [],
            query=self.query,
            words=question.words(report.filters),
            **kwargs,
        )

    def _pack_column(self) -> ReportColumn:
        """The way to each partner's own PDF, which is on the page alone."""
        address = self.address("report_file", report=self.report.key, file_kind="pdf")
        asked = {name: value for name, value in self.filter_form.cleaned_data.items() if value and name != "partner"}

        def draw(row: Any, _value: Any) -> SafeString:
            url = f"{address}?{urlencode({**asked, 'partner': row.partner.external_id})}"
            words = '<a class="btn sm" href="{}" download>PDF<span class="sr">: {}</span></a>'
            return fill(words, url, row.partner.name)

        return ReportColumn("pack", _("Pack"), value="pk", draw=draw, phone="full")

    def _saved(self) -> SavedReport | None:
        number = self.request.GET.get("saved", "")
        mine = saved_reports(self.request.user.pk, self.reader.permissions).filter(report=self.report.key)
        return next((row for row in mine if str(row.public_id) == number), None) if number else None


class ReportFile(_OfReport):
    """The report as a file: short ones at once, long ones as a job that ends at the file (POST)."""

    http_method_names = ("get", "post")

    def get(self, request: HttpRequest, *, file_kind: str, **_kwargs: Any) -> HttpResponseBase:
        try:
            question = self.question()
            check_format(file_kind)
            if self.report.count(question) > AT_ONCE and file_kind != FileFormat.PDF:
                messages.info(request, _("This is a long report. Press the button again to have it produced for you."))
                return redirect(self.back_url)
            made = make_file(self.report, question, file_kind, made_at=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
            return redirect(self.back_url)
        if made is None:
            messages.error(request, _("This partner has no scorecard in the period."))
            return redirect(self.back_url)
        response = FileResponse(made.content, as_attachment=True, filename=made.name, content_type=made.content_type)
        response["Cache-Control"] = "private, no-store"
        return response

    def post(self, request: HttpRequest, *, file_kind: str, **_kwargs: Any) -> HttpResponse:
        try:
            self.question()  # a wrong filter is refused, not left out
            job = ask_for_file(
                actor=self.actor,
                membership=self.request.membership,
                report=self.report.key,
                filters=self.filter_form.values,
                kind=file_kind,
            )
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
            return redirect(self.back_url)
        job.refresh_from_db(fields=["public_id"])
        return redirect(self.address("export_job", job=job.public_id))


class SavedReportCreate(_OfReport, ServiceFormView):
    """Keeps the report of the address under a name. What the person could not read is named on the report's page."""

    form_class = SaveForm
    template_name = "reports/saved_form.html"
    request: TenantRequest

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._unless_wrong() or super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._unless_wrong() or super().post(request, *args, **kwargs)

    def _unless_wrong(self) -> HttpResponse | None:
        try:
            self.question()
        except DomainError as refusal:
            messages.error(self.request, str(refusal.message))
            return redirect(self.back_url)
        return None

    def call(self, form: Any) -> SavedReport:
        return save_report(
            actor=self.actor,
            report=self.report.key,
            filters=self.filter_form.values,
            name=form.cleaned_data["name"],
            is_shared=form.cleaned_data["is_shared"],
        )

    def get_success_url(self) -> str:
        self.result.refresh_from_db(fields=["public_id"])
        messages.success(self.request, _("Saved. You find it in the catalogue."))
        query = urlencode({**self.filter_form.values, "saved": str(self.result.public_id)})
        return f"{self.address('report', report=self.report.key)}?{query}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = self.question().words(self.report.filters)
        return super().get_context_data(report=self.report, back_url=self.back_url, words=words, **kwargs)


class SavedReportUpdate(ServiceFormView, ReportView):
    """Another name, other filters, or shared or not: of a saved report of one's own."""

    permission = REPORT_VIEW
    form_class = SaveForm
    template_name = "reports/saved_form.html"
    request: TenantRequest

    @cached_property
    def saved(self) -> SavedReport:
        row: SavedReport = get_or_404(
            SavedReport.objects.filter(owner_id=self.request.user.pk), public_id=self.kwargs["saved"]
        )
        return row

    @cached_property
    def report(self) -> Report:
        return self.report_or_404(self.saved.report)

    @cached_property
    def filter_form(self) -> FilterForm:
        """What it asks: as the address has it where one comes from its page, else as it was kept."""
        given = self.request.POST if self.request.method == "POST" else self.request.GET or self.saved.filters
        form = FilterForm(given, report=self.report, reader=self.reader)
        form.is_valid()
        return form

    def get_initial(self) -> dict[str, Any]:
        return {"name": self.saved.name, "is_shared": self.saved.is_shared}

    def call(self, form: Any) -> SavedReport:
        for name, errors in self.filter_form.errors.items():
            raise InvalidInput(errors[0], field=name)
        return save_report(
            actor=self.actor,
            report=self.report.key,
            filters=self.filter_form.values,
            name=form.cleaned_data["name"],
            is_shared=form.cleaned_data["is_shared"],
            saved=self.saved,
        )

    def _page(self) -> str:
        query = urlencode({**self.result.filters, "saved": str(self.saved.public_id)})
        return f"{reverse('reports:report', args=[self.kwargs['tenant'], self.report.key])}?{query}"

    def get_success_url(self) -> str:
        messages.success(self.request, _("The saved report is changed."))
        return self._page()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.result = self.saved
        return super().get_context_data(
            report=self.report, saved=self.saved, filter_form=self.filter_form, back_url=self._page(), **kwargs
        )


class SavedReportDelete(ConfirmedStep, ReportView):
    """Forgets a saved report of one's own."""

    permission = REPORT_VIEW
    template_name = "reports/confirm.html"
    saved: SavedReport

    def load(self, *, saved: Any, **_kwargs: Any) -> None:
        self.saved = get_or_404(SavedReport.objects.filter(owner_id=self.request.user.pk), public_id=saved)
        self.title = _("Delete “%(name)s”") % {"name": self.saved.name}
        self.text = _("The saved report is forgotten. Schedules and files that were made stay.")
        self.button = _("Delete")

    def perform(self) -> str:
        delete_saved_report(actor=self.actor, saved=self.saved)
        return _("The saved report is deleted.")

    def back(self) -> str:
        return reverse("reports:report_list", kwargs={"tenant": self.request.tenant.slug})
