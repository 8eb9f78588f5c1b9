"""KPIs, benchmarks, templates, measurements, scorecards and runs in the Django admin, inside one tenant."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from performance.choices import Aggregation
from performance.models import (
    KPI,
    Alert,
    AlertRule,
    Benchmark,
    CardOutlook,
    ClosingTask,
    GradeBand,
    Measurement,
    MeasurementHistory,
    MeasurementSource,
    Outcome,
    PeriodRow,
    Restatement,
    Run,
    Scorecard,
    ScorecardTemplate,
    SourceDelivery,
    SourceKPI,
    TemplateLine,
    VendorTarget,
    WhatIf,
)
from performance.queries.restatements import HEAVY
from performance.services.alert_rules import pause_rule, resume_rule
from performance.services.alerts import resolve_alerts
from performance.services.asking import ask_for_recompute
from performance.services.benchmarks import set_benchmark, withdraw_benchmark
from performance.services.consequences import switch_consequences
from performance.services.kpis import create_kpi, update_kpi
from performance.services.restatements import apply_restatements, dismiss_restatements
from performance.services.sources import create_source, resume_source, retire_source, update_source
from performance.services.templates import delete_draft, revise_template
from performance.words.consequences import chosen_words
from prm.access.actor import Actor
from prm.errors import DomainError
from prm.operators.model_admin import WORK, ReadOnlyInline, TenantModelAdmin, selected

FIGURES = (40, _("Figures"))
SCORES = (50, _("Scores"))


class KPIAdminForm(forms.ModelForm):
    """A KPI with the codes of those that it is made from."""

    made_from = forms.CharField(
        label=_("made from"),
        required=False,
        help_text=_("Codes of KPIs with a comma between: one for a growth, two for a division."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.aggregation != Aggregation.FORMULA:
            self.initial["made_from"] = ", ".join(self.instance.input_codes)


@admin.register(KPI)
class KPIAdmin(TenantModelAdmin):
    form = KPIAdminForm
    section = FIGURES
    place = 10
    list_display = ["code", "name", "unit", "aggregation", "direction", "source_kind", "is_active", "updated_at"]
    list_filter = ["is_active", "aggregation", "direction", "source_kind"]
    search_fields = ["code", "name", "definition"]
    exclude = ["owner"]
    date_hierarchy = "created_at"

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> KPI:
        if "made_from" in values:
            values["inputs"] = [code for code in values.pop("made_from").replace(",", " ").split() if code]
        return create_kpi(actor=actor, **values) if is_new else update_kpi(kpi=obj, actor=actor, **values)


@admin.register(Benchmark)
class BenchmarkAdmin(TenantModelAdmin):
    """Immutable versions: a new one ends the former, a mistake is withdrawn."""

    section = FIGURES
    place = 20
    list_display = [
        "kpi",
        "period_kind",
        "scope",
        "scope_label",
        "valid_from",
        "valid_to",
        "basis",
        "floor",
        "target",
        "stretch",
        "ceiling",
        "withdrawn_at",
    ]
    list_filter = [("withdrawn_at", admin.EmptyFieldListFilter), "period_kind", "scope", "basis", "direction", "kpi"]
    search_fields = ["kpi__code", "kpi__name", "partner__name", "partner__external_id", "note"]
    list_select_related = ["kpi", "tier", "region", "partner_type", "partner"]
    date_hierarchy = "valid_from"
    autocomplete_fields = ["kpi", "partner"]
    actions = ["withdraw"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            return super().get_fields(request, obj)
        return [
            ("kpi", "period_kind"),
            ("tier", "region", "partner_type"),
            "partner",
            ("valid_from", "valid_to"),
            "basis",
            ("floor", "target", "stretch", "ceiling"),
            "chart_target",
            "note",
        ]

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may withdraw; the record itself is never edited."""
        return admin.ModelAdmin.has_change_permission(self, request)

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> Benchmark:
        return set_benchmark(actor=actor, **values).benchmark

    @admin.action(description=_("Withdraw, for the reason of this stay"), permissions=["operate"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Benchmark]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda row: withdraw_benchmark(benchmark=row, actor=self.actor(request), reason=self.reason(request)),
        )


class LineInline(ReadOnlyInline):
    model = TemplateLine
    fields = ["section", "kpi", "weight", "policy", "carry_periods", "gate_minimum", "gate_grade"]
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[TemplateLine]:
        return super().get_queryset(request).select_related("section", "kpi")


