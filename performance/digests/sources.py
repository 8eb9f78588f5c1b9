"""The late sources' part of the morning mail: what became late since the last mail, with who looks after it."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance.permissions import SOURCE_VIEW
from performance.queries.alerts import people_to_tell
from performance.queries.sources import sources, standing_of
from performance.services.source_news import late_words, responsible_for
from performance.words.sources import rhythm_words
from prm.notifications.digests import DigestLine, DigestPart, DigestText, register_part
from prm.ui import formats

SHOWN = 10


def register() -> None:
    """Called once the app is ready."""
    register_part(
        DigestPart(
            key="sources",
            label=gettext_lazy("Late sources of measurements"),
            help=gettext_lazy("Sources that I look after and that should have delivered; each once until it delivers."),
            permission=SOURCE_VIEW,
            write=late_sources_of_the_morning,
            order=20,
        )
    )


def late_sources_of_the_morning(membership: Any, since: datetime) -> DigestText | None:
    """Sources a person hears about that became late since a moment and still are."""
    today = timezone.localdate()
    rows = sources(today).filter(is_active=True, late_since__isnull=False, late_told_at__gt=since)
    found = [(row, standing_of(row, today)) for row in rows.order_by("late_since", "name")]
    people = people_to_tell()
    mine = [(row, now) for row, now in found if now.is_late and membership.user_id in responsible_for(row, people)]
    if not mine:
        return None
    slug = membership.tenant.slug
    title = ngettext("%(count)d source is late", "%(count)d sources are late", len(mine)) % {"count": len(mine)}
    return DigestText(
        title=title,
        subject=late_words(mine[0][0], mine[0][1].days) if len(mine) == 1 else title,
        lines=[_line(row, now.days, slug) for row, now in mine[:SHOWN]],
        button=_("See late sources"),
        url=f"{reverse('performance:source_list', kwargs={'tenant': slug})}?state=late",
    )


def _line(row: Any, days: int, slug: str) -> DigestLine:
    if row.received_at is None:
        received = _("Nothing received yet.")
    else:
        received = _("Last received %(day)s.") % {"day": formats.day(row.received_at)}
    kwargs = {"tenant": slug, "measurement_source": row.public_id}
    return DigestLine(
        title=row.name,
        texts=[received, f"{rhythm_words(row)}."],
        url=reverse("performance:source_detail", kwargs=kwargs),
        figure=ngettext("%(count)d day late", "%(count)d days late", days) % {"count": days},
        tone="neg",
    )
