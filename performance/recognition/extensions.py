"""What recognition adds to pages, mails and settings of the apps below it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.models import Partner
from partners.registries import (
    PartnerSidePanel,
    TimelineItem,
    TimelineSource,
    partner_side_panels,
    timeline_sources,
)
from performance.closings import ClosingListener, closing_listeners
from performance.recognition.models import Award
from performance.recognition.permissions import AWARD_GRANT, OWN_RECOGNITION_VIEW, RECOGNITION_VIEW
from performance.recognition.queries.awards import STANDING, awards, awards_of, my_awards
from performance.recognition.services.granting import grant_behind_closing
from performance.recognition.services.telling import OWNER_KIND, PARTNER_KIND, WITHDRAWN_KIND
from performance.recognition.words.awards import award_rule, award_sentence, award_title
from prm.access.portfolio import portfolio_of
from prm.access.requests import TenantRequest
from prm.notifications.digests import DigestLine, DigestPart, DigestText, register_part
from prm.notifications.kinds import Area, NoticeKind, register_kind
from prm.tenancy.scope import require_scope

SHOWN = 5


def award_address(award: Award) -> str:
    """The award's page in the workspace."""
    kwargs = {"tenant": require_scope().tenant.slug, "award": award.public_id}
    return reverse("recognition:award_detail", kwargs=kwargs)


def partner_badges(request: TenantRequest, partner: Partner) -> dict[str, Any]:
    """The panel of the partner page: its newest badges. Without any it is there for those who may award one."""
    found = list(awards_of(partner.pk)[: SHOWN + 1])
    if not found and AWARD_GRANT not in request.can:
        return {}
    return {"awards": found[:SHOWN], "has_more": len(found) > SHOWN, "partner": partner}


def fetch_timeline(partner: Partner, _kinds: Collection[str], until: datetime | None, limit: int) -> list[TimelineItem]:
    """The badges a partner was granted by rule; awards by hand and withdrawals come from the audit trail."""
    rows = awards().filter(partner_id=partner.pk, origin="rule").order_by("-awarded_at", "-pk")
    if until is not None:
        rows = rows.filter(awarded_at__lte=until)
    return [
        TimelineItem(
            at=row.awarded_at,
            kind="badges",
            key=f"award-{row.pk:020d}",
            title=_("Badge: %(badge)s") % {"badge": award_title(row)},
            meta=award_sentence(row),
            body=award_rule(row),
            url=award_address(row),
            tone="pos",
            icon="award",
        )
        for row in rows[:limit]
    ]


def badges_of_the_morning(membership: Any, since: datetime) -> DigestText | None:
    """The badges that a person's partners were awarded since a moment."""
    mine = my_awards(portfolio_of(membership), membership.user_id).filter(STANDING, awarded_at__gt=since)
    count = mine.count()
    if not count:
        return None
    title = ngettext("%(count)d new badge of your partners", "%(count)d new badges of your partners", count) % {
        "count": count
    }
    rows = list(mine.order_by("-awarded_at", "-pk")[:SHOWN])
    rest = count - len(rows)
    words = ngettext("%(count)d more badge.", "%(count)d more badges.", rest) % {"count": rest} if rest else ""
    address = reverse("recognition:award_list", kwargs={"tenant": membership.tenant.slug})
    return DigestText(
        title=title,
        subject=title,
        lines=[
            DigestLine(row.partner.name, [award_title(row), award_sentence(row)], award_address(row)) for row in rows
        ],
        rest=words,
        button=_("See all of them"),
        url=f"{address}?mine=yes",
    )


def register() -> None:
    """Called once the app is ready."""
    closing_listeners.register(
        ClosingListener(key="badges", call=grant_behind_closing, hears_restatements=True, order=30)
    )
    partner_side_panels.register(
        PartnerSidePanel(
            key="badges",
            order=30,
            template="recognition/parts/partner_panel.html",
            permission=RECOGNITION_VIEW,
            context=partner_badges,
        )
    )
    timeline_sources.register(
        TimelineSource(key="badges", order=30, kinds={"badges": gettext_lazy("Badges")}, fetch=fetch_timeline)
    )
    register_kind(
        NoticeKind(PARTNER_KIND, gettext_lazy("We are awarded a badge"), Area.PORTAL, OWN_RECOGNITION_VIEW, order=40)
    )
    register_kind(
        NoticeKind(
            WITHDRAWN_KIND, gettext_lazy("A badge of ours is withdrawn"), Area.PORTAL, OWN_RECOGNITION_VIEW, order=41
        )
    )
    register_kind(
        NoticeKind(
            OWNER_KIND,
            gettext_lazy("My partners are awarded badges"),
            Area.WORKSPACE,
            RECOGNITION_VIEW,
            mails=False,
            order=40,
        )
    )
    register_part(
        DigestPart(
            key="badges",
            label=gettext_lazy("Badges of my partners"),
            help=gettext_lazy("Badges that the partners I look after were awarded."),
            permission=RECOGNITION_VIEW,
            write=badges_of_the_morning,
            order=30,
        )
    )
