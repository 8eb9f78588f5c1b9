"""Where measurements come from: the list, one source, describing it, retiring it, and which codes are taken."""

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from performance.cells import sources as cells
from performance.filters import SourceFilter
from performance.forms.source import SourceForm, SourceRulesForm
from performance.models import MeasurementSource
from performance.permissions import SCORECARD_EXPORT, SOURCE_EDIT, SOURCE_VIEW
from performance.queries.sources import feeds_of, refuses_unknown, sources, standing_of
from performance.screens.sources import build_source
from performance.services.sources import (
    create_source,
    resume_source,
    retire_source,
    set_source_rules,
    update_source,
)
from performance.views.base import Page, ServiceFormView, get_or_404
from performance.words.sources import due_words, standing_words
from prm.access.views import TenantView
from prm.ui.lists import Column, ListPage, ReadyView
from prm.ui.steps import ConfirmedStep, ServiceButton


class SourceList(ListPage, TenantView):
    """Every source, the late ones first."""

    permission = SOURCE_VIEW
    export_permission = SCORECARD_EXPORT
    key = "sources"
    title = gettext_lazy("Sources")
    template_name = "performance/source_list.html"
    filterset_class = SourceFilter
    default_sort = "state"
    search_fields = ("name", "code", "description")
    search_placeholder = gettext_lazy("Name, code or what it delivers")
    counted = ngettext_lazy("%(count)s source", "%(count)s sources", "count")
    empty_title = gettext_lazy("No sources yet")
    empty_text = gettext_lazy(
        "A source appears with its first measurements. Add one before that to say when it is expected."
    )
    empty_art = "inbox"
    empty_template = "performance/parts/sources_empty.html"
    ready_views = (
        ReadyView(gettext_lazy("Late"), "state=late"),
        ReadyView(gettext_lazy("Due"), "state=due"),
        ReadyView(gettext_lazy("Not described"), "described=no"),
        ReadyView(gettext_lazy("Retired"), "state=retired"),
    )
    columns = (
        Column("name", gettext_lazy("Source"), sort="name", always=True, phone="head", draw=cells.name),
        Column("code", gettext_lazy("Code"), sort="code", default=False, phone="hide"),
        Column(
            "state",
            gettext_lazy("State"),
            value=lambda row: standing_words(row.standing, has_received=row.received_at is not None),
            sort=("state_place", "late_from", "name"),
            draw=cells.state,
            phone="full",
        ),
        Column(
            "received",
            gettext_lazy("Last received"),
            value="received_at",
            sort="received_at",
            descending_first=True,
            draw=cells.received,
        ),
        Column("due", gettext_lazy("Due on"), value=lambda row: due_words(row.standing), sort="due_on", default=False),
        Column(
            "rows",
            gettext_lazy("Rows in 30 days"),
            value="rows_recent",
            sort="rows_recent",
            numeric=True,
            descending_first=True,
            draw=cells.rows_recent,
        ),
        Column("wrong", gettext_lazy("Wrong rows in 30 days"), value="bad_recent", numeric=True, default=False),
        Column(
            "kpis",
            gettext_lazy("Feeds"),
            value=lambda row: ", ".join(feed.kpi.name for feed in row.feeds_shown),
            sort="kpi_count",
            draw=cells.kpis,
            phone="full",
            css="wr",
        ),
        Column("kind", gettext_lazy("Comes by"), value=lambda row: row.get_kind_display(), sort="kind", phone="hide"),
        Column("owner", gettext_lazy("Owner"), value="owner", sort="owner__full_name"),
    )

    @cached_property
    def today(self) -> Any:
        """The workspace's day."""
        return timezone.localdate()

    def rows(self) -> QuerySet:
        return sources(self.today)

    def prepare(self, objects: list[Any]) -> list[Any]:
        feeds = feeds_of(objects)
        slug = self.request.tenant.slug
        for row in objects:
            row.standing = standing_of(row, self.today)
            row.feeds_shown = feeds.get(row.pk, [])
            kwargs = {"tenant": slug, "measurement_source": row.public_id}
            row.url = reverse("performance:source_detail", kwargs=kwargs)
        return objects

    def extra_context(self) -> dict[str, Any]:
        return {"refuses_unknown": refuses_unknown()}


