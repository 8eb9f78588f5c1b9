"""The grades' part of the morning mail: whose grade had a consequence that tells the owner."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance import display
from performance.choices import OutcomeState
from performance.models import Outcome
from performance.outcome_kinds.owner import KEY
from performance.permissions import SCORECARD_VIEW
from performance.queries.alerts import is_mine
from performance.queries.consequences import outcomes
from performance.words.consequences import grade_words, scorecard_address
from prm.access.portfolio import portfolio_of
from prm.notifications.digests import DigestLine, DigestPart, DigestText, register_part

PARTNERS_SHOWN = 5


def register() -> None:
    """Called once the app is ready."""
    register_part(
        DigestPart(
            key="grades",
            label=gettext_lazy("Grades of my partners"),
            help=gettext_lazy("Grades of closed scorecards of which the scorecard tells the owner."),
            permission=SCORECARD_VIEW,
            write=grades_of_the_morning,
            order=20,
        )
    )


def grades_of_the_morning(membership: Any, since: datetime) -> DigestText | None:
    """The grades that a person was told of since a moment, the lowest score first."""
    mine = outcomes(portfolio_of(membership)).filter(
        is_mine(membership.user_id), kind=KEY, state=OutcomeState.DONE, lapsed_at=None, done_at__gt=since
    )
    count = mine.count()
    if not count:
        return None
    rows = list(mine.order_by("scorecard__total_e4", "pk")[:PARTNERS_SHOWN])
    title = ngettext("%(count)d new grade of your partners", "%(count)d new grades of your partners", count) % {
        "count": count
    }
    address = reverse("performance:outcome_list", kwargs={"tenant": membership.tenant.slug})
    return DigestText(
        title=title,
        subject=title,
        lines=[_line(row) for row in rows],
        rest=_rest(count - len(rows)),
        button=_("See all of them"),
        url=f"{address}?mine=yes&kind={KEY}",
    )


def _line(row: Outcome) -> DigestLine:
    card = row.scorecard
    words = grade_words(row.grade, row.former_grade)
    return DigestLine(
        title=row.partner.name,
        texts=[f"{card.period.label}: {words[:1].upper()}{words[1:]}"],
        url=scorecard_address(row),
        figure=_("score %(score)s") % {"score": display.score(card.total)},
        tone=display.tone_of_change(card.delta),
    )


def _rest(count: int) -> str:
    if count <= 0:
        return ""
    return ngettext("%(count)d more grade.", "%(count)d more grades.", count) % {"count": count}
