"""What-ifs: the list, beginning one, editing and replaying it, who would move, publishing and discarding."""

from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django_htmx.http import HttpResponseClientRedirect

from performance.cells import scorecards as cells
from performance.choices import MoveKind, TemplateStatus
from performance.filters import WhatIfFilter, WhatIfMoveFilter
from performance.forms.template import PublishForm
from performance.forms.what_if import Audience, AudienceForm, BeginForm, Editor, audience_of
from performance.linter import Report
from performance.models import WhatIf, WhatIfMove
from performance.permissions import WHAT_IF_EDIT, WHAT_IF_VIEW
from performance.queries.cards import tier_places
from performance.queries.what_if_draft import Draft
from performance.queries.what_ifs import moves, what_ifs
from performance.screens.grades import grade_colour
from performance.screens.what_if import build_what_if
from performance.services.templates import lint_template
from performance.services.what_if_replay import JOB_KIND, ask_for_replay
from performance.services.what_ifs import (
    begin_what_if,
    discard_what_if,
    drop_benchmark,
    edit_what_if,
    open_draft,
    publish_what_if,
)
from performance.views.base import Page, ServiceFormView, get_or_404
from performance.views.templates import next_month
from prm.access.portfolio import portfolio_of
from prm.access.views import TenantView
from prm.errors import DomainError
from prm.jobs.models import Job
from prm.jobs.services import progress_of
from prm.ui.lists import Column, ListPage, ReadyView
from prm.ui.steps import ServiceButton

CELLS = "performance/cells"


def address_of(what_if: WhatIf) -> str:
    """The page of a what-if."""
    return reverse("performance:what_if", kwargs={"tenant": what_if.tenant.slug, "what_if": what_if.public_id})


def receipt_url(what_if: WhatIf, move: WhatIfMove) -> str:
    """The receipt of the card as it stands."""
    names = {"programme": what_if.programme.key, "period": move.period.label, "partner": move.partner.public_id}
    return reverse("performance:receipt", kwargs={"tenant": what_if.tenant.slug, **names})


class WhatIfList(ListPage, TenantView):
    """Every what-if, open ones and settled ones."""

    permission = WHAT_IF_VIEW
    key = "what_ifs"
    title = gettext_lazy("What if")
    template_name = "performance/what_if_list.html"
    filterset_class = WhatIfFilter
    default_sort = "-created"
    search_fields = ("name", "created_by")
    search_placeholder = gettext_lazy("Name or person")
    counted = ngettext_lazy("%(count)s what-if", "%(count)s what-ifs", "count")
    empty_title = gettext_lazy("Nothing tried yet")
    empty_text = gettext_lazy(
        "Change weights, grades or benchmarks in a draft, replay it over past periods and see who would change grade "
        "before anything counts."
    )
    empty_art = "chart"
    has_saved_views = False
    ready_views = (
        ReadyView(gettext_lazy("Drafts"), "status=open"),
        ReadyView(gettext_lazy("Published"), "status=published"),
        ReadyView(gettext_lazy("Discarded"), "status=discarded"),
    )
    columns = (
        Column(
            "name",
            gettext_lazy("Name"),
            value="name",
            sort="name",
            always=True,
            phone="head",
            template=f"{CELLS}/wi_name.html",
        ),
        Column(
            "status",
            gettext_lazy("Status"),
            value="get_status_display",
            sort="status",
            template=f"{CELLS}/wi_status.html",
        ),
        Column("programme", gettext_lazy("Programme"), value="programme.name", sort="programme__name", default=False),
        Column("periods", gettext_lazy("Replayed over"), value=lambda row: ", ".join(row.periods), phone="full"),
        Column(
            "moved",
            gettext_lazy("Change grade"),
            value="moved",
            numeric=True,
            template=f"{CELLS}/wi_moved.html",
        ),
        Column("by", gettext_lazy("By"), value="created_by", sort="created_by", phone="full"),
        Column(
            "created",
            gettext_lazy("Begun"),
            value="created_at",
            sort="created_at",
            descending_first=True,
            phone="hide",
        ),
        Column("replayed", gettext_lazy("Replayed"), value="replayed_at", sort="replayed_at", phone="hide"),
    )

    def rows(self) -> QuerySet[WhatIf]:
        return what_ifs()

    def prepare(self, objects: list[Any]) -> list[Any]:
        """How many would change grade in the newest period."""
        for row in objects:
            outcomes = (row.figures or {}).get("periods") or [None]
            row.moved = None if outcomes[0] is None else sum(outcomes[0]["moves"].values())
        return objects


