"""Proposals to restate closed scorecards: the list, one of them with its cause, deciding about one or several."""

import hashlib
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from performance.errors import RecomputeBusy, RestatementMoved
from performance.filters import RestatementFilter
from performance.forms.restatement import DecisionForm
from performance.models import Restatement
from performance.permissions import RESTATEMENT_DECIDE, RESTATEMENT_VIEW
from performance.queries.measurements import import_files
from performance.queries.restatements import CardVersion, Explained, explain, restatements
from performance.services.restatements import apply_restatements, dismiss_restatements, work_out
from performance.views.base import ServiceFormView, get_or_404
from prm.access.actor import Actor
from prm.access.portfolio import portfolio_of
from prm.access.views import TenantView
from prm.errors import DomainError
from prm.ui.lists import BulkAction, Column, ListPage, ReadyView
from prm.ui.steps import ListDecision

CELLS = "performance/cells"


class RestatementList(ListPage, TenantView):
    """Every proposal, open ones first by what came last."""

    permission = RESTATEMENT_VIEW
    key = "restatements"
    title = gettext_lazy("Restatements")
    template_name = "performance/restatement_list.html"
    filterset_class = RestatementFilter
    default_sort = "-noticed"
    search_fields = ("scorecard__partner__name", "scorecard__partner__external_id")
    search_placeholder = gettext_lazy("Partner or number")
    counted = ngettext_lazy("%(count)s restatement", "%(count)s restatements", "count")
    empty_title = gettext_lazy("No late changes")
    empty_text = gettext_lazy(
        "When measurements arrive, change or are removed after a period was closed, its scorecards stay as they are "
        "and the change waits here for a decision."
    )
    empty_art = "done"
    has_saved_views = False
    ready_views = (
        ReadyView(gettext_lazy("To decide"), "status=open"),
        ReadyView(gettext_lazy("Applied"), "status=applied"),
        ReadyView(gettext_lazy("Dismissed"), "status=dismissed"),
    )
    bulk_actions = (
        BulkAction(gettext_lazy("Decide"), "list-checks", "performance:restatement_decide", RESTATEMENT_DECIDE),
    )
    columns = (
        Column(
            "partner",
            gettext_lazy("Partner"),
            value="scorecard.partner.name",
            sort="scorecard__partner__name",
            always=True,
            phone="head",
            template=f"{CELLS}/rs_partner.html",
        ),
        Column("period", gettext_lazy("Period"), value="scorecard.period.label", sort="scorecard__period__start"),
        Column(
            "programme",
            gettext_lazy("Programme"),
            value="scorecard.programme.name",
            sort="scorecard__programme__name",
            default=False,
        ),
        Column(
            "status", gettext_lazy("Status"), value=lambda row: row.status.label, template=f"{CELLS}/rs_status.html"
        ),
        Column(
            "before", gettext_lazy("Closed with"), value="old_total", numeric=True, template=f"{CELLS}/rs_before.html"
        ),
        Column("after", gettext_lazy("Would be"), value="new_total", numeric=True, template=f"{CELLS}/rs_after.html"),
        Column(
            "change",
            gettext_lazy("Change"),
            value="total_change",
            sort="total_change",
            numeric=True,
            descending_first=True,
            template=f"{CELLS}/rs_change.html",
        ),
        Column(
            "noticed",
            gettext_lazy("Noticed"),
            value="last_noticed_at",
            sort="last_noticed_at",
            descending_first=True,
            phone="hide",
        ),
        Column("settled", gettext_lazy("Decided"), value="settled_at", sort="settled_at", phone="hide"),
        Column("by", gettext_lazy("Decided by"), value="settled_by", default=False, phone="hide"),
        Column("reason", gettext_lazy("Reason"), value="reason", default=False, phone="full"),
    )

    def rows(self) -> QuerySet:
        return restatements(portfolio_of(self.request.membership))


