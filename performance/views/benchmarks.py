"""The versions of a benchmark; setting, ending and withdrawing them."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from performance.forms.benchmark import BenchmarkForm, EndBenchmarkForm, WithdrawBenchmarkForm
from performance.models import KPI, Benchmark
from performance.permissions import BENCHMARK_EDIT, KPI_VIEW
from performance.queries import library
from performance.queries.benchmark_versions import history_of
from performance.screens.kpi import benchmark_rows
from performance.services.benchmarks import BenchmarkSet, end_benchmark, set_benchmark, withdraw_benchmark
from performance.views.base import Page, ServiceFormView, get_or_404
from prm.errors import DomainError


class BenchmarkHistory(Page):
    """Every version of what is expected of a group, the one of the address marked."""

    permission = KPI_VIEW
    template_name = "performance/benchmark_history.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        benchmark = get_or_404(library.benchmarks(), public_id=self.kwargs["benchmark"])
        rows = benchmark_rows(list(history_of(benchmark)), timezone.localdate())
        return super().get_context_data(**{**kwargs, "benchmark": benchmark, "rows": rows})


class BenchmarkCreate(ServiceFormView):
    """Say what is expected from a day on. The former benchmark of the same group ends there."""

    permission = BENCHMARK_EDIT
    form_class = BenchmarkForm
    template_name = "performance/benchmark_form.html"

    def get_initial(self) -> dict[str, Any]:
        """Begin with the KPI of the address, or with the numbers of the benchmark to follow."""
        asked = self.request.GET
        former = library.benchmarks().filter(public_id=asked["from"]).first() if _is_uuid(asked.get("from")) else None
        if former is not None:
            groups = ("kpi", "period_kind", "scope", "tier", "region", "partner_type", "basis")
            values = {name: getattr(former, name) for name in groups}
            for name in ("floor", "target", "stretch", "ceiling"):
                number = getattr(former, name)
                values[name] = None if number is None else f"{number.normalize():f}"
            return {**values, "partner": former.partner.external_id if former.partner else ""}
        kpi = KPI.objects.filter(public_id=asked["kpi"]).first() if _is_uuid(asked.get("kpi")) else None
        return {"kpi": kpi, "period_kind": "quarter"}

    def call(self, form: forms.Form) -> BenchmarkSet:
        data = form.cleaned_data
        names = (
            "kpi",
            "period_kind",
            "valid_from",
            "valid_to",
            "floor",
            "target",
            "stretch",
            "ceiling",
            "basis",
            "note",
        )
        groups = ("tier", "region", "partner_type", "partner")
        return set_benchmark(actor=self.actor, **{name: data[name] for name in (*names, *groups)})

    def refused(self, form: forms.Form, refusal: DomainError) -> None:
        """The form asks for the last day where the service speaks of the day after it."""
        field = "last_day" if refusal.field == "valid_to" else refusal.field
        form.add_error(field if field in form.fields else None, str(refusal.message))

    @property
    def success_message(self) -> Any:
        return {
            "created": _("The benchmark is set. Scores of open periods follow in a moment."),
            "updated": _("The benchmark is set and the former one ends. Scores of open periods follow in a moment."),
            "unchanged": _("This benchmark is already in force. Nothing changed."),
        }[self.result.outcome]

    def get_success_url(self) -> str:
        return f"{self.address('kpi_detail', kpi=self.result.benchmark.kpi.public_id)}#benchmarks"


class BenchmarkChange(ServiceFormView):
    """Ending and withdrawing: one benchmark, one question."""

    permission = BENCHMARK_EDIT
    template_name = "performance/benchmark_change.html"
    change = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(benchmark=self.benchmark, change=self.change, **kwargs)

    @property
    def benchmark(self) -> Benchmark:
        if not hasattr(self, "_benchmark"):
            self._benchmark = get_or_404(library.benchmarks(), public_id=self.kwargs["benchmark"])
        return self._benchmark

    def get_success_url(self) -> str:
        return f"{self.address('kpi_detail', kpi=self.benchmark.kpi.public_id)}#benchmarks"


class BenchmarkEnd(BenchmarkChange):
    """Let a benchmark end on a day, inclusive."""

    form_class = EndBenchmarkForm
    change = "end"
    success_message = _("The benchmark ends on that day.")

    def get_initial(self) -> dict[str, Any]:
        return {"last_day": timezone.localdate()}

    def call(self, form: forms.Form) -> Benchmark:
        return end_benchmark(benchmark=self.benchmark, actor=self.actor, last_day=form.cleaned_data["last_day"])


class BenchmarkWithdraw(BenchmarkChange):
    """Take a mistaken benchmark out of scoring."""

    form_class = WithdrawBenchmarkForm
    change = "withdraw"
    success_message = _("The benchmark is withdrawn. It stays on record but scores nothing in open periods.")

    def call(self, form: forms.Form) -> Benchmark:
        return withdraw_benchmark(benchmark=self.benchmark, actor=self.actor, reason=form.cleaned_data["reason"])


def _is_uuid(text: str | None) -> bool:
    try:
        UUID(text or "")
    except ValueError:
        return False
    return True
