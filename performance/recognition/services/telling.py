"""Telling partners and those who look after them of new awards, behind the commit that made them.

Awards that nobody was told of yet are taken in batches, each in a transaction with its rows locked: a worker that dies
leaves them untold for the next sweep, and nobody hears of one twice.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.recognition.choices import AwardStatus
from performance.recognition.models import Award
from performance.recognition.permissions import OWN_RECOGNITION_VIEW
from performance.recognition.words.awards import award_sentence, award_title
from performance.services.alert_news import responsible_for
from prm.notifications.telling import Notice, people_at, staff, tell
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

PARTNER_KIND = "badge.granted"
WITHDRAWN_KIND = "badge.withdrawn"
OWNER_KIND = "badge.granted_to_partners"
BATCH = 200
WAITING_SECONDS = 60


def schedule_telling(tenant: Tenant) -> None:
    """Tell of new awards once the present transaction has committed."""
    transaction.on_commit(partial(_send, tenant.pk), robust=True)


def waiting_key(tenant_id: int) -> str:
    """The cache key that says a task is waiting. The task deletes it before it looks at the data."""
    return f"t{tenant_id}:recognition:tell:waiting"


def _send(tenant_id: int) -> None:
    from performance.recognition import tasks

    if cache.add(waiting_key(tenant_id), True, WAITING_SECONDS):
        tasks.tell_of_awards.delay(tenant_id)


def has_untold_awards(tenant: Tenant) -> bool:
    """Whether somebody has still to hear of an award."""
    with tenant_scope(tenant):
        return Award.objects.filter(told_at=None).exists()


def tell_of_awards(*, tenant: Tenant, at: datetime | None = None) -> int:
    """Tell of every award that nobody was told of yet; how many."""
    at = at or timezone.now()
    told = 0
    while True:
        with tenant_scope(tenant):
            rows = list(
                Award.objects.filter(told_at=None)
                .select_related("badge", "partner", "period", "programme", "scorecard")
                .defer("scorecard__lines")
                .select_for_update(of=("self",), skip_locked=True)
                .order_by("pk")[:BATCH]
            )
            _tell([row for row in rows if row.status == AwardStatus.STANDING])
            Award.objects.filter(pk__in=[row.pk for row in rows]).update(told_at=at)
        told += len(rows)
        if len(rows) < BATCH:
            return told


def _tell(rows: Sequence[Award]) -> None:
    if not rows:
        return
    slug = require_scope().tenant.slug
    for row in rows:
        tell(
            kind=PARTNER_KIND,
            about=f"award:{row.pk}",
            people=people_at(row.partner_id, OWN_RECOGNITION_VIEW),
            write=partial(_for_partner, row),
        )
    people = responsible_for(row.partner_id for row in rows)
    mine: dict[int, list[Award]] = defaultdict(list)
    for row in rows:
        for user_id in people.get(row.partner_id, ()):
            mine[user_id].append(row)
    for user_id, own in mine.items():
        tell(
            kind=OWNER_KIND,
            about=f"awards:{own[0].pk}",
            people=staff([user_id]),
            write=partial(_for_owner, own, slug),
        )


def tell_of_withdrawal(award: Award) -> None:
    """Tell the partner's people that an award they heard of is withdrawn, and why; in the present transaction."""
    if award.told_at is None:
        return
    tell(
        kind=WITHDRAWN_KIND,
        about=f"award:{award.pk}",
        people=people_at(award.partner_id, OWN_RECOGNITION_VIEW),
        write=lambda: Notice(
            _("The badge %(badge)s was withdrawn") % {"badge": award_title(award)},
            award.withdrawal_reason,
            _portal_address(award),
        ),
    )


def _portal_address(award: Award) -> str:
    kwargs = {"tenant": require_scope().tenant.slug, "partner": award.partner.public_id, "award": award.public_id}
    return reverse("portal:award", kwargs=kwargs)


def _for_partner(award: Award) -> Notice:
    return Notice(
        _("You hold the badge %(badge)s") % {"badge": award_title(award)},
        award_sentence(award, you=True),
        _portal_address(award),
    )


def _for_owner(awards: Sequence[Award], slug: str) -> Notice:
    if len(awards) == 1:
        (award,) = awards
        words = {"partner": award.partner.name, "badge": award_title(award)}
        url = reverse("recognition:award_detail", kwargs={"tenant": slug, "award": award.public_id})
        return Notice(_("%(partner)s holds the badge %(badge)s") % words, award_sentence(award), url)
    title = ngettext(
        "Your partners hold %(count)d new badge", "Your partners hold %(count)d new badges", len(awards)
    ) % {"count": len(awards)}
    names = ", ".join(dict.fromkeys(award.partner.name for award in awards[:5]))
    return Notice(title, names, f"{reverse('recognition:award_list', kwargs={'tenant': slug})}?mine=yes")
