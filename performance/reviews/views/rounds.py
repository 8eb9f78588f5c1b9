"""Creating the reviews of a period after a look at who is due, their job, and the calendar."""

from datetime import date
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from partners.models import Partner
from partners.reference import programmes
from performance.models import PeriodRow
from performance.queries.cards import choose_period
from performance.queries.reference import periods_with_cards
from performance.reviews.forms.setup import OneReviewForm, RoundForm
from performance.reviews.models import Review
from performance.reviews.permissions import REVIEW_CREATE, REVIEW_VIEW
from performance.reviews.queries.content import current_template
from performance.reviews.queries.due import Round, round_of, rules_of
from performance.reviews.queries.people import member_names
from performance.reviews.queries.reviews import reviews
from performance.reviews.screens.calendar import MONTHS, build_calendar
from performance.reviews.services.bulk import JOB_KIND, ask_for_reviews
from performance.reviews.services.creating import create_review, opening_day
from performance.views.base import Page, ServiceFormView, get_or_404
from prm.access.portfolio import portfolio_of
from prm.jobs.models import Job
from prm.jobs.services import progress_of
from prm.periods import first_of, month_number

SHOWN = 50


class ReviewRound(ServiceFormView):
    """Who is due for a period by the cadence; then a job creates their reviews."""

    permission = REVIEW_CREATE
    form_class = RoundForm
    template_name = "reviews/round.html"
    success_message = gettext_lazy("The reviews are being created.")

    @cached_property
    def programme(self) -> Any:
        wanted = self.request.GET.get("programme", "")
        found = {row.key: row for row in programmes()}
        if wanted and wanted not in found:
            raise Http404
        return found.get(wanted) or next(iter(found.values()), None)

    @cached_property
    def periods(self) -> list[PeriodRow]:
        """The periods of the kinds that the cadence names, newest first."""
        if self.programme is None:
            return []
        kinds = {rule.kind for rule in rules_of(self.programme.pk)}
        return [period for period in periods_with_cards(self.programme.pk) if period.kind in kinds]

    @cached_property
    def period(self) -> PeriodRow | None:
        """The one asked for, else the newest that has ended."""
        ended = [period for period in self.periods if period.end <= timezone.localdate()]
        return (
            choose_period(self.periods, self.request.GET.get("period", ""))
            if "period" in self.request.GET
            else (ended[0] if ended else choose_period(self.periods))
        )

    @cached_property
    def round(self) -> Round | None:
        """What would be created."""
        return round_of(self.programme, self.period) if self.programme and self.period else None

    def get_initial(self) -> dict[str, Any]:
        return {"opens_on": opening_day(self.period) if self.period else None}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = self.round
        names = member_names()
        rows = [(due, names.get(due.owner_id or 0, "")) for due in found.new[:SHOWN]] if found else []
        return super().get_context_data(
            **{
                **kwargs,
                "programmes": programmes(),
                "programme": self.programme,
                "periods": self.periods,
                "period": self.period,
                "round": found,
                "rows": rows,
                "more": max(0, len(found.new) - SHOWN) if found else 0,
                "has_template": self.programme is not None and current_template(self.programme.pk) is not None,
                "jobs": jobs_at_work(),
            }
        )

    def call(self, form: Any) -> Job:
        if self.programme is None or self.period is None:
            raise Http404
        return ask_for_reviews(
            actor=self.actor, programme=self.programme, period=self.period, opens_on=form.cleaned_data["opens_on"]
        )

    def get_success_url(self) -> str:
        return self.request.get_full_path()


def jobs_at_work() -> list[tuple[Job, Any]]:
    """The newest creations: those at work, and the last one however it ended."""
    found = list(Job.objects.filter(kind=JOB_KIND).select_related("created_by").order_by("-created_at")[:3])
    return [(job, progress_of(job)) for job in found if not job.is_done or job == found[0]]


class RoundJob(Page):
    """How far a creation is; the page asks again every two seconds."""

    permission = REVIEW_CREATE
    template_name = "reviews/round_job.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = get_or_404(Job.objects.filter(kind=JOB_KIND), public_id=self.kwargs["job"])
        return super().get_context_data(**{**kwargs, "job": job, "progress": progress_of(job)})


class PartnerReviewCreate(ServiceFormView):
    """One review, from the partner's page."""

    permission = REVIEW_CREATE
    form_class = OneReviewForm
    template_name = "reviews/partner_review_form.html"
    success_message = gettext_lazy("The review is created.")

    @cached_property
    def partner(self) -> Partner:
        rows = Partner.objects.all()
        portfolio = portfolio_of(self.request.membership)
        if portfolio is not None:
            rows = rows.filter(pk__in=portfolio)
        return get_or_404(rows, public_id=self.kwargs["partner"])

    def get_form_kwargs(self) -> dict[str, Any]:
        choices = [
            (f"{programme.key}/{period.label}", f"{period.label}, {programme.name}")
            for programme in programmes()
            for period in periods_with_cards(programme.pk)
        ]
        return {**super().get_form_kwargs(), "choices": choices[:60]}

    def get_initial(self) -> dict[str, Any]:
        return {"opens_on": timezone.localdate()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{**kwargs, "partner": self.partner})

    def call(self, form: Any) -> Review:
        key, _slash, label = form.cleaned_data["what"].partition("/")
        programme = next(row for row in programmes() if row.key == key)
        return create_review(
            actor=self.actor,
            partner=self.partner,
            programme=programme,
            period=PeriodRow.objects.get(label=label),
            opens_on=form.cleaned_data["opens_on"],
        )

    def get_success_url(self) -> str:
        kwargs = {"tenant": self.kwargs["tenant"], "review": self.result.public_id}
        return reverse("reviews:review_detail", kwargs=kwargs)


class ReviewCalendar(Page):
    """What is due and which meetings there are, three months at a time."""

    permission = REVIEW_VIEW
    template_name = "reviews/calendar.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        start = self._month(today)
        number = month_number(start)
        rows = reviews(portfolio_of(self.request.membership))
        months = build_calendar(rows, start=start, today=today)
        return super().get_context_data(
            months=months,
            total=sum(month.count for month in months),
            earlier=f"{first_of(number - MONTHS):%Y-%m}",
            later=f"{first_of(number + MONTHS):%Y-%m}",
            is_now=month_number(start) == month_number(today),
            today=today,
            **kwargs,
        )

    def _month(self, today: date) -> date:
        year, _dash, month = self.request.GET.get("month", "").partition("-")
        try:
            return date(int(year), int(month), 1) if 2000 <= int(year) <= 2100 else today
        except ValueError:
            return today