class _OfSource(TenantView):
    """What all pages of one source share."""

    @cached_property
    def source(self) -> Any:
        """The source that the address names, as lists have it."""
        rows = sources(timezone.localdate())
        return get_or_404(rows, public_id=self.kwargs["measurement_source"])

    def source_url(self, source: MeasurementSource) -> str:
        """Its page."""
        kwargs = {"tenant": self.kwargs["tenant"], "measurement_source": source.public_id}
        return reverse("performance:source_detail", kwargs=kwargs)


class SourceDetail(_OfSource, Page):
    """How a source stands, what came when and by whom, what was wrong, which KPIs it feeds."""

    permission = SOURCE_VIEW
    template_name = "performance/source_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        source, asked = self.source, self.request.GET.get("by")
        by_week = asked == "week" or (asked != "day" and (source.expected_every or 0) >= 7)
        page = build_source(source, today=timezone.localdate(), by_week=by_week)
        return super().get_context_data(source=source, page=page, **kwargs)


class SourceCreate(ServiceFormView):
    """Describe a source before its first measurement."""

    permission = SOURCE_EDIT
    form_class = SourceForm
    template_name = "performance/source_form.html"
    success_message = gettext_lazy("The source is added. Its measurements carry the code.")

    def get_initial(self) -> dict[str, Any]:
        return {"owner": self.request.user.pk, "code": self.request.GET.get("code", "")}

    def call(self, form: Any) -> MeasurementSource:
        return create_source(actor=self.actor, **form.values)

    def get_success_url(self) -> str:
        return self.address("source_detail", measurement_source=self.result.public_id)


class SourceUpdate(_OfSource, ServiceFormView):
    """Change what a source says of itself."""

    permission = SOURCE_EDIT
    form_class = SourceForm
    template_name = "performance/source_form.html"
    success_message = gettext_lazy("Your changes are saved.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": MeasurementSource.objects.get(pk=self.source.pk)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(source=self.source, **kwargs)

    def call(self, form: Any) -> MeasurementSource:
        return update_source(source=self.source, actor=self.actor, **form.values)

    def get_success_url(self) -> str:
        return self.source_url(self.source)


class SourceRetire(ConfirmedStep, _OfSource):
    """Take no more measurements of a source."""

    permission = SOURCE_EDIT
    template_name = "performance/source_retire.html"

    def load(self, **_kwargs: Any) -> None:
        _loaded = self.source  # 404 before anything else

    def context(self) -> dict[str, Any]:
        return {**super().context(), "source": self.source}

    def perform(self) -> str:
        with transaction.atomic():
            retire_source(source=self.source, actor=self.actor)
        return _("%(source)s is retired. What it brought stays and counts.") % {"source": self.source.name}

    def back(self) -> str:
        return self.source_url(self.source)


class SourceResume(ServiceButton, _OfSource):
    """Take measurements of a retired source again."""

    permission = SOURCE_EDIT
    http_method_names = ("post",)

    def load(self, **_kwargs: Any) -> None:
        _loaded = self.source

    def perform(self) -> str:
        with transaction.atomic():
            resume_source(source=self.source, actor=self.actor)
        return _("%(source)s is in use again.") % {"source": self.source.name}

    def back(self) -> str:
        return self.source_url(self.source)


class SourceRulesEdit(ServiceFormView):
    """Say what happens to codes that no source has."""

    permission = SOURCE_EDIT
    form_class = SourceRulesForm
    template_name = "performance/source_rules.html"
    success_message = gettext_lazy("The rule is saved. It holds from the next delivery on.")

    def get_initial(self) -> dict[str, Any]:
        return {"unknown": SourceRulesForm.REFUSE if refuses_unknown() else SourceRulesForm.TAKE}

    def call(self, form: forms.Form) -> Any:
        refuses = form.cleaned_data["unknown"] == SourceRulesForm.REFUSE
        return set_source_rules(actor=self.actor, refuses_unknown=refuses)

    def get_success_url(self) -> str:
        return self.address("source_list")
