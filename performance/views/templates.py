"""Scorecard templates: drafting, publishing, revising."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _

from partners.models import PartnerType, Programme
from performance.choices import TemplateStatus
from performance.forms.template import ConsequenceBandFormSet, LineFormSet, PublishForm, TemplateForm
from performance.linter import Report
from performance.models import ScorecardTemplate
from performance.permissions import CONSEQUENCE_SWITCH, KPI_VIEW, SCORECARD_VIEW, TEMPLATE_EDIT, WHAT_IF_VIEW
from performance.queries.consequences import has_choice
from performance.queries.library import template_lines
from performance.queries.preview import periods_of
from performance.queries.what_ifs import open_what_if_of
from performance.rules.scoring import DEFAULT_BANDS, DEFAULT_MINIMUM_COVERAGE, DEFAULT_POINTS_AT_TARGET, HUNDRED
from performance.screens.consequences import Trial, build_trial, standing_of
from performance.screens.preview import build_preview, choose
from performance.services.consequences import are_those_in_force
from performance.services.templates import (
    BandSpec,
    ConsequenceSpec,
    LineSpec,
    SectionSpec,
    TemplateSpec,
    delete_draft,
    draft_template,
    lint_template,
    publish_linted,
    revise_template,
    rewrite_draft,
    spec_of_template,
    usual_consequences,
)
from performance.views.base import Page, ServiceFormView, get_or_404
from prm.access.portfolio import portfolio_of
from prm.access.views import TenantView
from prm.errors import DomainError
from prm.ui.steps import ServiceButton

PERIODS_OFFERED = 36
"""How many periods a preview offers; older ones go by their label in the address."""


def _versions() -> QuerySet[ScorecardTemplate]:
    return ScorecardTemplate.objects.select_related("programme").annotate(line_count=Count("lines"))


class TemplateList(Page):
    """Every version of every programme's scorecard."""

    permission = KPI_VIEW
    template_name = "performance/template_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        versions = _versions().order_by("-version")
        programmes = Programme.objects.prefetch_related(Prefetch("scorecard_templates", versions, "versions"))
        return super().get_context_data(programmes=list(programmes), today=timezone.localdate(), **kwargs)


class TemplateDetail(Page):
    """One version: what counts how much, which grades there are, and what can be done with it."""

    permission = KPI_VIEW
    template_name = "performance/template_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        template = get_or_404(
            _versions().prefetch_related(template_lines(), "bands__consequences"), public_id=self.kwargs["template"]
        )
        lines = list(template.lines.all())
        return super().get_context_data(
            card=template,
            groups=_sections(lines),
            bands=list(template.bands.all()),
            followed=standing_of(template),
            weight_total=sum((line.weight for line in lines), start=HUNDRED * 0),
            minimum_coverage=template.minimum_coverage * HUNDRED,
            today=timezone.localdate(),
            is_draft=template.status == TemplateStatus.DRAFT,
            report=_report(template) if template.status == TemplateStatus.DRAFT else None,
            periods=list(periods_of(template)[:PERIODS_OFFERED]),
            trying=open_what_if_of(template) if WHAT_IF_VIEW in self.request.can else None,
            **kwargs,
        )


def _report(template: ScorecardTemplate) -> Report:
    return lint_template(template, today=timezone.localdate())


class TemplatePreview(Page):
    """A version tried on one partner and period, beside the card as it is stored. Nothing is written."""

    permission = SCORECARD_VIEW
    template_name = "performance/template_preview.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        context = self.get_context_data()
        return self.render_to_response(context, status=422 if context["choice"].problem and request.GET else 200)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        template = get_or_404(_versions().prefetch_related("bands"), public_id=self.kwargs["template"])
        asked = self.request.GET.get
        choice = choose(
            template,
            partner=asked("partner", ""),
            period=asked("period", ""),
            portfolio=portfolio_of(self.request.membership),
            today=timezone.localdate(),
        )
        preview = (
            build_preview(template, choice.partner, choice.period)
            if choice.partner is not None and choice.period is not None
            else None
        )
        return super().get_context_data(
            card=template,
            choice=choice,
            periods=choice.periods[:PERIODS_OFFERED],
            preview=preview,
            asked_partner=asked("partner", "") if preview is None else preview.partner.external_id,
            today=timezone.localdate(),
            is_draft=template.status == TemplateStatus.DRAFT,
            **kwargs,
        )


