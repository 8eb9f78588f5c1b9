"""A partner's pack for its quarterly meeting: score, course and KPIs of a period, and where there are any its shared
review, what both sides still have to do, and the improvement plans that run. Of all of it what the partner may read."""

from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from performance import display
from performance.pdf.lines import STYLES
from performance.pdf.receipt import about_partner, head, period_of, state_of
from performance.plans.choices import RUNNING, PlanStatus
from performance.plans.models import Plan
from performance.plans.permissions import PLAN_VIEW
from performance.plans.queries.plans import one_plan, shown_to_partner
from performance.plans.screens.plan import CommitmentView, ObjectiveView, PlanPage, build_plan
from performance.plans.words.plans import exit_sentence, stop_sentence, tone_of
from performance.reports.question import Reader
from performance.reviews.choices import Side
from performance.reviews.pdf import shared_review
from performance.reviews.permissions import REVIEW_VIEW
from performance.reviews.queries.reviews import shared_actions_of, shared_review_of
from performance.screens.overview import short_label
from performance.screens.scorecard import LineRow, ScorecardPage
from performance.screens.summary import summary_of_card
from prm.languages import written_language
from prm.pdf import chart_content
from prm.tenancy.scope import require_scope
from prm.ui import formats
from prm.ui.charts import Series, line

Content = dict[str, Any]

COURSES = 4
PLANS = 3

SMALL = (222.0, 62.0)
"""The size of a plot in points, half of an upright page; the layout sets it so high."""


def pack_content(page: ScorecardPage, *, reader: Reader, tenant: str, made_at: datetime) -> Content:
    """A partner's pack for `partner_pack.typ`.

    The partner itself reads its review and plans; anybody else does with the permission to.
    """
    language = written_language((get_language() or "en").split("-")[0])
    summary = summary_of_card(page, language)
    run = page.receipt.run
    return {
        "kind": _("Partner review pack"),
        "tenant": tenant,
        "title": f"{page.partner.name}, {page.period.label}",
        "partner": page.partner.name,
        "about_partner": about_partner(page),
        "period": period_of(page),
        "state": state_of(page),
        "made": _("Made on %(at)s") % {"at": formats.stamp(made_at)},
        "head": head(page),
        "story": [{"heading": part.heading, "text": " ".join(part.sentences)} for part in summary.paragraphs],
        "history": chart_content(page.history, STYLES),
        "history_title": _("Score over time"),
        "kpis_title": _("KPIs in this period"),
        "kpis_note": _("Each result against its benchmark, what it adds to the score, and how it changed."),
        "kpi_heads": [_("KPI"), _("Result"), _("Change"), _("Target"), _("Points"), _("Adds")],
        "kpis": [_kpi_row(row) for row in page.applicable],
        "courses_title": _("Course of the KPIs that count most"),
        "courses_note": _("The dashed line is the target of this period."),
        "courses": [{"name": row.kpi.name, "chart": _course(row, page)} for row in _weightiest(page)],
        "review": _review(page) if _may(reader, REVIEW_VIEW) else None,
        "actions": _actions(page) if _may(reader, REVIEW_VIEW) else None,
        "plans": _plans(page) if _may(reader, PLAN_VIEW) else [],
        "steps_title": _("What helps most now"),
        "steps_note": _("Most points for the shortest way first, if everything else stays the same."),
        "steps": []
        if page.period.is_closed
        else [
            {"name": step.title, "text": step.note, "gain": f"+{formats.number(step.step.gain, 1)}"}
            for step in page.outlook.first_steps
        ],
        "origin": _("As of run %(run)s. The receipt of the period shows every measurement behind these figures.")
        % {"run": run.pk if run else formats.NONE},
    }


def _may(reader: Reader, permission: Any) -> bool:
    return reader.partner_id is not None or str(permission) in reader.permissions


# --- The scorecard --------------------------------------------------------------------------------------------------
def _kpi_row(row: LineRow) -> Content:
    change = formats.NONE
    if row.change is not None:
        unit = row.change_unit
        change = (
            display.with_unit(formats.signed(row.change, row.change_digits), unit)
            if unit
            else formats.signed(row.change, row.change_digits)
        )
    return {
        "name": row.kpi.name,
        "zone": row.zone,
        "figures": [
            row.actual,
            change,
            row.target,
            display.score(row.line.points),
            display.score(row.line.contribution),
        ],
    }


