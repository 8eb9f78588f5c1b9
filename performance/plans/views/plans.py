"""Plans: the list, and one of them with everything that stands in it."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from performance.plans import cells
from performance.plans.choices import ConsequenceState, PlanStatus
from performance.plans.filters import PlanFilter
from performance.plans.lifecycle import PLAN_LIFECYCLE
from performance.plans.models import CommitmentFile, Plan, PlanConsequence
from performance.plans.permissions import PLAN_VIEW
from performance.plans.queries.plans import one_plan, plans
from performance.plans.screens.plan import PlanPage, build_plan
from performance.plans.views.base import plan_in_reach
from performance.plans.words.history import told
from performance.plans.words.plans import exit_sentence, stop_sentence, tone_of
from performance.views.base import Page, get_or_404
from prm.access.portfolio import portfolio_of
from prm.access.requests import TenantRequest
from prm.access.views import TenantView
from prm.audit.models import AuditEntry
from prm.files.documents import download
from prm.ui.lists import Column, ListPage, ReadyView

HISTORY_SHOWN = 20
CHECKED = "plan.checked"
"""Checkpoints stand under Check-ins, with what they found."""


class PlanList(ListPage, TenantView):
    """Every plan, the newest first."""

    permission = PLAN_VIEW
    key = "plans"
    title = gettext_lazy("Improvement plans")
    template_name = "plans/plan_list.html"
    filterset_class = PlanFilter
    default_sort = "-created"
    search_fields = ("partner__name", "partner__external_id", "title")
    search_placeholder = gettext_lazy("Partner, number or title")
    counted = ngettext_lazy("%(count)s improvement plan", "%(count)s improvement plans", "count")
    empty_title = gettext_lazy("No plan needed so far")
    empty_text = gettext_lazy(
        "When a partner falls under the floor of a KPI, a plan says what both sides do until measured results are back."
    )
    empty_art = "chart"
    empty_template = "plans/parts/list_empty.html"
    ready_views = (
        ReadyView(gettext_lazy("Needs me"), "todo=yes"),
        ReadyView(gettext_lazy("Suggested"), "state=suggested"),
        ReadyView(gettext_lazy("Running"), "state=running"),
        ReadyView(gettext_lazy("Behind"), "pace=behind"),
        ReadyView(gettext_lazy("Clock stopped"), "state=stopped"),
        ReadyView(gettext_lazy("Overdue"), "overdue=yes"),
        ReadyView(gettext_lazy("Mine"), "mine=yes"),
        ReadyView(gettext_lazy("Ended"), "state=ended"),
    )
    columns = (
        Column(
            "partner",
            gettext_lazy("Partner"),
            value="partner.name",
            sort="partner__name",
            always=True,
            phone="head",
            draw=cells.partner,
        ),
        Column("title", gettext_lazy("Title"), value="title", sort="title", default=False, phone="full", css="wr"),
        Column(
            "status",
            gettext_lazy("Status"),
            value="get_status_display",
            sort="status",
            phone="head",
            draw=cells.status,
        ),
        Column("kpis", gettext_lazy("KPIs"), value=cells.kpi_names, phone="hide", css="wr"),
        Column("pace", gettext_lazy("Progress"), value=cells.pace_words, sort="worst_progress", draw=cells.pace),
        Column("day", gettext_lazy("Day"), value=cells.days, sort="starts_on", numeric=True, phone="hide"),
        Column("due", gettext_lazy("Next due"), value="next_due", sort="next_due", draw=cells.due),
        Column("ends", gettext_lazy("Ends"), value="ends_on", sort="ends_on", phone="hide"),
        Column(
            "owner",
            gettext_lazy("Owner"),
            value="owner",
            sort="owner__full_name",
            phone="hide",
        ),
        Column("programme", gettext_lazy("Programme"), value="programme.name", sort="programme__name", default=False),
        Column("origin", gettext_lazy("Came from"), value="get_origin_display", sort="origin", default=False),
        Column(
            "created",
            gettext_lazy("Created"),
            value="created_at",
            sort="created_at",
            descending_first=True,
            default=False,
        ),
    )

    def rows(self) -> QuerySet[Any]:
        return plans(portfolio_of(self.request.membership))

    def prepare(self, objects: list[Any]) -> list[Any]:
        return cells.with_standing(objects)


class PlanDetail(Page):
    """What is to be reached, how far it is, who does what, and what may be done now."""

    permission = PLAN_VIEW
    template_name = "plans/plan_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        plan = whole_plan(self.kwargs["plan"], portfolio_of(self.request.membership))
        page = build_plan(plan, for_partner=False)
        consequences = list(plan.consequences.all()) if plan.status == PlanStatus.FAILED else []
        history = AuditEntry.objects.filter(target_type="plans.plan", target_id=plan.pk).exclude(action=CHECKED)
        context = {
            "page": page,
            "plan": plan,
            "moves": moves_of(page),
            "history": told(history.order_by("-pk")[:HISTORY_SHOWN]),
            "consequences": consequences,
            "agreed_by_me": self._agreed(consequences),
            "may_choose": all(one.state == ConsequenceState.REJECTED for one in consequences),
            "is_portal": False,
            **plan_words(page),
        }
        return super().get_context_data(**{**kwargs, **context})

    def _agreed(self, consequences: list[PlanConsequence]) -> set[int]:
        """The consequences that this person has agreed to, who cannot be the second to do so."""
        me = self.request.membership.user_id
        return {one.pk for one in consequences if any(given.user_id == me for given in one.approvals.all())}


def whole_plan(public_id: Any, portfolio: Any | None) -> Plan:
    """A plan with everything its page shows, or 404."""
    try:
        return one_plan(public_id, portfolio)
    except Plan.DoesNotExist:
        raise Http404 from None


def plan_words(page: PlanPage) -> dict[str, Any]:
    """The sentences of a plan that both sides read."""
    return {
        "tone": tone_of(page.plan.status),
        "exit_rule": exit_sentence(page.plan),
        "stop_sentence": stop_sentence(page.plan),
        "since_start": _("since start"),
    }


def moves_of(page: PlanPage) -> set[str]:
    """The statuses that the plan could go to now."""
    moves = {str(move.target) for move in PLAN_LIFECYCLE.from_status(page.plan.status)}
    if page.plan.extended_by:
        moves.discard(PlanStatus.EXTENDED)
    return moves


class PlanFileDownload(TenantView):
    """Send a file that was given with a commitment; never shown in the page, always as a download."""

    permission = PLAN_VIEW
    request: TenantRequest

    def get(self, request: TenantRequest, **_kwargs: Any) -> FileResponse:
        plan = plan_in_reach(request, self.kwargs["plan"])
        found = CommitmentFile.objects.filter(commitment__plan=plan).select_related("file")
        row = get_or_404(found, commitment__public_id=self.kwargs["commitment"], file__public_id=self.kwargs["file"])
        return download(row.file)
