"""How lists draw the figures of scorecards: of a card, and of a partner that has its `score`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from performance.consequences import kind_label
from prm.ui import charts, formats, pieces
from prm.ui.markup import fill


def score(total: Decimal | None, *, rated: bool, grade: str) -> SafeString:
    """A total with its grade, or why there is none."""
    if total is None:
        return pieces.badge(_("No data"))
    return fill(
        '<span class="row">{}<b class="num">{}</b>{}</span>',
        pieces.grade(grade) if rated else "",
        formats.number(total, 1),
        "" if rated else fill(" {}", pieces.badge(_("Not rated"), "warn")),
    )


def coverage(_row: Any, value: Decimal | None) -> SafeString | str:
    """How much of the weight has data, marked where something is missing."""
    if value is None:
        return formats.NONE
    return fill('<span class="{}">{}</span>', "tx-warn" if value < 1 else "dim", formats.share(value))


def change(_row: Any, value: Decimal | None) -> SafeString:
    """Points against the period before."""
    return pieces.delta(value, better="up")


def trend(series: Sequence[Any], delta: Decimal | None) -> SafeString:
    """The totals of the last periods, in the colour of the last movement."""
    return charts.sparkline(series, "neg" if delta is not None and delta < 0 else "pos")


# --- of a partner ---------------------------------------------------------------------------------------------------
def partner_score(partner: Any, value: Any) -> SafeString:
    """The partner's total in the period of the list."""
    mark = partner.score
    return score(value, rated=mark.rated, grade=mark.grade) if mark else pieces.badge(_("No scorecard"))


def partner_trend(partner: Any, _value: Any) -> SafeString:
    """The partner's last periods."""
    return trend(partner.score_series, partner.score.delta if partner.score else None)


# --- of a card ------------------------------------------------------------------------------------------------------
def card_partner(card: Any, _value: Any) -> SafeString:
    """The partner, leading to its scorecard."""
    return pieces.who(card.partner.name, card.partner.city, card.scorecard_url)


def card_tier(card: Any, value: Any) -> SafeString:
    """The tier that the card was scored in."""
    return pieces.tier(value, card.tier_place)


def card_score(card: Any, value: Any) -> SafeString:
    """The card's total."""
    return score(value, rated=card.rated, grade=card.grade)


def card_trend(card: Any, _value: Any) -> SafeString:
    """The last periods of the card's partner."""
    return trend(card.series, card.delta)


def card_rolling(_card: Any, value: Decimal | None) -> str:
    """The rolling score as it stood in the period."""
    return formats.number(value, 1)


def card_risks(_card: Any, value: Any) -> SafeString:
    """Why the partner is at risk."""
    return format_html_join(" ", "{}", ((pieces.badge(str(word), "warn"),) for word in value or ()))


def card_rank(card: Any, value: Any) -> SafeString | str:
    """The rank and how many are ranked."""
    if not value:
        return formats.NONE
    among = _("of %(size)s") % {"size": formats.number(card.cohort)}
    return fill('{} <span class="dim">{}</span>', formats.number(value), among)


# --- of a move in a what-if -----------------------------------------------------------------------------------------
def move_partner(move: Any, value: Any) -> SafeString:
    """The partner, leading to its receipt of the period; without a scorecard only its name."""
    if not move.receipt_url:
        return fill('<b class="w5">{}</b>', value)
    return fill('<a class="w5" href="{}">{}</a>', move.receipt_url, value)


def move_tier(move: Any, value: Any) -> SafeString:
    """The tier in the period."""
    return pieces.tier(value, move.tier_place)


def move_before(move: Any, value: Any) -> SafeString:
    """The stored total and grade."""
    return fill(
        '<span class="num">{}</span> {}', formats.number(value, 1), pieces.grade(move.old_grade, place=move.old_colour)
    )


def move_after(move: Any, value: Any) -> SafeString:
    """Total and grade by the draft."""
    return fill(
        '<b class="num">{}</b> {}', formats.number(value, 1), pieces.grade(move.new_grade, place=move.new_colour)
    )


def move_way(move: Any, _value: Any) -> SafeString:
    """From where to where."""
    return fill('<div class="wmin80">{}</div>', charts.dumbbell(move.old_total, move.new_total))


# --- of what follows from a grade -----------------------------------------------------------------------------------
def due_score(card: Any, value: Decimal | None) -> SafeString:
    """The card's total, without its stored grade: a draft may give another one."""
    return fill('<b class="num">{}</b>', formats.number(value, 1))


def due_grade(card: Any, value: Any) -> SafeString:
    """The grade that something follows from."""
    return pieces.grade(value, place=card.due_colour)


def due_former(_row: Any, value: Any) -> SafeString | str:
    """The grade of the last rated period before."""
    return fill('<span class="dim">{}</span>', value) if value else formats.NONE


def due_kinds(card: Any, _value: Any) -> SafeString:
    """What follows."""
    return format_html_join(" ", "{}", ((pieces.badge(kind_label(row.kind)),) for row in card.due))


OUTCOME_TONES = {"done": "pos", "nobody": "warn", "failed": "neg"}


def outcome_partner(outcome: Any, _value: Any) -> SafeString:
    """The partner, leading to the scorecard that it followed from."""
    return pieces.who(outcome.partner.name, outcome.scorecard.programme.name, outcome.scorecard_url)


def outcome_grade(_outcome: Any, value: Any) -> SafeString:
    """The grade."""
    return pieces.grade(value)


def outcome_state(outcome: Any, value: Any) -> SafeString:
    """How it stands; a restatement may have taken the grade away since."""
    badge = pieces.badge(value, OUTCOME_TONES.get(outcome.state, ""))
    if outcome.lapsed_at is None:
        return badge
    return fill('{} <span class="small">{}</span>', badge, _("grade restated since"))
