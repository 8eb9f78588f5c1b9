"""The closed periods' part of the morning mail: the programme's quarter in a few sentences, on the morning after."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.reference import programmes
from performance.models import PeriodRow
from performance.permissions import SCORECARD_VIEW
from performance.queries.cards import CardFilter
from performance.screens.overview import build_overview
from performance.screens.summary import summary_of_programme
from prm.access.portfolio import portfolio_of
from prm.languages import written_language
from prm.notifications.digests import DigestLine, DigestPart, DigestText, register_part

PERIODS_SHOWN = 3
SENTENCES_SHOWN = 5


def register() -> None:
    """Called once the app is ready."""
    register_part(
        DigestPart(
            key="closed_periods",
            label=gettext_lazy("Periods that were closed"),
            help=gettext_lazy("On the morning after: what became of my partners in the period, in a few sentences."),
            permission=SCORECARD_VIEW,
            write=periods_of_the_morning,
            order=20,
        )
    )


def periods_of_the_morning(membership: Any, since: datetime) -> DigestText | None:
    """Periods closed since a moment, each programme's in words, for the partners that the person may see.

    A period in which none of them is rated is not told: there is nothing to say of it.
    """
    closed = list(PeriodRow.objects.filter(closed_at__gt=since).order_by("-start", "kind"))
    lines = [
        line
        for period in closed[:PERIODS_SHOWN]
        for programme in programmes()
        if (line := _line(membership, programme, period)) is not None
    ]
    if not lines:
        return None
    title = _title(closed)
    return DigestText(
        title=title,
        subject=title,
        lines=lines,
        rest=_rest(len(closed) - PERIODS_SHOWN),
        button=_("See the overview"),
        url=lines[0].url,
    )


def _title(closed: Sequence[PeriodRow]) -> str:
    if len(closed) == 1:
        return _("%(period)s is final") % {"period": closed[0].label}
    return ngettext("%(count)d period is final", "%(count)d periods are final", len(closed)) % {"count": len(closed)}


def _rest(periods: int) -> str:
    if periods <= 0:
        return ""
    return ngettext("%(count)d more period was closed.", "%(count)d more periods were closed.", periods) % {
        "count": periods
    }


def _line(membership: Any, programme: Any, period: PeriodRow) -> DigestLine | None:
    cards = CardFilter(programme.pk, portfolio=portfolio_of(membership))
    if not cards.cards().filter(period=period, rated=True).exists():
        return None
    page = build_overview(cards, period, (), link=_no_link, kpi_link=_no_link, card_link=_no_link)
    told = summary_of_programme(page, written_language(translation.get_language() or "")).sentences
    address = reverse("performance:overview", kwargs={"tenant": membership.tenant.slug})
    return DigestLine(
        title=f"{programme.name}, {period.label}",
        texts=told[:SENTENCES_SHOWN],
        url=f"{address}?{urlencode({'programme': programme.key, 'period': period.label})}",
    )


def _no_link(*_args: Any, **_kwargs: Any) -> str:
    """The summary is all that is taken of the page."""
    return ""
