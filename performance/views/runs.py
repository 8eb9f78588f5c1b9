"""The run log, recomputing on demand, periods and closing them."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Partner
from performance.forms.run import CloseForm, RecomputeForm
from performance.models import PeriodRow, Run
from performance.permissions import PERIOD_CLOSE, RUN_START, RUN_VIEW
from performance.queries import runs as run_queries
from performance.queries.consequences import counts_by_period, versions_of
from performance.screens.consequences import build_closing
from performance.services.asking import JOB_KIND, ask_for_recompute
from performance.services.periods import close_period
from performance.services.replaying import JOB_KIND as REPLAY_KIND
from performance.services.replaying import ask_for_replay, latest_replay
from performance.views.base import Page, ServiceFormView, get_or_404
from prm.access.portfolio import portfolio_of
from prm.jobs.models import Job, JobStatus
from prm.jobs.services import progress_of

CHANGED_SHOWN = 50
RUNS_OFFERED = 50


class RunDetail(Page):
    """The manifest of one recompute and the scorecards it wrote."""

    permission = RUN_VIEW
    template_name = "performance/run_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = get_or_404(Run.objects.all(), public_id=self.kwargs["run"])
        cards = run_queries.cards_written_by(run)
        portfolio = portfolio_of(self.request.membership)
        if portfolio is not None:
            cards = cards.filter(partner_id__in=portfolio)
        page = Paginator(cards, CHANGED_SHOWN).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            run=run, comparison=run_queries.comparison_of(run), cards=page, page_obj=page, **kwargs
        )


class RunCompare(Page):
    """Two runs of the same periods side by side: the one of the address and the one in `with`."""

    permission = RUN_VIEW
    template_name = "performance/run_compare.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = get_or_404(Run.objects.all(), public_id=self.kwargs["run"])
        choices = list(run_queries.comparable_with(run)[:RUNS_OFFERED])
        wanted = self.request.GET.get("with", "")
        other = next((row for row in choices if str(row.public_id) == wanted), None)
        if other is None and not wanted:
            other = next((row for row in choices if row.pk < run.pk), choices[0] if choices else None)
        compared = run_queries.compare_runs(run, other) if other else None
        return super().get_context_data(run=run, choices=choices, other=other, compared=compared, **kwargs)


class RunAgain(ServiceFormView):
    """Run a recorded run again without keeping anything: the same hash, or what differs."""

    permission = RUN_VIEW
    write_permission = RUN_START
    form_class = forms.Form
    template_name = "performance/run_again.html"
    success_message = gettext_lazy("The run is being run again. Nothing is changed by it.")

    @cached_property
    def run(self) -> Run:
        return get_or_404(Run.objects.all(), public_id=self.kwargs["run"])

    def call(self, form: forms.Form) -> Job:
        return ask_for_replay(run=self.run, actor=self.actor)

    def get_success_url(self) -> str:
        return self.address("run_again", run=self.run.public_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = latest_replay(self.run)
        result = dict(job.result) if job and job.status == JobStatus.SUCCEEDED else {}
        portfolio = portfolio_of(self.request.membership)
        if portfolio is not None and result:
            mine = set(Partner.objects.filter(pk__in=portfolio).order_by().values_list("pk", flat=True))
            for name in ("cards", "facts"):
                result[name] = [row for row in result[name] if row["partner_id"] in mine]
        for row in result.get("facts", ()):
            row["recorded_at"] = parse_datetime(row["recorded_at"])
            row["occurred_on"] = parse_date(row["occurred_on"])
        progress = progress_of(job) if job else None
        return super().get_context_data(
            **{**kwargs, "run": self.run, "job": job, "progress": progress, "result": result}
        )


class RunStart(ServiceFormView):
    """Recompute now: a job that the run log shows at work."""

    permission = RUN_START
    form_class = RecomputeForm
    template_name = "performance/run_form.html"
    success_message = gettext_lazy("The recompute is under way.")

    def call(self, form: forms.Form) -> Job:
        period = form.cleaned_data["period"]
        return ask_for_recompute(
            actor=self.actor, period_label=period.label if period else "", from_facts=form.cleaned_data["from_facts"]
        )

    def get_success_url(self) -> str:
        return self.address("run_list")


def jobs_at_work() -> list[tuple[Job, Any]]:
    """Recomputes that people asked for: those not finished, and the last one if it failed."""
    jobs = Job.objects.filter(kind=JOB_KIND).select_related("created_by").order_by("-created_at")[:3]
    return [(job, progress_of(job)) for job in jobs if not job.is_done or (job.error and job == jobs[0])]


class RunJob(Page):
    """How far a recompute is; the run log asks again every two seconds until it is done."""

    permission = RUN_VIEW
    template_name = "performance/run_job.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = get_or_404(Job.objects.filter(kind__in=(JOB_KIND, REPLAY_KIND)), public_id=self.kwargs["job"])
        return super().get_context_data(**{**kwargs, "job": job, "progress": progress_of(job)})


class PeriodList(Page):
    """The periods that have scorecards, and which are closed."""

    permission = RUN_VIEW
    template_name = "performance/period_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(run_queries.periods(), 40).get_page(self.request.GET.get("page"))
        counts, late = run_queries.counts_by_period(), run_queries.open_restatements()
        followed = counts_by_period(period.pk for period in page)
        today = self.request.tenant.local_date(timezone.now())
        rows = [
            (
                period,
                *counts.get(period.pk, (0, 0)),
                late.get(period.pk, 0),
                followed.get(period.pk, 0),
                period.end <= today,
            )
            for period in page
        ]
        return super().get_context_data(rows=rows, page_obj=page, **kwargs)


class PeriodClose(ServiceFormView):
    """Freeze a period's scorecards, after the person has confirmed it."""

    permission = PERIOD_CLOSE
    form_class = CloseForm
    template_name = "performance/period_close.html"

    @cached_property
    def period(self) -> PeriodRow:
        return get_or_404(PeriodRow.objects.all(), label=self.kwargs["period"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "label": self.period.label}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cards, rated = run_queries.counts_by_period().get(self.period.pk, (0, 0))
        closing = build_closing(self.period, versions_of(self.period))
        return super().get_context_data(period=self.period, cards=cards, rated=rated, closing=closing, **kwargs)

    def call(self, form: forms.Form) -> PeriodRow:
        return close_period(period=self.period, actor=self.actor)

    @property
    def success_message(self) -> str:
        return _("%(period)s is closed. Its scorecards are frozen.") % {"period": self.period.label}

    def get_success_url(self) -> str:
        return self.address("period_list")
