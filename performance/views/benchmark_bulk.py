"""Many benchmarks at once: what would change, row by row, then all of it or nothing."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.models import Partner
from partners.views.partner_list import PartnerListView
from performance.choices import BenchmarkScope
from performance.forms.benchmark_bulk import BenchmarkBulkForm, BenchmarkCopyForm
from performance.permissions import BENCHMARK_EDIT
from performance.queries import library
from performance.services.benchmark_bulk import (
    MOST_AT_ONCE,
    Group,
    Plan,
    Wanted,
    carried_over,
    plan_benchmarks,
    set_benchmarks,
)
from performance.views.lists import BenchmarkList
from prm.errors import DomainError
from prm.periods import FiscalCalendar, PeriodKind
from prm.ui.lists import ListPage, ListStep

ROWS_SHOWN = 200
NAMES_SHOWN = 8


class BulkPage(ListStep, ListPage):
    """One form, posted three times: with a list's selection, to see what would change, and to write it."""

    title: Any
    template_name = "performance/benchmark_bulk.html"
    nothing_selected: Any = ""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        return self.show(self.form(None))

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        if self.has_selection and not self.selected:
            messages.error(request, self.nothing_selected)
            return redirect(self.back())
        step = request.POST.get("do")
        form = self.form(request.POST if step else None)
        plan = self.plan(form) if step and form.is_valid() else None
        if step == "apply" and plan is not None and self.is_written(form):
            return redirect(self.back())
        return self.show(form, plan)

    def plan(self, form: Any) -> Plan | None:
        """What the form would do; None with an error on the form when it cannot be said."""
        try:
            return plan_benchmarks(self.wanted(form), **self.asked(form))
        except DomainError as refusal:
            self.refuse(form, refusal)
            return None

    def is_written(self, form: Any) -> bool:
        """Write what was looked at; a refusal stands on the form."""
        try:
            plan = set_benchmarks(
                self.wanted(form),
                **self.asked(form),
                seen=self.request.POST.get("seen", ""),
                leave_out_refused=form.cleaned_data["leave_out"],
            )
        except DomainError as refusal:
            self.refuse(form, refusal)
            return False
        messages.success(self.request, done_sentence(plan))
        return True

    def asked(self, form: Any) -> dict[str, Any]:
        """Dates, reason and person, as the service takes them."""
        names = ("valid_from", "valid_to", "note")
        return {"actor": self.actor, **{name: form.cleaned_data[name] for name in names}}

    @staticmethod
    def refuse(form: Any, refusal: DomainError) -> None:
        """Put a refusal where the person can mend it."""
        field = "last_day" if refusal.field == "valid_to" else refusal.field
        form.add_error(field if field in form.fields else None, str(refusal.message))

    def show(self, form: Any, plan: Plan | None = None) -> HttpResponse:
        """The form, and below it what would change."""
        posted = self.request.POST
        good = [row for row in plan.rows if not row.refusal] if plan else []
        context = {
            "form": form,
            "title": self.title,
            "plan": plan,
            "rows": good[:ROWS_SHOWN],
            "more": max(len(good) - ROWS_SHOWN, 0),
            "refused": plan.refused[:ROWS_SHOWN] if plan else [],
            "may_write": bool(plan and plan.to_write and (not plan.refused or form.cleaned_data["leave_out"])),
            "posted": posted,
            "posted_rows": posted.getlist("row"),
            "back_url": self.back(),
            "selected_words": self.selected_words() if self.has_selection else "",
        }
        return render(self.request, self.template_name, context, status=422 if form.errors else 200)

    def form(self, data: Any) -> Any:
        """The form, bound to what was posted."""
        raise NotImplementedError

    def wanted(self, form: Any) -> list[Wanted]:
        """The benchmarks that the form stands for."""
        raise NotImplementedError

    def selected_words(self) -> str:
        """Who or what was selected, for the head of the page."""
        raise NotImplementedError

    @property
    def has_selection(self) -> bool:
        """Whether a list sent its selection along."""
        return bool(self.request.POST.getlist("row") or self.request.POST.get("all"))

    @cached_property
    def selected(self) -> list[Any]:
        """The selected rows, one more than can be set at once so that too many are noticed."""
        return list(self.selection().order_by("pk")[: MOST_AT_ONCE + 1]) if self.has_selection else []