def _weightiest(page: ScorecardPage) -> list[LineRow]:
    drawn = [row for row in page.applicable if sum(value is not None for value in row.values) > 1]
    return sorted(drawn, key=lambda row: (-row.line.weight, row.line.position))[:COURSES]


def _course(row: LineRow, page: ScorecardPage) -> Content | None:
    return chart_content(
        line(
            [short_label(period) for period in page.trend],
            [Series(row.kpi.name, row.values)],
            label=_("%(kpi)s, now %(actual)s") % {"kpi": row.kpi.name, "actual": row.actual},
            target=row.line.target,
            target_name=_("Target"),
            digits=row.kpi.decimals,
            max_labels=5,
        ),
        size=SMALL,
    )


# --- What both sides said and promised ------------------------------------------------------------------------------
def _review(page: ScorecardPage) -> Content | None:
    """The period's review once it is shared; before that the partner knows only its own side of it."""
    review = shared_review_of(page.partner.pk, page.card.programme_id, page.period.pk)
    return None if review is None else shared_review(review)


def _actions(page: ScorecardPage) -> Content | None:
    found = shared_actions_of(page.partner.pk, page.card.programme_id)
    if not found:
        return None
    return {
        "title": _("Open actions"),
        "note": _("From this review and those before it, both sides together."),
        "heads": [_("Action"), _("Side"), _("Owner"), _("Due"), _("From")],
        "rows": [
            [
                row.title,
                _side(row.side, page),
                row.owner_name or formats.NONE,
                formats.day(row.due_on, year=True) if row.due_on else formats.NONE,
                row.review.period.label,
            ]
            for row in found
        ],
    }


def _side(side: str, page: ScorecardPage) -> str:
    """The company that is to do it: on paper "our side" would be either."""
    names = {Side.VENDOR: require_scope().tenant.name, Side.PARTNER: page.partner.name}
    return names[Side(side)] if side else formats.NONE


def _plans(page: ScorecardPage) -> list[Content]:
    mine = Plan.objects.filter(pk__in=shown_to_partner(page.partner.pk).order_by().values("pk"))
    rows = mine.filter(programme_id=page.card.programme_id, status__in=(*RUNNING, PlanStatus.AGREED))
    return [
        _plan(build_plan(one_plan(number), for_partner=True))
        for number in rows.order_by("starts_on", "pk").values_list("public_id", flat=True)[:PLANS]
    ]


def _plan(page: PlanPage) -> Content:
    plan = page.plan
    about = [exit_sentence(plan)]
    if page.is_running and plan.ends_on:
        figures = {"day": page.standing.day, "all": page.standing.days, "end": formats.day(plan.ends_on, year=True)}
        about.insert(0, _("Day %(day)s of %(all)s, until %(end)s") % figures)
    return {
        "heading": _("Improvement plan: %(title)s") % {"title": plan.title},
        "state": {
            "text": plan.get_status_display(),
            "tone": {"acc": "accent", "": "quiet"}.get(tone_of(plan.status), tone_of(plan.status)),
        },
        "about": ". ".join(about) + ".",
        "stopped": stop_sentence(plan),
        "heads": [_("KPI"), _("At the start"), _("Now"), _("To reach"), _("Of the way"), _("Pace")],
        "objectives": [_objective(one) for one in page.objectives],
        "chart": chart_content(page.chart),
        "promised_heads": [_("Promised"), _("Side"), _("Due"), _("Status")],
        "promised": [_promise(one, plan) for one in page.commitments],
    }


def _objective(one: ObjectiveView) -> list[str]:
    kpi = one.row.kpi
    pace = {None: formats.NONE, True: _("on track"), False: _("behind")}[one.on_track]
    return [
        kpi.name,
        display.kpi_value(kpi, one.baseline),
        display.kpi_value(kpi, one.row.last_value) if one.is_measured else formats.NONE,
        one.exit_text,
        formats.NONE if one.percent is None else formats.percent(one.percent),
        pace,
    ]


def _promise(one: CommitmentView, plan: Plan) -> list[str]:
    status = _("Overdue") if one.is_overdue else str(one.row.get_state_display())
    side = require_scope().tenant.name if one.is_ours else plan.partner.name
    return [one.row.title, side, formats.day(one.row.due_on, year=True), status]