def _sections(lines: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """Lines grouped under their headings, in order."""
    groups: list[tuple[str, list[Any]]] = []
    for line in lines:
        name = line.section.name if line.section else ""
        if not groups or groups[-1][0] != name:
            groups.append((name, []))
        groups[-1][1].append(line)
    return groups


def next_month(day: date) -> date:
    """The first day of the month after."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


class TemplateEditor(Page):
    """Writing a draft: head, lines with weights, grades, in one page and one save."""

    permission = TEMPLATE_EDIT
    template_name = "performance/template_form.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(**self._forms()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        parts = self._forms(request.POST)
        valid = [part.is_valid() for part in parts.values()]
        if all(valid):
            try:
                with transaction.atomic():
                    template = self._save(**parts)
            except DomainError as refusal:
                field = refusal.field if refusal.field in parts["form"].fields else None
                parts["form"].add_error(field, str(refusal.message))
            else:
                messages.success(request, _("The draft is saved. Nothing is scored with it before you publish it."))
                return HttpResponseRedirect(self._onward(template))
        return self.render_to_response(self.get_context_data(**parts), status=422)

    def _onward(self, template: ScorecardTemplate) -> str:
        """Back to the what-if that tries this draft out, where the editor was opened from there."""
        what_if = open_what_if_of(template) if self.request.GET.get("what_if") else None
        if what_if is None:
            return _detail(template)
        names = {"tenant": template.tenant.slug, "what_if": what_if.public_id}
        return reverse("performance:what_if", kwargs=names)

    def _forms(self, data: Any = None) -> dict[str, Any]:
        head, lines, bands = self._initial()
        return {
            "form": TemplateForm(data, initial=head),
            "lines": LineFormSet(data, initial=lines, prefix="lines"),
            "bands": ConsequenceBandFormSet(data, initial=bands, prefix="bands"),
        }

    @property
    def draft(self) -> ScorecardTemplate | None:
        """The draft that is edited; None for a new one."""
        if "template" not in self.kwargs:
            return None
        if not hasattr(self, "_draft"):
            drafts = ScorecardTemplate.objects.filter(status=TemplateStatus.DRAFT)
            self._draft = get_or_404(
                drafts.prefetch_related(template_lines(), "bands"), public_id=self.kwargs["template"]
            )
        return self._draft

    def _initial(self) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
        draft = self.draft
        if draft is None:
            head = {
                "programme": Programme.objects.filter(is_default=True).first(),
                "points_at_target": DEFAULT_POINTS_AT_TARGET,
                "minimum_coverage": _short(DEFAULT_MINIMUM_COVERAGE * HUNDRED),
                "period_kinds": ["month", "quarter", "year"],
                "consequence_periods": ["quarter"],
            }
            usual = usual_consequences([BandSpec(band.key, band.minimum) for band in DEFAULT_BANDS])
            return head, [{}, {}, {}], [_band_initial(band) for band in usual]
        head = {
            "programme": draft.programme_id,
            "name": draft.name,
            "points_at_target": _short(draft.points_at_target),
            "minimum_coverage": _short(draft.minimum_coverage * HUNDRED),
            "period_kinds": draft.period_kinds,
            "consequence_periods": draft.consequence_periods,
        }
        lines = [
            {
                "section": line.section.name if line.section else "",
                "kpi": line.kpi_id,
                "weight": _short(line.weight),
                "policy": line.policy,
                "carry_periods": line.carry_periods or None,
                "gate_minimum": _short(line.gate_minimum),
                "gate_grade": line.gate_grade,
                "applies_to": [kind.pk for kind in line.applies_to.all()],
            }
            for line in draft.lines.all()
        ]
        return head, lines, [_band_initial(band) for band in spec_of_template(draft).bands]

    def _save(self, *, form: TemplateForm, lines: Any, bands: Any) -> ScorecardTemplate:
        data = form.cleaned_data
        names = ("points_at_target", "minimum_coverage", "period_kinds", "consequence_periods")
        settings = {name: data[name] for name in names}
        spec = TemplateSpec(
            sections=_section_specs(lines.kept),
            bands=[
                BandSpec(
                    band["key"],
                    band["minimum"],
                    band["name"],
                    [ConsequenceSpec(kind, timing) for kind, timing in band["consequences"]],
                )
                for band in bands.kept
            ],
            settings=settings,
        )
        if self.draft is None:
            return draft_template(programme=data["programme"], actor=self.actor, name=data["name"], spec=spec)
        return rewrite_draft(template=self.draft, actor=self.actor, name=data["name"], spec=spec)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            draft=self.draft,
            section_names=sorted({name for name in self._section_names(kwargs["lines"]) if name}),
            has_types=PartnerType.objects.exists(),
            **kwargs,
        )

    @staticmethod
    def _section_names(lines: Any) -> list[str]:
        return [str(form["section"].value() or "") for form in lines.forms]


def _band_initial(band: BandSpec) -> dict[str, Any]:
    """A grade as the form takes it."""
    chosen = {f"then_{row.kind}": row.timing for row in band.consequences}
    return {"key": band.key, "name": band.name, "minimum": _short(band.minimum), **chosen}


def _short(value: Any) -> str | None:
    """A Decimal without trailing zeros, for an input."""
    return None if value is None else f"{value.normalize():f}"


def _section_specs(lines: Sequence[dict[str, Any]]) -> list[SectionSpec]:
    """Lines by section name, in the order in which the names first appear; lines without one stand first."""
    by_name: dict[str, list[LineSpec]] = {}
    for line in sorted(lines, key=lambda line: bool(line["section"])):
        by_name.setdefault(line["section"].strip(), []).append(
            LineSpec(
                kpi=line["kpi"],
                weight=line["weight"],
                policy=line["policy"],
                carry_periods=line["carry_periods"] or 0,
                gate_minimum=line["gate_minimum"],
                gate_grade=line["gate_grade"],
                applies_to=list(line["applies_to"]),
            )
        )
    taken: set[str] = set()
    return [SectionSpec(_key(name, taken) if name else "", name, specs) for name, specs in by_name.items()]


def _key(name: str, taken: set[str]) -> str:
    """A key for a heading, made of its name."""
    base = slugify(name)[:50] or "section"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    taken.add(key)
    return key


class TemplatePublish(ServiceFormView):
    """Fix a draft from a day on, after the person has seen what that means."""

    permission = TEMPLATE_EDIT
    form_class = PublishForm
    template_name = "performance/template_publish.html"

    @property
    def card(self) -> ScorecardTemplate:
        if not hasattr(self, "_card"):
            self._card = get_or_404(_versions(), public_id=self.kwargs["template"], status=TemplateStatus.DRAFT)
        return self._card

    def get_initial(self) -> dict[str, Any]:
        initial: dict[str, Any] = {"valid_from": next_month(timezone.localdate())}
        if self.trial is not None:
            initial["consequences"] = are_those_in_force(self.card, self.current)
        return initial

    @cached_property
    def current(self) -> ScorecardTemplate | None:
        """The newest published version, which this one replaces."""
        published = ScorecardTemplate.objects.filter(programme=self.card.programme, status=TemplateStatus.PUBLISHED)
        return published.order_by("-valid_from").first()

    @cached_property
    def trial(self) -> Trial | None:
        """What its consequences would have been in the last closed period; None without any."""
        return build_trial(self.card, today=timezone.localdate()) if has_choice(self.card) else None

    @cached_property
    def report(self) -> Report:
        """What the linter says."""
        return _report(self.card)

    def refused(self, form: forms.Form, refusal: DomainError) -> None:
        """Show what the linter says now, not what the person had seen."""
        assert isinstance(form, PublishForm)
        self.report = _report(self.card)
        form.ask(len(self.report.warnings))
        super().refused(form, refusal)

    def get_form_kwargs(self) -> dict[str, Any]:
        has_consequences = self.trial is not None and CONSEQUENCE_SWITCH in self.request.can
        return {
            **super().get_form_kwargs(),
            "warnings": len(self.report.warnings),
            "has_consequences": has_consequences,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            card=self.card, current=self.current, report=self.report, trial=self.trial, **kwargs
        )

    def call(self, form: forms.Form) -> ScorecardTemplate:
        assert isinstance(form, PublishForm)
        return publish_linted(
            template=self.card,
            actor=self.actor,
            valid_from=form.cleaned_data["valid_from"],
            today=timezone.localdate(),
            confirmed=form.confirmed,
            consequences_on=form.cleaned_data.get("consequences"),
        )

    @property
    def success_message(self) -> str:
        return _("Version %(version)s is published. Scores of open periods follow in a moment.") % {
            "version": self.result.version
        }

    def get_success_url(self) -> str:
        return _detail(self.result)


class _TemplateButton(ServiceButton, TenantView):
    permission = TEMPLATE_EDIT
    http_method_names = ("post",)
    card: ScorecardTemplate

    def load(self, *, template: Any, **_kwargs: Any) -> None:
        self.card = get_or_404(ScorecardTemplate.objects.select_related("programme"), public_id=template)

    def back(self) -> str:
        return _detail(self.card)


class TemplateRevise(_TemplateButton):
    """Begin a new draft as a copy of this version."""

    draft: ScorecardTemplate

    def perform(self) -> str:
        with transaction.atomic():  # a refusal half-way leaves nothing behind
            self.draft = revise_template(template=self.card, actor=self.actor)
        return ""

    def onward(self) -> str:
        return _address("template_update", self.draft)


class TemplateDelete(_TemplateButton):
    """Throw a draft away."""

    def perform(self) -> str:
        delete_draft(template=self.card, actor=self.actor)
        return _("The draft is deleted.")

    def onward(self) -> str:
        return reverse("performance:template_list", kwargs={"tenant": self.kwargs["tenant"]})


def _address(name: str, template: ScorecardTemplate) -> str:
    return reverse(f"performance:{name}", kwargs={"tenant": template.tenant.slug, "template": template.public_id})


def _detail(template: ScorecardTemplate) -> str:
    return _address("template_detail", template)
