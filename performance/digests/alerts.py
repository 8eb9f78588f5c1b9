"""The alerts' part of the morning mail: five partners, not two hundred lines."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance import display
from performance.choices import AlertStatus
from performance.models import Alert
from performance.permissions import ALERT_VIEW
from performance.queries.alerts import alerts, is_mine, moves_of
from performance.words.alerts import sentence
from prm.access.portfolio import portfolio_of
from prm.notifications.digests import DigestLine, DigestPart, DigestText, register_part

PARTNERS_SHOWN = 5
TEXTS_SHOWN = 3


def register() -> None:
    """Called once the app is ready."""
    register_part(
        DigestPart(
            key="alerts",
            label=gettext_lazy("Alerts about my partners"),
            help=gettext_lazy("What was raised since the last mail: the five partners that moved most, and the count."),
            permission=ALERT_VIEW,
            write=alerts_of_the_morning,
            order=10,
        )
    )


def alerts_of_the_morning(membership: Any, since: datetime) -> DigestText | None:
    """Open alerts about a person's partners that are news since a moment.

    Partners come in the order of how far their score moved, either way; without a move the more important alert first.
    """
    mine = alerts(portfolio_of(membership)).filter(
        is_mine(membership.user_id), status=AlertStatus.OPEN, news_at__gt=since
    )
    rows = list(mine.order_by("severity_place", "-raised_at", "pk"))
    if not rows:
        return None
    moves = moves_of(rows)
    by_partner: dict[int, list[Alert]] = defaultdict(list)
    for row in rows:
        by_partner[row.partner_id].append(row)
    furthest = {
        partner: max((moves[row.pk] for row in own if row.pk in moves), key=abs, default=None)
        for partner, own in by_partner.items()
    }
    places = {partner: place for place, partner in enumerate(by_partner)}
    order = sorted(by_partner, key=lambda partner: (-abs(furthest[partner] or Decimal(0)), places[partner]))
    shown = order[:PARTNERS_SHOWN]
    slug = membership.tenant.slug
    return DigestText(
        title=_title(len(rows), len(order)),
        subject=_title(len(rows), len(order)),
        lines=[_line(by_partner[partner], furthest[partner], slug) for partner in shown],
        rest=_rest(len(order) - len(shown)),
        button=_("See all alerts"),
        url=f"{reverse('performance:alert_list', kwargs={'tenant': slug})}?mine=yes&status=open",
    )


def _title(alerts: int, partners: int) -> str:
    count = ngettext("%(count)d new alert", "%(count)d new alerts", alerts) % {"count": alerts}
    whom = ngettext("about %(count)d partner", "about %(count)d partners", partners) % {"count": partners}
    return f"{count} {whom}"


def _rest(partners: int) -> str:
    if partners <= 0:
        return ""
    return ngettext("%(count)d more partner has new alerts.", "%(count)d more partners have new alerts.", partners) % {
        "count": partners
    }


def _line(own: list[Alert], move: Decimal | None, slug: str) -> DigestLine:
    texts = [_text(alert) for alert in own[:TEXTS_SHOWN]]
    if len(own) > TEXTS_SHOWN:
        rest = len(own) - TEXTS_SHOWN
        texts.append(ngettext("and %(count)d more", "and %(count)d more", rest) % {"count": rest})
    only = own[0]
    kwargs = {"tenant": slug, "alert": only.public_id}
    url = reverse("performance:alert_detail", kwargs=kwargs)
    if len(own) > 1:
        address = reverse("performance:alert_list", kwargs={"tenant": slug})
        url = f"{address}?partner={only.partner.external_id}&status=open"
    return DigestLine(
        title=only.partner.name,
        texts=texts,
        url=url,
        figure="" if move is None else _("%(change)s points") % {"change": display.signed(move, 1)},
        tone=display.tone_of_change(move),
    )


def _text(alert: Alert) -> str:
    return f"{alert.period.label}: {sentence(alert)}" if alert.period else sentence(alert)
