"""The KPI library."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from performance.forms.kpi import KPIForm
from performance.models import KPI
from performance.permissions import KPI_EDIT, KPI_VIEW
from performance.queries import library
from performance.queries.sources import sources_of_kpi
from performance.screens.kpi import benchmark_rows, build_kpi
from performance.screens.tester import try_out
from performance.services.kpis import create_kpi, update_kpi
from performance.views.base import Page, ServiceFormView, get_or_404, selection_of
from prm.errors import DomainError


class KPIDetail(Page):
    """One KPI: its definition, its spread, its benchmarks, where it counts."""

    permission = KPI_VIEW
    template_name = "performance/kpi_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kpi = get_or_404(library.kpis(), public_id=self.kwargs["kpi"])
        today = timezone.localdate()
        selection = selection_of(self.request)
        return super().get_context_data(
            **{
                **kwargs,
                "kpi": kpi,
                "selection": selection,
                "page": build_kpi(kpi, selection.cards, selection.period, library.weights_now(today).get(kpi.pk, [])),
                "tester": try_out(self.request, kpi, selection),
                "sources": sources_of_kpi(kpi.pk),
                "used_by": library.used_by(kpi),
                "how": library.how_it_is_computed(kpi),
                "better": library.what_is_better(kpi),
                "range": library.allowed_range(kpi),
                "benchmarks": benchmark_rows(list(library.benchmarks().filter(kpi=kpi)), today),
            }
        )


def at_first_input(refusal: DomainError) -> DomainError:
    """A refusal of the inputs as a whole stands at the first of the two choices."""
    if refusal.field == "inputs":
        refusal.field = "first"
    return refusal


class KPICreate(ServiceFormView):
    """Define a KPI."""

    permission = KPI_EDIT
    form_class = KPIForm
    template_name = "performance/kpi_form.html"
    success_message = _("The KPI is in the library. Set a benchmark so that it can be scored.")

    def get_initial(self) -> dict[str, Any]:
        return {"owner": self.request.user.pk}

    def call(self, form: forms.Form) -> KPI:
        assert isinstance(form, KPIForm)
        return create_kpi(actor=self.actor, **form.definition_fields)

    def refused(self, form: forms.Form, refusal: DomainError) -> None:
        super().refused(form, at_first_input(refusal))

    def get_success_url(self) -> str:
        return self.address("kpi_detail", kpi=self.result.public_id)


class KPIUpdate(ServiceFormView):
    """Change a KPI; what would give existing facts another meaning is refused by the service."""

    permission = KPI_EDIT
    form_class = KPIForm
    template_name = "performance/kpi_form.html"
    success_message = _("Your changes are saved.")

    @cached_property
    def kpi(self) -> KPI:
        return get_or_404(library.kpis(), public_id=self.kwargs["kpi"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": self.kpi}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        name = KPI.objects.values_list("name", flat=True).get(pk=self.kpi.pk)
        return super().get_context_data(kpi=self.kpi, kpi_name=name, **kwargs)

    def call(self, form: forms.Form) -> KPI:
        assert isinstance(form, KPIForm)
        changes = {name: value for name, value in form.definition_fields.items() if name != "code"}
        return update_kpi(kpi=self.kpi, actor=self.actor, **changes)

    def refused(self, form: forms.Form, refusal: DomainError) -> None:
        super().refused(form, at_first_input(refusal))

    def get_success_url(self) -> str:
        return self.address("kpi_detail", kpi=self.kpi.public_id)
