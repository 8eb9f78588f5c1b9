"""What a score receipt says on paper, from the same object as the page and in the same words."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from performance import display
from performance.pdf.lines import line_table, lines_explained
from performance.pdf.measurements import measurements
from performance.pdf.restated import places_moved, restatements
from performance.screens.grades import grade_colour
from performance.screens.receipt import ReceiptScreen
from performance.screens.scorecard import ScorecardPage
from prm.ui import formats

Content = dict[str, Any]


def receipt_content(
    screen: ReceiptScreen, *, tenant: str, page_address: str, facts_address: str, made_at: datetime
) -> Content:
    """Everything the layout `receipt.typ` draws, as texts, figures in words and pictures."""
    page = screen.page
    return {
        "kind": _("Score receipt"),
        "tenant": tenant,
        "title": f"{page.partner.name}, {page.period.label}",
        "partner": page.partner.name,
        "about_partner": about_partner(page),
        "period": period_of(page),
        "state": state_of(page),
        "made": _("Made on %(at)s") % {"at": formats.stamp(made_at)},
        "head": head(page),
        "notes": _notes(page),
        "table": line_table(screen),
        "arithmetic": _arithmetic(screen),
        "lines": lines_explained(screen),
        "lines_title": _("Each KPI in four steps"),
        "lines_note": _("Thick tick: target. Thin tick: stretch. Right is always better."),
        "change": _change(page),
        "restated": restatements(page),
        "moved": places_moved(page),
        "facts": measurements(screen, address=facts_address),
        "origin": _origin(page, page_address, made_at),
    }


def about_partner(page: ScorecardPage) -> str:
    """Programme, type, tier and region that the card was scored with."""
    card = page.card
    return ". ".join(
        [
            str(card.programme.name),
            ", ".join(str(part) for part in (card.partner_type, card.tier, card.region) if part),
        ]
    )


def period_of(page: ScorecardPage) -> str:
    """The period with its days."""
    return _("%(period)s, %(first)s to %(last)s") % {
        "period": page.period.label,
        "first": formats.day(page.period.start, year=True),
        "last": formats.day(page.period.value.last_day, year=True),
    }


def state_of(page: ScorecardPage) -> Content:
    """Whether the score is final, restated or still moving, as a badge."""
    if page.restated:
        at = formats.stamp(page.restated[0].restatement.settled_at)
        return {"tone": "accent", "text": _("Restated on %(at)s") % {"at": at}}
    if page.period.is_closed:
        return {"tone": "pos", "text": _("Final since %(at)s") % {"at": formats.stamp(page.period.closed_at)}}
    return {"tone": "warn", "text": _("The period is still open")}


def head(page: ScorecardPage) -> Content:
    """The answer: total, grade, where it lies among the grades, and the key figures beside it."""
    card = page.card
    return {
        "total": formats.number(card.total, 1),
        "of": _("of 100"),
        "score": None if card.total is None else float(card.total),
        "is_rated": card.rated,
        "grade": card.grade,
        "grade_name": page.grade_name,
        "grade_colour": page.grade_colour,
        "unrated": _("Not rated"),
        "bands": _bands(page),
        "figures": _figures(page),
    }


def _bands(page: ScorecardPage) -> list[Content]:
    """The grade limits along the rail, lowest first."""
    bands = page.rail_bands
    ends = [minimum for minimum, _key in bands[1:]] + [Decimal(100)]
    return [
        {
            "from": float(minimum),
            "to": float(end),
            "label": f"{key} {formats.number(minimum)}" if minimum else key,
            "colour": grade_colour(key, page.bands),
            "is_here": page.card.rated and key == page.card.grade,
        }
        for (minimum, key), end in zip(bands, ends, strict=True)
    ]


def _figures(page: ScorecardPage) -> list[Content]:
    """The key figures beside the total: change, next grade, rank, coverage."""
    card, found = page.card, []
    if card.delta is not None and page.receipt.previous is not None:
        found.append(
            {
                "label": _("vs %(period)s") % {"period": page.receipt.previous.period.label},
                "value": formats.signed(card.delta, 1),
                "note": f"{display.score(page.receipt.previous.total)} → {display.score(card.total)}",
            }
        )
    if page.next_grade is not None:
        grade, points = page.next_grade
        found.append(
            {
                "label": _("To grade %(grade)s") % {"grade": grade},
                "value": formats.number(points, 1),
                "note": _("points"),
            }
        )
    if page.cohort is not None:
        rank = _("%(rank)s of %(size)s") % {
            "rank": formats.number(page.cohort.rank),
            "size": formats.number(page.cohort.size),
        }
        found.append({"label": _("Rank"), "value": rank, "note": page.cohort.grown or page.cohort.name})
    if card.coverage is not None:
        minimum = display.percent(card.template.minimum_coverage)
        note = _("%(minimum)s is needed for a grade") % {"minimum": minimum}
        found.append({"label": _("Coverage"), "value": formats.share(card.coverage), "note": note})
    return found


def _notes(page: ScorecardPage) -> list[Content]:
    """What a reader must know before the figures."""
    found = []
    for entry in page.restated[:1]:
        title = _("Restated on %(at)s from %(old)s to %(new)s") % {
            "at": formats.day(entry.restatement.settled_at, year=True),
            "old": display.score(entry.before.total),
            "new": display.score(entry.after.total),
        }
        found.append({"tone": "accent", "title": title, "text": entry.restatement.reason})
    if not page.card.rated:
        found.append({"tone": "warn", "title": _("Not rated in this period"), "text": page.unrated_note})
    if page.limiting_kpi:
        text = _("The total alone would earn %(raw)s. %(kpi)s is below the points its gate asks for.")
        found.append(
            {
                "tone": "warn",
                "title": _("The grade is limited to %(grade)s") % {"grade": page.card.grade},
                "text": text % {"raw": page.card.raw_grade, "kpi": page.limiting_kpi},
            }
        )
    if not page.receipt.is_current:
        text = _("Data or rules have just changed. The total follows in a moment.")
        found.append({"tone": "accent", "title": _("This score is being recomputed"), "text": text})
    if page.is_portal and page.card.rated and page.cohort is None:
        text = _(
            "Shown once at least five partners of your type and tier are rated, so that nobody can be singled out."
        )
        found.append({"tone": "quiet", "title": _("Rank among similar partners"), "text": text})
    return found


def _arithmetic(screen: ReceiptScreen) -> list[Content]:
    """Total and coverage, to be redone with a pocket calculator."""
    page, receipt = screen.page, screen.page.receipt
    if page.card.total is None or not screen.weighted:
        return []
    exactly = display.plain
    parts = " + ".join(
        f"{exactly(row.line.points or Decimal())}\u00a0×\u00a0{exactly(row.line.weight)}" for row in screen.weighted
    )
    return [
        {
            "label": _("Total"),
            "sum": f"( {parts} ) ÷ {exactly(receipt.weight_scored)}",
            "result": exactly(page.card.total),
        },
        {
            "label": _("Coverage"),
            "sum": f"{exactly(receipt.weight_scored)} ÷ {exactly(receipt.weight_all)}",
            "result": formats.share(page.card.coverage, 2),
        },
    ]


def _change(page: ScorecardPage) -> Content | None:
    receipt, card = page.receipt, page.card
    if card.delta is None or receipt.previous is None:
        return None
    before, after = (
        display.NONE if total is None else display.plain(total) for total in (receipt.previous.total, card.total)
    )
    parts = [(_("Doing better or worse, like for like"), receipt.like_for_like, "")]
    if receipt.reweighting:
        parts.append((_("Other KPIs measured, or other weights"), receipt.reweighting, ""))
    parts.append((_("In all"), card.delta, f"{before} → {after}"))
    return {
        "title": _("Change since %(period)s") % {"period": receipt.previous.period.label},
        "rows": [{"label": label, "value": formats.signed(part, 4), "note": note} for label, part, note in parts],
    }


def _origin(page: ScorecardPage, address: str, made_at: datetime) -> Content:
    """Where the figures come from, so that the same receipt can be had again."""
    run = page.receipt.run
    rows = [(_("Scorecard"), _("Scorecard version %(version)s") % {"version": page.card.template.version})]
    if run is not None:
        rows += [
            (_("Run"), _("Run %(number)s, %(at)s") % {"number": run.pk, "at": formats.stamp(run.started_at)}),
            (_("Hash of the results"), run.output_hash or display.NONE),
            (_("Hash of the rules"), run.rules_hash or display.NONE),
        ]
    rows.append((_("Made on"), f"{formats.stamp(made_at)} ({_zone()})"))
    return {
        "title": _("Where these figures come from"),
        "note": _("The same facts and rules always give the same score and the same hash."),
        "rows": [{"label": label, "value": value} for label, value in rows],
        "address": address,
        "address_label": _("This receipt on screen"),
    }


def _zone() -> str:
    return timezone.get_current_timezone_name()