class BandInline(ReadOnlyInline):
    model = GradeBand
    fields = ["key", "name", "minimum", "follows"]
    readonly_fields = ["follows"]
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[GradeBand]:
        return super().get_queryset(request).prefetch_related("consequences")

    @admin.display(description=_("what follows"))
    def follows(self, band: GradeBand) -> str:
        return "; ".join(chosen_words(row.kind, row.timing) for row in band.consequences.all())


@admin.register(ScorecardTemplate)
class ScorecardTemplateAdmin(TenantModelAdmin):
    """Versions of a programme's scorecard. They are written and published in the workspace."""

    section = FIGURES
    place = 30
    list_display = [
        "name",
        "programme",
        "version",
        "status",
        "valid_from",
        "valid_to",
        "published_at",
        "consequences_on_at",
    ]
    list_filter = ["status", "programme"]
    search_fields = ["name", "programme__name"]
    list_select_related = ["programme"]
    date_hierarchy = "created_at"
    inlines = [LineInline, BandInline]
    actions = ["revise", "throw_away", "stop_consequences"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may begin and throw away drafts; a version itself is for reading."""
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.action(description=_("Begin a draft from this version"), permissions=["operate"])
    def revise(self, request: HttpRequest, queryset: QuerySet[ScorecardTemplate]) -> None:
        self.run_for_each(
            request, selected(queryset), lambda row: revise_template(template=row, actor=self.actor(request))
        )

    @admin.action(description=_("Throw drafts away"), permissions=["operate"])
    def throw_away(self, request: HttpRequest, queryset: QuerySet[ScorecardTemplate]) -> None:
        self.run_for_each(
            request, selected(queryset), lambda row: delete_draft(template=row, actor=self.actor(request))
        )

    @admin.action(description=_("Switch the consequences of grades off"), permissions=["operate"])
    def stop_consequences(self, request: HttpRequest, queryset: QuerySet[ScorecardTemplate]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda row: switch_consequences(template=row, actor=self.actor(request), is_on=False),
        )


class FactAdmin(TenantModelAdmin):
    """Facts, for reading: they change by imports, the API and the workspace, which keep what was before."""

    search_fields = ["external_id", "partner__name", "partner__external_id"]
    search_help_text = _("External number, or name or number of the partner")
    list_filter = ["kpi", ("occurred_on", admin.DateFieldListFilter)]
    list_select_related = ["partner", "kpi"]
    show_full_result_count = False


@admin.register(Measurement)
class MeasurementAdmin(FactAdmin):
    section = FIGURES
    place = 40
    list_display = ["external_id", "source", "partner", "kpi", "occurred_on", "value", "weight", "recorded_at"]


@admin.register(MeasurementHistory)
class MeasurementHistoryAdmin(FactAdmin):
    section = FIGURES
    place = 50
    list_display = [
        "external_id",
        "source",
        "partner",
        "kpi",
        "occurred_on",
        "value",
        "weight",
        "replaced_at",
        "was_removed",
    ]


class FeedInline(ReadOnlyInline):
    model = SourceKPI
    fields = ["kpi", "is_named", "seen_at"]
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[SourceKPI]:
        return super().get_queryset(request).select_related("kpi")


@admin.register(MeasurementSource)
class MeasurementSourceAdmin(TenantModelAdmin):
    """Where measurements come from. Its KPIs are named in the workspace."""

    section = FIGURES
    place = 35
    list_display = ["code", "name", "kind", "expected_every", "grace_days", "late_since", "is_active", "is_described"]
    list_filter = ["is_active", "kind", "is_described", ("late_since", admin.EmptyFieldListFilter)]
    search_fields = ["code", "name", "description"]
    exclude = ["owner"]
    date_hierarchy = "created_at"
    inlines = [FeedInline]
    actions = ["retire", "resume"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may retire sources and take them back."""
        return admin.ModelAdmin.has_change_permission(self, request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj), "is_active"]
        return fields if obj is None else [*fields, "code"]

    def save_by_service(self, *, actor: Actor, obj: Any, values: dict[str, Any], is_new: bool) -> MeasurementSource:
        return create_source(actor=actor, **values) if is_new else update_source(source=obj, actor=actor, **values)

    @admin.action(description=_("Retire"), permissions=["operate"])
    def retire(self, request: HttpRequest, queryset: QuerySet[MeasurementSource]) -> None:
        self.run_for_each(request, selected(queryset), lambda row: retire_source(source=row, actor=self.actor(request)))

    @admin.action(description=_("Take back into use"), permissions=["operate"])
    def resume(self, request: HttpRequest, queryset: QuerySet[MeasurementSource]) -> None:
        self.run_for_each(request, selected(queryset), lambda row: resume_source(source=row, actor=self.actor(request)))