class BenchmarkBulkSet(BulkPage, PartnerListView):
    """Benchmarks for several KPIs: for everybody or groups, or for the partners selected in their list."""

    permission = BENCHMARK_EDIT
    key = ""
    template_name = "performance/benchmark_bulk.html"
    title = gettext_lazy("Set many benchmarks")
    nothing_selected = gettext_lazy("Select the partners to set benchmarks for.")

    @property
    def list_name(self) -> str:  # type: ignore[override]
        return "partners:partner_list" if self.has_selection else "performance:benchmark_list"

    def form(self, data: Any) -> BenchmarkBulkForm:
        return BenchmarkBulkForm(data, is_for_partners=self.has_selection)

    def wanted(self, form: BenchmarkBulkForm) -> list[Wanted]:
        if self.has_selection:
            groups = [Group(BenchmarkScope.PARTNER, partner) for partner in self.selected]
        else:
            groups = form.chosen_groups
        kind, numbers = form.cleaned_data["period_kind"], form.numbers
        factor = form.factor if numbers is None else None
        basis = form.chosen_basis
        return [
            Wanted(kpi, kind, group, numbers, factor, basis=basis)
            for kpi in form.cleaned_data["kpis"]
            for group in groups
        ]

    def selection(self) -> Any:
        """The partners, without what the list shows beside them."""
        return Partner.objects.filter(pk__in=super().selection().order_by().values("pk"))

    def selected_words(self) -> str:
        names = ", ".join(partner.name for partner in self.selected[:NAMES_SHOWN])
        more = len(self.selected) - NAMES_SHOWN
        if more <= 0:
            return names
        return _("%(names)s and %(count)s more") % {"names": names, "count": more}


class BenchmarkCopy(BulkPage, BenchmarkList):
    """The benchmarks of a period, or those selected in their list, carried forward with a change by percent."""

    permission = BENCHMARK_EDIT
    key = ""
    template_name = "performance/benchmark_bulk.html"
    title = gettext_lazy("Carry benchmarks forward")
    list_name = "performance:benchmark_list"
    nothing_selected = gettext_lazy("Select the benchmarks to carry forward.")

    @cached_property
    def calendar(self) -> FiscalCalendar:
        """The workspace's periods."""
        return FiscalCalendar(self.request.tenant.fiscal_year_start)

    def form(self, data: Any) -> BenchmarkCopyForm:
        kinds = [kind.value for kind in PeriodKind]
        if self.has_selection:
            chosen = {row.period_kind for row in self.selected}
            kinds = [kind for kind in kinds if kind in chosen]
        today = self.request.tenant.local_date(timezone.now())
        return BenchmarkCopyForm(data, calendar=self.calendar, today=today, kinds=kinds, is_chosen=self.has_selection)

    def wanted(self, form: BenchmarkCopyForm) -> list[Wanted]:
        aim = form.aimed
        if self.has_selection:
            rows = [row for row in self.selected if row.period_kind == aim.kind and row.withdrawn_at is None]
            return carried_over(rows, factor=form.factor)
        rows = library.held_in(form.periods[form.cleaned_data["source"]])
        chosen = [kpi.pk for kpi in form.cleaned_data["kpis"]]
        return carried_over(rows, factor=form.factor, kpi_ids=chosen or None)

    def selected_words(self) -> str:
        count = len(self.selected)
        return ngettext("%(count)d benchmark selected", "%(count)d benchmarks selected", count) % {"count": count}


def done_sentence(plan: Plan) -> str:
    """What was done, in words."""
    written = len(plan.to_write)
    words = [
        ngettext(
            "%(count)d benchmark is set. Scores of open periods follow in a moment.",
            "%(count)d benchmarks are set. Scores of open periods follow in a moment.",
            written,
        )
        % {"count": written}
    ]
    if plan.refused:
        words.append(
            ngettext("%(count)d row was left out.", "%(count)d rows were left out.", len(plan.refused))
            % {"count": len(plan.refused)}
        )
    return " ".join(words)
