"""Looking measurements up, typing one in, correcting a typed one."""

from typing import Any

from django import forms
from django.http import FileResponse, Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from performance.forms.measurement import MeasurementForm
from performance.models import Measurement
from performance.permissions import MEASUREMENT_ENTER, MEASUREMENT_VIEW
from performance.queries.measurements import evidence_of, import_files, measurements, versions_of
from performance.queries.reference import sources_by_code
from performance.rules.sources import MANUAL_SOURCE
from performance.services.manual import correct_measurement, enter_measurement
from performance.views.base import Page, ServiceFormView, get_or_404
from prm.access.portfolio import portfolio_of
from prm.access.requests import TenantRequest
from prm.access.views import TenantView
from prm.files.documents import download


class MeasurementDetail(Page):
    """One measurement with everything it ever said."""

    permission = MEASUREMENT_VIEW
    template_name = "performance/measurement_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = measurements(portfolio_of(self.request.membership))
        measurement = get_or_404(rows, pk=self.kwargs["measurement"])
        versions = versions_of(measurement)
        return super().get_context_data(
            measurement=measurement,
            versions=versions,
            files=import_files(version.row.batch_id for version in versions),
            source=sources_by_code().get(measurement.source),
            **kwargs,
        )


class MeasurementEvidenceFile(TenantView):
    """Send a file that was given with a measurement within reach; never shown in the page, always as a download."""

    permission = MEASUREMENT_VIEW
    request: TenantRequest

    def get(self, request: TenantRequest, **_kwargs: Any) -> FileResponse:
        measurement = get_or_404(measurements(portfolio_of(request.membership)), pk=self.kwargs["measurement"])
        stored = evidence_of(measurement, self.kwargs["file"])
        if stored is None:
            raise Http404
        return download(stored)


class MeasurementCreate(ServiceFormView):
    """Type one measurement in, with a note."""

    permission = MEASUREMENT_ENTER
    form_class = MeasurementForm
    template_name = "performance/measurement_form.html"
    success_message = _("The measurement is recorded and marked manual. The score follows in a moment.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "portfolio": portfolio_of(self.request.membership)}

    def get_initial(self) -> dict[str, Any]:
        return {
            "occurred_on": timezone.localdate(),
            "partner": self.request.GET.get("partner", ""),
            "source": self.request.GET.get("source", ""),
        }

    def call(self, form: forms.Form) -> Measurement:
        values = {**form.cleaned_data, "source": form.cleaned_data.get("source") or MANUAL_SOURCE}
        return enter_measurement(actor=self.actor, **values)

    def get_success_url(self) -> str:
        return self.address("measurement_detail", measurement=self.result.pk)


class MeasurementCorrect(MeasurementCreate):
    """Correct a typed-in measurement; the former version stays in its history."""

    success_message = _("The measurement is corrected. The former value stays in its history.")

    @property
    def measurement(self) -> Measurement:
        if not hasattr(self, "_measurement"):
            rows = measurements(portfolio_of(self.request.membership))
            self._measurement = get_or_404(rows, pk=self.kwargs["measurement"])
            if not self._measurement.is_manual:
                raise Http404
        return self._measurement

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "chooses_source": False}

    def get_initial(self) -> dict[str, Any]:
        row = self.measurement
        return {
            "kpi": row.kpi_id,
            "partner": row.partner.external_id,
            "occurred_on": row.occurred_on,
            "value": None if row.value is None else f"{row.value.normalize():f}",
            "weight": None if row.weight is None else f"{row.weight.normalize():f}",
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(measurement=self.measurement, **kwargs)

    def call(self, form: forms.Form) -> Measurement:
        return correct_measurement(measurement=self.measurement, actor=self.actor, **form.cleaned_data)
