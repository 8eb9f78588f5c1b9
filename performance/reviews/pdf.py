"""A review on paper, for its meeting: the result, both sides of each section, the figures, the actions."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

import performance
from performance import display
from performance.models import Scorecard
from performance.queries.cards import trend_of
from performance.queries.reference import kpis_by_id
from performance.reviews.models import Review
from performance.reviews.screens.review import ReviewScreen, SectionView, role_points
from performance.reviews.words.reviews import status_words, waits_words
from performance.screens.arithmetic import target_text
from performance.screens.grades import grade_tone
from performance.templatetags.scores import line_bullet
from prm.pdf import drawing, typeset
from prm.tenancy.scope import require_scope
from prm.ui import formats
from prm.ui.charts import columns

STYLES = Path(performance.__file__).parent / "static" / "performance" / "scores.css"

Content = dict[str, Any]


def review_pack(review: Review, *, is_portal: bool = False) -> bytes:
    """The pack of a review as a PDF, in the active language. `is_portal` leaves out what a partner does not read."""
    tenant = require_scope().tenant
    content = pack_content(ReviewScreen(review, is_portal=is_portal))
    return typeset("review", content, accent=tenant.accent)


def shared_review(review: Review) -> Content:
    """The part of a partner's pack that is about its review, as the partner reads it: the result, both views, the
    meeting and the signatures. Scorecard and open actions have parts of their own there."""
    screen = ReviewScreen(review, is_portal=True)
    return {
        "title": _("Review %(period)s") % {"period": review.period.label},
        "state": {"tone": "accent", "text": status_words(review)},
        "about": waits_words(review),
        "figures": _head(screen)["figures"],
        "notes": _notes(screen),
        "sections": [_section(screen, view) for view in screen.sections],
        "meeting": _meeting(screen),
        "signing": _signing(screen),
    }


def pack_name(review: Review) -> str:
    """What the file is called."""
    return _("Review %(partner)s %(period)s") % {"partner": review.partner.name, "period": review.period.label}


def pack_content(screen: ReviewScreen) -> Content:
    """Everything the layout `review.typ` draws, as texts, figures in words and pictures."""
    review = screen.review
    return {
        "kind": _("Review"),
        "tenant": require_scope().tenant.name,
        "title": f"{review.partner.name}, {review.period.label}",
        "partner": review.partner.name,
        "about": ". ".join(filter(None, [review.programme.name, waits_words(review)])),
        "period": _("Review %(period)s") % {"period": review.period.label},
        "state": {"tone": "accent", "text": status_words(review)},
        "made": _("Made on %(at)s") % {"at": formats.stamp(timezone.now())},
        "head": _head(screen),
        "notes": _notes(screen),
        "history": _history(screen),
        "lines": _lines(screen),
        "sections_title": _("Both views"),
        "sections": [_section(screen, view) for view in screen.sections],
        "meeting": _meeting(screen),
        "actions": _actions(screen),
        "signing": _signing(screen),
    }


def _head(screen: ReviewScreen) -> Content:
    snapshot, review = screen.snapshot, screen.review
    bands = screen.bands
    ends = [minimum for minimum, _key in bands[1:]] + [Decimal(100)]
    grade = snapshot.grade if snapshot else ""
    colours = {key: grade_tone(len(bands) - 1 - place, len(bands)) for place, (_low, key) in enumerate(bands)}
    figures = []
    if screen.has_result and screen.shows_both:
        figures = [
            {"label": name, "value": display.score(points), "note": ""} for name, _n, points in role_points(screen)
        ]
        together = display.score(review.quality) if review.quality is not None else _("not enough ratings")
        figures.append({"label": _("Ratings together"), "value": together, "note": ""})
        figures.append({"label": _("Final result"), "value": display.score(review.final), "note": screen.arithmetic})
    return {
        "total": display.score(snapshot.total) if snapshot else display.NONE,
        "of": _("of 100"),
        "score": float(snapshot.total) if snapshot and snapshot.total is not None else None,
        "grade": grade,
        "unrated": _("Not rated"),
        "grade_colour": colours.get(grade, ""),
        "bands": [
            {
                "from": float(minimum),
                "to": float(end),
                "label": f"{key} {formats.number(minimum)}" if minimum else key,
                "colour": colours[key],
                "is_here": key == grade,
            }
            for (minimum, key), end in zip(bands, ends, strict=True)
        ]
        if bands
        else [],
        "figures": figures,
        "note": _("The score is computed and locked. Assessments explain it, they never change it."),
    }


def _notes(screen: ReviewScreen) -> list[Content]:
    found = []
    contest = screen.contest
    if contest is not None:
        titles = {
            "open": _("%(kpi)s is contested"),
            "corrected": _("%(kpi)s was corrected at its source"),
            "upheld": _("%(kpi)s was contested and upheld"),
        }
        text = " ".join(filter(None, [contest.text, contest.reason and f"{_('Decision:')} {contest.reason}"]))
        found.append({"tone": "warn", "title": titles[contest.outcome] % {"kpi": contest.kpi.name}, "text": text})
    if screen.was_restated:
        figures = {"now": display.score(screen.snapshot.now_total), "then": display.score(screen.snapshot.total)}
        text = _("It says %(now)s now, this review keeps %(then)s.") % figures
        found.append({"tone": "accent", "title": _("The scorecard has changed since"), "text": text})
    if screen.review.end == "silent":
        text = _("It was not signed by both sides in time.")
        found.append({"tone": "neg", "title": _("Closed as not acknowledged"), "text": text})
    return found


def _history(screen: ReviewScreen) -> Content | None:
    """The totals of the last periods of the same kind as columns."""
    review = screen.review
    periods = trend_of(review.period)
    cards = Scorecard.objects.filter(
        programme_id=review.programme_id, partner_id=review.partner_id, period_id__in=[row.pk for row in periods]
    ).order_by()
    totals = dict(cards.values_list("period_id", "total"))
    if len(totals) < 2:
        return None
    shown = [(period.label, totals.get(period.pk)) for period in periods]
    chart = columns([label for label, _total in shown], [total for _label, total in shown], label=_("Score by period"))
    start, end = chart.html.find("<svg"), chart.html.rfind("</svg>")
    return {
        "title": _("Score by period"),
        "picture": drawing(chart.html[start : end + 6], STYLES) if start >= 0 else "",
        "heads": [label for label, _total in shown],
        "row": [display.score(total) for _label, total in shown],
    }


def _lines(screen: ReviewScreen) -> Content:
    kpis = kpis_by_id()
    rows = []
    for line in screen.lines:
        kpi = kpis.get(line.kpi_id)
        if kpi is None:
            continue
        rows.append(
            {
                "name": kpi.name,
                "bullet": drawing(line_bullet(line), STYLES),
                "figures": [
                    display.kpi_value(kpi, line.actual),
                    target_text(kpi, line),
                    display.score(line.points),
                    display.plain(line.weight),
                    display.score(line.contribution),
                ],
            }
        )
    return {
        "title": _("The frozen scorecard"),
        "note": _("Thick tick: target. Thin tick: stretch. Right is always better."),
        "heads": [_("KPI"), "", _("Result"), _("Target"), _("Points"), _("Weight"), _("Adds")],
        "rows": rows,
    }


def _section(screen: ReviewScreen, view: SectionView) -> Content:
    ours = [
        {
            "who": voice.name if voice.name == voice.role else f"{voice.name}, {voice.role}",
            "level": float(voice.level),
            "name": voice.level_name,
            "text": " ".join(said.comment for said in voice.said if said.comment),
        }
        for voice in view.voices
    ]
    theirs = [
        {
            "who": _("Partner") if place == 0 else said.text,
            "level": float(said.level or 0),
            "name": said.level_name,
            "text": said.comment,
        }
        for place, said in enumerate(view.partner)
    ]
    silent = ""
    if screen.has_result and view.waiting and not screen.is_portal:
        silent = f"{_('Did not answer, not counted:')} {'; '.join(view.waiting)}"
    return {
        "name": view.section.name,
        "figures": view.figures or view.section.hint,
        "gap": view.gap_words,
        "gap_tone": {"warn": "warn", "acc": "accent"}.get(view.gap_tone, "quiet"),
        "partner": theirs,
        "ours": ours,
        "silent": silent,
        "none": _("Nothing said here."),
    }


def _meeting(screen: ReviewScreen) -> Content:
    review = screen.review
    rows = []
    if review.met_on:
        rows.append({"label": _("Held on"), "value": formats.day(review.met_on, year=True)})
    elif review.meeting_at:
        rows.append({"label": _("When"), "value": formats.stamp(review.meeting_at)})
    if review.meeting_place:
        rows.append({"label": _("Where"), "value": review.meeting_place})
    if review.attendees:
        rows.append({"label": _("Attendees"), "value": ", ".join(review.attendees)})
    return {
        "title": _("Meeting"),
        "rows": rows,
        "agenda_title": _("Agenda"),
        "agenda": review.agenda,
        "notes_title": _("Notes"),
        "notes": review.notes,
        "none": _("No meeting is planned yet."),
    }


def _actions(screen: ReviewScreen) -> Content:
    def row(title: str, owner: str, due: Any, status: Any) -> list[str]:
        return [title, owner or display.NONE, formats.day(due, year=True) if due else display.NONE, str(status)]

    return {
        "title": _("Action items"),
        "carried_title": _("From the last review"),
        "heads": [_("Action"), _("Owner"), _("Due"), _("Status")],
        "rows": [row(one.title, one.owner_name, one.due_on, one.get_status_display()) for one in screen.actions],
        "carried": [
            row(one.action.title, one.action.owner_name, one.action.due_on, one.get_verdict_display() or display.NONE)
            for one in screen.carried
        ],
        "none": _("Nothing is agreed yet."),
    }


def _signing(screen: ReviewScreen) -> Content:
    return {
        "title": _("Sign-off"),
        "places": [
            {
                "name": place.name,
                "detail": place.detail,
                "state": formats.stamp(place.signature.signed_at) if place.signature else _("Not signed"),
                "remarks": place.signature.remarks if place.signature else "",
            }
            for place in screen.signing
        ],
    }
