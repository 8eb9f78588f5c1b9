"""Telling people about alerts at once, in one line however many there are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Partner
from performance.models import Alert
from performance.notices import ALERT_RAISED
from performance.queries.alerts import people_to_tell, who_hears
from performance.words.alerts import sentence
from prm.notifications.services import notify, take_back_unread
from prm.tenancy.scope import require_scope


def responsible_for(partner_ids: Iterable[int]) -> dict[int, list[int]]:
    """Who is to hear about each partner: its owner while they work here, else the programme managers, else the admins.

    One statement, however many partners, and one for the people where they are not kept.
    """
    people = people_to_tell()
    owners = Partner.objects.filter(pk__in=set(partner_ids)).values_list("pk", "owner_id")
    return {partner: who_hears(owner, people) for partner, owner in owners}


def tell_owners(raised: Sequence[tuple[int, int]], *, at: datetime) -> None:
    """One line in the inbox of each person about their new alerts. An unread line of before is taken in.

    `raised` holds (partner, alert).
    """
    if not raised:
        return
    people = responsible_for(partner for partner, _alert in raised)
    mine: dict[int, list[int]] = defaultdict(list)
    for partner, alert in raised:
        for user_id in people.get(partner, ()):
            mine[user_id].append(alert)
    single = {
        alert.pk: alert
        for alert in Alert.objects.filter(pk__in=[own[0] for own in mine.values() if len(own) == 1]).select_related(
            "partner", "kpi", "rule", "period", "programme"
        )
    }
    earlier = take_back_unread(user_ids=mine, kind=ALERT_RAISED)
    address = reverse("performance:alert_list", kwargs={"tenant": require_scope().tenant.slug})
    for user_id, own in mine.items():
        count = len(own) + earlier.get(user_id, 0)
        if count == 1 and own[0] in single:
            alert = single[own[0]]
            kwargs = {"tenant": require_scope().tenant.slug, "alert": alert.public_id}
            title, body = str(alert.partner), sentence(alert)
            url = reverse("performance:alert_detail", kwargs=kwargs)
        else:
            title = ngettext("%(count)d new alert", "%(count)d new alerts", count) % {"count": count}
            body, url = _("About the partners you look after."), f"{address}?mine=yes&status=open"
        notify(user_ids=[user_id], kind=ALERT_RAISED, title=title, body=body, url=url, amount=count)