class RestatementDetail(ServiceFormView):
    """Old and new side by side, the facts behind the difference, and the decision."""

    permission = RESTATEMENT_VIEW
    write_permission = RESTATEMENT_DECIDE
    form_class = DecisionForm
    template_name = "performance/restatement_detail.html"
    read_anew = ("restatement", "explained")

    @cached_property
    def restatement(self) -> Restatement:
        rows = Restatement.objects.select_related(
            "scorecard__partner", "scorecard__period", "scorecard__programme", "scorecard__template"
        )
        portfolio = portfolio_of(self.request.membership)
        if portfolio is not None:
            rows = rows.filter(scorecard__partner_id__in=portfolio)
        return get_or_404(rows, public_id=self.kwargs["restatement"])

    @cached_property
    def explained(self) -> Explained:
        return explain(self.restatement)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "decision": self.request.POST.get("decision", "")}

    def get_initial(self) -> dict[str, Any]:
        return {"seen": self.explained.after.digest if self.explained.after else ""}

    def call(self, form: forms.Form) -> list[Restatement]:
        reason = form.cleaned_data["reason"]
        if self.request.POST["decision"] == "dismiss":
            return dismiss_restatements(restatements=[self.restatement], actor=self.actor, reason=reason)
        seen = {self.restatement.pk: form.cleaned_data["seen"]}
        return apply_restatements(restatements=[self.restatement], actor=self.actor, reason=reason, seen=seen)

    def refused(self, form: forms.Form, refusal: DomainError) -> None:
        """Show the figures as they are now, so that the next decision is about them."""
        if isinstance(refusal, RestatementMoved):
            try_to_work_out(self.restatement)
        super().refused(form, refusal)
        form.data = {**form.data.dict(), "seen": self.get_initial()["seen"]}  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        explained = self.explained
        files = import_files(cause.batch_id for cause in explained.causes)
        return super().get_context_data(
            **{
                **kwargs,
                "restatement": self.restatement,
                "card": self.restatement.scorecard,
                "explained": explained,
                "files": files,
            }
        )

    @property
    def success_message(self) -> str:
        (row,) = self.result
        return done_sentence([row])

    def get_success_url(self) -> str:
        return self.address("restatement_detail", restatement=self.kwargs["restatement"])


def try_to_work_out(row: Restatement) -> None:
    """Bring the proposal's figures up to date, unless a recompute is at work; then they follow by themselves."""
    try:
        with transaction.atomic():
            work_out([row])
    except RecomputeBusy:
        return


def done_sentence(rows: list[Restatement]) -> str:
    """What was decided, in words."""
    count = len(rows)
    if rows and rows[0].was_applied:
        return ngettext("%(count)d scorecard was restated.", "%(count)d scorecards were restated.", count) % {
            "count": count
        }
    return ngettext(
        "%(count)d proposal was dismissed. The scorecard stays as it was.",
        "%(count)d proposals were dismissed. The scorecards stay as they were.",
        count,
    ) % {"count": count}


class RestatementDecide(ListDecision, RestatementList):
    """One decision about the proposals selected in the list, after showing what each would change."""

    permission = RESTATEMENT_DECIDE
    key = ""
    list_name = "performance:restatement_list"
    title = gettext_lazy("Decide about late changes")
    template_name = "performance/restatement_decide.html"
    form_class = DecisionForm
    nothing_selected = gettext_lazy("Select proposals that are still to be decided.")

    def chosen(self) -> QuerySet:
        return self.selection().filter(settled_at=None).defer(None).order_by("pk")

    def context(self, rows: list[Restatement]) -> dict[str, Any]:
        return {"seen": together(rows)}

    def decide(self, rows: list[Restatement], form: DecisionForm) -> list[Restatement]:
        """Applying is refused when the figures are no longer those of the page."""
        actor: Actor = self.actor
        reason = form.cleaned_data["reason"]
        if form.decision == "dismiss":
            return dismiss_restatements(restatements=rows, actor=actor, reason=reason)
        if form.cleaned_data["seen"] != together(rows):
            raise RestatementMoved(_("The figures have changed since you saw them. Look at them again, then decide."))
        digests = {row.pk: digest_of(row) for row in rows}
        return apply_restatements(restatements=rows, actor=actor, reason=reason, seen=digests)

    def said(self, done: list[Restatement]) -> str:
        return done_sentence(done)


def digest_of(row: Restatement) -> str:
    """What the new figures of a proposal are recognised by; empty while they are not worked out."""
    version = CardVersion.from_json(row.after)
    return version.digest if version else ""


def together(rows: list[Restatement]) -> str:
    """One text for the new figures of many proposals."""
    return hashlib.sha256(" ".join(f"{row.pk}:{digest_of(row)}" for row in rows).encode()).hexdigest()