class WhatIfBegin(ServiceFormView):
    """Begin a what-if, on the scorecard in force or on a draft."""

    permission = WHAT_IF_EDIT
    form_class = BeginForm
    template_name = "performance/what_if_begin.html"

    def get_initial(self) -> dict[str, Any]:
        return {"template": self.request.GET.get("template", "")}

    def call(self, form: forms.Form) -> WhatIf:
        data = form.cleaned_data
        template = data["template"]
        what_if = begin_what_if(
            actor=self.actor,
            programme=template.programme if template is not None else data["programme"],
            today=self.request.tenant.local_date(timezone.now()),
            name=data["name"],
            template=template,
        )
        ask_for_replay(what_if=what_if, actor=self.actor)
        return what_if

    def get_success_url(self) -> str:
        return self.address("what_if", what_if=self.result.public_id)


class WhatIfPage(Page):
    """The draft beside what it would do. One post saves the draft and replays it."""

    permission = WHAT_IF_VIEW
    write_permission = WHAT_IF_EDIT
    template_name = "performance/what_if.html"

    @cached_property
    def portfolio(self) -> Any | None:
        return portfolio_of(self.request.membership)

    @cached_property
    def what_if(self) -> WhatIf:
        return get_or_404(what_ifs(), public_id=self.kwargs["what_if"])

    @cached_property
    def audience_form(self) -> AudienceForm:
        data = self.request.GET if {"audience", "partner"} & set(self.request.GET) else None
        return AudienceForm(data, what_if=self.what_if, portfolio=self.portfolio)

    def audience(self) -> Audience:
        """Whose thresholds the form is about: as posted, else as chosen in the address."""
        if self.request.method == "POST":
            return audience_of(self.request.POST.get("for", ""), self.portfolio)
        return self.audience_form.chosen

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.answer(Editor(self.what_if, self.audience()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "refresh" in request.POST:
            return self.replayed(Editor(self.what_if, self.audience()), refresh=True)
        editor = Editor(self.what_if, self.audience(), request.POST)
        if not self.what_if.is_open or not editor.is_valid():
            if not self.what_if.is_open:
                editor.errors.append(_("This what-if is settled. Begin a new one to change something."))
            return self.answer(editor, status=422)
        return self.replayed(editor, save=True)

    def replayed(self, editor: Editor, *, save: bool = False, refresh: bool = False) -> HttpResponse:
        """Save the draft, replay it, and show what came of it."""
        try:
            with transaction.atomic():  # a refusal half-way leaves the draft as it was
                if save:
                    self.save(editor)
                job = ask_for_replay(what_if=self.what_if, actor=self.actor, refresh=refresh)
        except DomainError as refusal:
            editor.errors.append(str(refusal.message))
            return self.answer(editor, status=422)
        if "rest" in self.request.POST:
            return self.on_to_template()
        if not self.request.htmx:
            if job is None:
                messages.success(self.request, _("The draft is saved and replayed. Nothing is scored with it."))
            return HttpResponseRedirect(self.address(editor.audience))
        self.__dict__.pop("what_if", None)
        return self.answer(Editor(self.what_if, editor.audience))

    def save(self, editor: Editor) -> None:
        """Hand the draft to the service."""
        for benchmark in editor.dropped:
            drop_benchmark(what_if=self.what_if, benchmark=benchmark)
        edit_what_if(
            what_if=self.what_if,
            actor=self.actor,
            today=self.request.tenant.local_date(timezone.now()),
            name=editor.rules.cleaned_data["name"],
            period_labels=editor.rules.cleaned_data["periods"],
            template=editor.template_edit,
            benchmarks=editor.benchmark_edits,
        )

    def on_to_template(self) -> HttpResponse:
        """On to the scorecard's own editor, for what this form does not ask: KPIs, gates, missing data."""
        draft = open_draft(what_if=self.what_if, actor=self.actor)
        names = {"tenant": self.request.tenant.slug, "template": draft.public_id}
        url = f"{reverse('performance:template_update', kwargs=names)}?what_if={self.what_if.public_id}"
        return HttpResponseClientRedirect(url) if self.request.htmx else HttpResponseRedirect(url)

    def address(self, audience: Audience) -> str:
        """This page, with the same thresholds on it."""
        url = reverse(
            "performance:what_if", kwargs={"tenant": self.request.tenant.slug, "what_if": self.kwargs["what_if"]}
        )
        if audience.scope == "partner":
            return f"{url}?partner={audience.row.external_id}"
        return f"{url}?audience={audience.key}" if audience.key else url

    def answer(self, editor: Editor, *, status: int = 200) -> HttpResponse:
        """The whole page, or for htmx the part that a replay changes."""
        asked = self.request.GET.get("period", "")
        page = build_what_if(editor.draft, period=asked, portfolio=self.portfolio)
        failed = page.job is not None and page.job.error and page.shown is None
        job = page.job if page.job is not None and (not page.job.is_done or failed) else None
        context = self.get_context_data(
            page=page,
            what_if=self.what_if,
            editor=editor,
            audience_form=self.audience_form,
            can_edit=WHAT_IF_EDIT in self.request.can and self.what_if.is_open,
            job=job,
            progress=progress_of(job) if job else None,
            here=self.address(editor.audience),
        )
        name = f"{self.template_name}#body" if self.request.htmx else self.template_name
        return self.response_class(
            request=self.request, template=[name], context=context, using=self.template_engine, status=status
        )


class WhatIfJob(Page):
    """How far a replay is; the page asks again every two seconds until it is done."""

    permission = WHAT_IF_VIEW
    template_name = "performance/what_if_job.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job = get_or_404(Job.objects.filter(kind=JOB_KIND), public_id=self.kwargs["job"])
        return super().get_context_data(**{**kwargs, "job": job, "progress": progress_of(job)})


class WhatIfMoves(ListPage, TenantView):
    """Everybody who would move, in all periods replayed."""

    permission = WHAT_IF_VIEW
    key = "what_if_moves"
    title = gettext_lazy("Who would change grade")
    template_name = "performance/what_if_moves.html"
    filterset_class = WhatIfMoveFilter
    default_sort = "change"
    row_id = "pk"
    search_fields = ("partner__name", "partner__external_id")
    search_placeholder = gettext_lazy("Partner or number")
    counted = ngettext_lazy("%(count)s change of grade", "%(count)s changes of grade", "count")
    empty_title = gettext_lazy("Nobody would change grade")
    empty_text = gettext_lazy("With this draft every grade stays as it is in the periods replayed.")
    empty_art = "done"
    has_saved_views = False
    ready_views = (
        ReadyView(gettext_lazy("Worse grade"), "kind=down"),
        ReadyView(gettext_lazy("Better grade"), "kind=up"),
        ReadyView(gettext_lazy("No longer rated"), "kind=unrated"),
    )
    columns = (
        Column(
            "partner",
            gettext_lazy("Partner"),
            value="partner.name",
            sort="partner__name",
            always=True,
            phone="head",
            draw=cells.move_partner,
        ),
        Column("number", gettext_lazy("Number"), value="partner.external_id", default=False),
        Column("tier", gettext_lazy("Tier"), value="tier.name", sort="tier__rank", draw=cells.move_tier),
        Column("period", gettext_lazy("Period"), value="period.label", sort="period__start"),
        Column(
            "before",
            gettext_lazy("Now"),
            value="old_total",
            sort="old_total",
            numeric=True,
            descending_first=True,
            draw=cells.move_before,
        ),
        Column("way", gettext_lazy("From, to"), draw=cells.move_way, export=False, phone="hide"),
        Column(
            "after",
            gettext_lazy("Then"),
            value="new_total",
            sort="new_total",
            numeric=True,
            descending_first=True,
            draw=cells.move_after,
        ),
        Column("old_grade", gettext_lazy("Grade now"), value="old_grade", default=False),
        Column("new_grade", gettext_lazy("Grade then"), value="new_grade", default=False),
        Column(
            "change",
            gettext_lazy("Change"),
            value="change",
            sort="change",
            numeric=True,
            draw=cells.change,
        ),
        Column("kind", gettext_lazy("Moves"), value="get_kind_display", sort="kind_place", phone="full"),
    )

    @cached_property
    def what_if(self) -> WhatIf:
        return get_or_404(what_ifs(), public_id=self.kwargs["what_if"])

    def rows(self) -> QuerySet[WhatIfMove]:
        return moves(self.what_if, portfolio_of(self.request.membership))

    def prepare(self, objects: list[Any]) -> list[Any]:
        """The colours of both grades."""
        draft = Draft(self.what_if)
        old = list(draft.base.bands.all()) if draft.base else []
        new = list(draft.template.bands.all()) if draft.template else old
        places = tier_places(self.what_if.programme_id)
        for row in objects:
            row.old_colour, row.new_colour = grade_colour(row.old_grade, old), grade_colour(row.new_grade, new)
            row.tier_place = places.get(row.tier_id or 0)
            row.receipt_url = "" if row.kind == MoveKind.NEW else receipt_url(self.what_if, row)
        return objects

    def extra_context(self) -> dict[str, Any]:
        return {"what_if": self.what_if}


class WhatIfPublish(ServiceFormView):
    """Let the draft count from a day on, after the person has seen what that means."""

    permission = WHAT_IF_EDIT
    form_class = PublishForm
    template_name = "performance/what_if_publish.html"

    @cached_property
    def what_if(self) -> WhatIf:
        return get_or_404(what_ifs(), public_id=self.kwargs["what_if"])

    @cached_property
    def report(self) -> Report | None:
        """What the linter says about the scorecard, where the draft has one."""
        template = self.what_if.template
        if not self.what_if.is_open or template is None or template.status != TemplateStatus.DRAFT:
            return None
        return lint_template(template, today=timezone.localdate())

    def get_initial(self) -> dict[str, Any]:
        return {"valid_from": next_month(timezone.localdate())}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "warnings": len(self.report.warnings) if self.report else 0}

    def refused(self, form: forms.Form, refusal: DomainError) -> None:
        """Show what the linter says now, not what the person had seen."""
        assert isinstance(form, PublishForm)
        self.__dict__.pop("report", None)
        form.ask(len(self.report.warnings) if self.report else 0)
        super().refused(form, refusal)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            what_if=self.what_if,
            page=build_what_if(Draft(self.what_if), portfolio=portfolio_of(self.request.membership)),
            report=self.report,
            card=self.what_if.template,
            **kwargs,
        )

    def call(self, form: forms.Form) -> WhatIf:
        assert isinstance(form, PublishForm)
        return publish_what_if(
            what_if=self.what_if,
            actor=self.actor,
            valid_from=form.cleaned_data["valid_from"],
            today=timezone.localdate(),
            confirmed=form.confirmed,
        )

    @property
    def success_message(self) -> str:
        return _("“%(name)s” is published. Scores of open periods follow in a moment.") % {"name": self.result.name}

    def get_success_url(self) -> str:
        return self.address("what_if", what_if=self.kwargs["what_if"])


class WhatIfDiscard(ServiceButton, TenantView):
    """Let the draft go; its figures stay."""

    permission = WHAT_IF_EDIT
    http_method_names = ("post",)
    what_if: WhatIf

    def load(self, *, what_if: Any, **_kwargs: Any) -> None:
        self.what_if = get_or_404(what_ifs(), public_id=what_if)

    def perform(self) -> str:
        with transaction.atomic():
            discard_what_if(what_if=self.what_if, actor=self.actor)
        return _("The draft is discarded. Its figures stay here to be read.")

    def back(self) -> str:
        return reverse(
            "performance:what_if", kwargs={"tenant": self.kwargs["tenant"], "what_if": self.kwargs["what_if"]}
        )