@admin.register(SourceDelivery)
class SourceDeliveryAdmin(TenantModelAdmin):
    """What each source brought, for reading: intakes put it down."""

    section = FIGURES
    place = 37
    list_display = ["source", "channel", "by", "last_at", "calls", "refused_calls", "created", "updated", "bad_rows"]
    list_filter = ["channel", "source", ("undone_at", admin.EmptyFieldListFilter)]
    search_fields = ["source__code", "source__name", "by"]
    list_select_related = ["source"]
    date_hierarchy = "last_at"
    show_full_result_count = False


@admin.register(Scorecard)
class ScorecardAdmin(TenantModelAdmin):
    """Cards, for reading: the engine alone writes them."""

    section = SCORES
    place = 10
    list_display = ["partner", "programme", "period", "total", "coverage", "grade", "rank", "cohort", "delta"]
    list_filter = ["programme", "period__kind", "rated", "grade", ("period", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["partner__name", "partner__external_id"]
    list_select_related = ["partner", "programme", "period"]
    show_full_result_count = False


@admin.register(PeriodRow)
class PeriodAdmin(TenantModelAdmin):
    section = SCORES
    place = 20
    list_display = ["label", "kind", "start", "end", "closed_at", "closed_by"]
    list_filter = ["kind", ("closed_at", admin.EmptyFieldListFilter)]
    search_fields = ["label"]
    date_hierarchy = "start"


@admin.register(Restatement)
class RestatementAdmin(TenantModelAdmin):
    """Proposals and what became of them, for reading; deciding goes through the services that the workspace uses."""

    section = SCORES
    place = 30
    list_display = ["card", "old_total", "new_total", "last_noticed_at", "settled_at", "settled_by", "was_applied"]
    list_filter = [("settled_at", admin.EmptyFieldListFilter), "was_applied"]
    search_fields = ["scorecard__partner__name", "scorecard__partner__external_id", "reason"]
    list_select_related = ["scorecard__partner", "scorecard__period"]
    date_hierarchy = "last_noticed_at"
    exclude = ["before", "after", "cause", "ranks_moved"]
    actions = ["restate", "dismiss"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Restatement]:
        return super().get_queryset(request).defer(*HEAVY, "scorecard__lines")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may decide; the record itself is never edited."""
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.display(description=_("scorecard"))
    def card(self, row: Restatement) -> str:
        return str(row)

    @admin.action(description=_("Restate, for the reason of this stay"), permissions=["operate"])
    def restate(self, request: HttpRequest, queryset: QuerySet[Restatement]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda row: apply_restatements(restatements=[row], actor=self.actor(request), reason=self.reason(request)),
        )

    @admin.action(description=_("Dismiss, for the reason of this stay"), permissions=["operate"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Restatement]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda row: dismiss_restatements(
                restatements=[row], actor=self.actor(request), reason=self.reason(request)
            ),
        )


@admin.register(CardOutlook)
class CardOutlookAdmin(TenantModelAdmin):
    """What is foreseen for the cards of running periods, for reading: it is worked out again each night."""

    section = SCORES
    place = 35
    list_display = ["partner", "period", "as_of", "total", "grade", "change", "reasons"]
    list_filter = ["period__kind", "grade"]
    search_fields = ["scorecard__partner__name", "scorecard__partner__external_id"]
    list_select_related = ["scorecard__partner", "period"]
    show_full_result_count = False

    @admin.display(description=_("partner"))
    def partner(self, row: CardOutlook) -> str:
        return str(row.scorecard.partner)


@admin.register(Alert)
class AlertAdmin(TenantModelAdmin):
    """Alerts, for reading; people settle them in the workspace, the rules raise them."""

    section = SCORES
    place = 40
    list_display = ["partner", "kind", "severity", "status", "rule", "period", "raised_at", "holds", "settled_by"]
    list_filter = ["status", "severity", "kind", "holds", "programme"]
    search_fields = ["partner__name", "partner__external_id", "rule__name", "note"]
    list_select_related = ["partner", "rule", "period"]
    date_hierarchy = "raised_at"
    actions = ["resolve"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may resolve; the record itself is never edited."""
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.action(description=_("Resolve, for the reason of this stay"), permissions=["operate"])
    def resolve(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        self.run_for_each(
            request,
            selected(queryset),
            lambda row: resolve_alerts(alerts=[row], actor=self.actor(request), note=self.reason(request)),
        )


@admin.register(Outcome)
class OutcomeAdmin(TenantModelAdmin):
    """What followed from grades, for reading: closing a period and restating a card make it."""

    section = SCORES
    place = 45
    list_display = [
        "partner",
        "period",
        "grade",
        "former_grade",
        "kind",
        "state",
        "told",
        "tries",
        "noted_at",
        "done_at",
    ]
    list_filter = ["state", "kind", "grade"]
    search_fields = ["partner__name", "partner__external_id", "problem"]
    list_select_related = ["partner", "scorecard__period"]
    date_hierarchy = "noted_at"
    show_full_result_count = False

    @admin.display(description=_("period"))
    def period(self, row: Outcome) -> str:
        return row.scorecard.period.label


@admin.register(ClosingTask)
class ClosingTaskAdmin(TenantModelAdmin):
    """What is done behind closings, for reading: closing a period makes it, workers do it."""

    section = SCORES
    place = 47
    list_display = ["period", "listener", "noted_at", "tries", "done_at", "problem"]
    list_filter = ["listener"]
    list_select_related = ["period"]


@admin.register(AlertRule)
class AlertRuleAdmin(TenantModelAdmin):
    """Rules, for reading and switching; they are written in the workspace, with a preview."""

    section = SCORES
    place = 50
    list_display = ["name", "kind", "severity", "programme", "period_kind", "is_active", "updated_at", "actor_label"]
    list_filter = ["is_active", "kind", "severity"]
    search_fields = ["name"]
    list_select_related = ["programme"]
    actions = ["pause", "resume"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may switch rules."""
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.action(description=_("Pause, and resolve the alerts"), permissions=["operate"])
    def pause(self, request: HttpRequest, queryset: QuerySet[AlertRule]) -> None:
        self.run_for_each(request, selected(queryset), lambda row: pause_rule(rule=row, actor=self.actor(request)))

    @admin.action(description=_("Switch on"), permissions=["operate"])
    def resume(self, request: HttpRequest, queryset: QuerySet[AlertRule]) -> None:
        self.run_for_each(request, selected(queryset), lambda row: resume_rule(rule=row, actor=self.actor(request)))


@admin.register(VendorTarget)
class VendorTargetAdmin(TenantModelAdmin):
    """What workspaces expect of themselves, for reading: it is set on their own scorecard."""

    section = SCORES
    place = 65
    list_display = ["measure", "valid_from", "floor", "target", "stretch", "weight", "set_at", "actor_label"]
    search_fields = ["measure", "actor_label"]
    date_hierarchy = "valid_from"


@admin.register(WhatIf)
class WhatIfAdmin(TenantModelAdmin):
    """Drafts that were tried out and what came of them, for reading."""

    section = SCORES
    place = 60
    list_display = [
        "name",
        "programme",
        "status",
        "created_by",
        "created_at",
        "replayed_at",
        "settled_at",
        "settled_by",
    ]
    list_filter = ["status"]
    search_fields = ["name", "created_by", "settled_by"]
    list_select_related = ["programme"]
    date_hierarchy = "created_at"


@admin.register(Run)
class RunAdmin(TenantModelAdmin):
    section = WORK
    place = 20
    list_display = ["started_at", "kind", "status", "as_of", "duration_ms", "actor_label", "output_hash"]
    list_filter = ["status", "kind"]
    search_fields = ["actor_label", "output_hash", "rules_hash", "error"]
    date_hierarchy = "started_at"
    actions = ["recompute_now"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this operator may ask for a recompute; a run itself is for reading."""
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.action(description=_("Recompute the open periods now"), permissions=["operate"])
    def recompute_now(self, request: HttpRequest, _queryset: QuerySet[Run]) -> None:
        try:
            ask_for_recompute(actor=self.actor(request))
        except DomainError as refusal:
            self.message_user(request, str(refusal.message), messages.ERROR)
        else:
            self.message_user(request, _("The open periods are being recomputed. The new run appears in this list."))
