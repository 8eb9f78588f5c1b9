"""How lists draw the cells of reviews."""

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from performance.cells import scorecards
from performance.reviews.choices import SETTLED, ReviewStatus
from performance.reviews.screens.review import days_late
from performance.reviews.words.reviews import is_open_to_partner, overdue_words, status_words, tone_of
from prm.tenancy.scope import require_scope
from prm.ui import formats, pieces
from prm.ui.addresses import record_url
from prm.ui.markup import fill


def partner(row: Any, _value: Any) -> SafeString:
    """The partner, leading to the review, over programme and period."""
    address = record_url("reviews:review_detail", "review", row.public_id, tenant=require_scope().tenant.slug)
    return pieces.who(row.partner.name, f"{row.period.label}, {row.programme.name}", address)


def status(row: Any, _value: Any) -> SafeString:
    """How far it is."""
    return pieces.badge(status_words(row), tone_of(row))


def score(row: Any, value: Any) -> SafeString:
    """The frozen score with its grade."""
    if row.status == ReviewStatus.SCHEDULED:
        return pieces.NONE
    return scorecards.score(value, rated=bool(row.grade), grade=row.grade or "")


def final(_row: Any, value: Any) -> SafeString | str:
    """The final result."""
    return pieces.NONE if value is None else fill('<b class="num">{}</b>', formats.number(value, 1))


def due(row: Any, value: Any) -> SafeString:
    """The day of the present step or of the meeting, marked where it has passed; “Now” where nothing is waited for."""
    if value is None:
        return pieces.NONE
    if row.due_on is None and not (row.meeting_at and row.status in SETTLED):
        return fill('<b class="w5">{}</b>', _("Now"))
    late = days_late(row)
    return fill(
        '<span class="{}">{}</span>{}',
        "tx-neg" if late else "dim",
        formats.day(value),
        fill('<span class="small tx-neg">{}</span>', overdue_words(row, late)) if late else "",
    )


def owner(row: Any, value: Any) -> SafeString | str:
    """Who leads it."""
    return str(value) if value else fill('<span class="dim">{}</span>', _("Nobody"))


# --- in the portal --------------------------------------------------------------------------------------------------


def own_review(row: Any, value: Any) -> SafeString:
    """The period, leading to the review, over the programme."""
    kwargs = {"tenant": require_scope().tenant.slug, "partner": row.partner.public_id}
    address = reverse("portal:review", kwargs={**kwargs, "review": row.public_id})
    return fill('<a class="w5" href="{}">{}</a><span class="small">{}</span>', address, value, row.programme.name)


def own_final(row: Any, value: Any) -> SafeString | str:
    """The result, once it is shared."""
    return final(row, value if is_open_to_partner(row) else None)
