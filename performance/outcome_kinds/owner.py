"""Telling whoever looks after a partner: one line in the inbox for all of them, and a part of the morning mail."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance.consequences import ConsequenceKind
from performance.models import Outcome
from performance.notices import GRADE_OF_MINE
from performance.services.alert_news import responsible_for
from performance.words.consequences import grade_words, scorecard_address
from prm.accounts.models import User
from prm.languages import screen_language
from prm.notifications.services import Message, deliver, take_back_unread
from prm.tenancy.scope import require_scope

KEY = "notify_owner"
NAMES_SHOWN = 3


def carry_out(outcomes: Sequence[Outcome], _at: datetime) -> Mapping[int, int]:
    """One line for each person, however many grades; an unread one of before is taken in."""
    tenant = require_scope().tenant
    people = responsible_for(outcome.partner_id for outcome in outcomes)
    mine: dict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        for user_id in people.get(outcome.partner_id, ()):
            mine[user_id].append(outcome)
    earlier = take_back_unread(user_ids=mine, kind=GRADE_OF_MINE)
    languages = dict(User.objects.filter(pk__in=mine).values_list("pk", "language"))
    messages = []
    for user_id, own in mine.items():
        with translation.override(screen_language(languages.get(user_id, ""), tenant.language)):
            messages.append(_message(user_id, own, len(own) + earlier.get(user_id, 0)))
    deliver(messages)
    return {outcome.pk: len(people.get(outcome.partner_id, ())) for outcome in outcomes}


def _message(user_id: int, own: Sequence[Outcome], count: int) -> Message:
    first = own[0]
    if count == 1:
        title = _("%(partner)s: %(grade)s") % {
            "partner": first.partner.name,
            "grade": grade_words(first.grade, first.former_grade),
        }
        body = _("Scorecard %(period)s is final.") % {"period": first.scorecard.period.label}
        return Message(user_id, GRADE_OF_MINE, title, body, scorecard_address(first))
    title = ngettext("%(count)d new grade of your partners", "%(count)d new grades of your partners", count) % {
        "count": count
    }
    names = [
        _("%(partner)s: %(grade)s") % {"partner": row.partner.name, "grade": row.grade} for row in own[:NAMES_SHOWN]
    ]
    if count > len(names):
        rest = count - len(names)
        names.append(ngettext("and %(count)d more", "and %(count)d more", rest) % {"count": rest})
    address = reverse("performance:outcome_list", kwargs={"tenant": require_scope().tenant.slug})
    return Message(user_id, GRADE_OF_MINE, title, ", ".join(names), f"{address}?mine=yes&kind={KEY}", amount=count)


def would(count: int) -> str:
    """What it would do, before it is switched on."""
    return ngettext(
        "The owner of %(count)d partner would be told.", "The owners of %(count)d partners would be told.", count
    ) % {"count": count}


def happened(outcome: Outcome) -> str:
    """What it did."""
    if outcome.told == 1:
        return _("The owner was told.")
    return ngettext(
        "%(count)d person who looks after the partner was told.",
        "%(count)d people who look after the partner were told.",
        outcome.told,
    ) % {"count": outcome.told}


KIND = ConsequenceKind(
    key=KEY,
    label=gettext_lazy("Tell the owner"),
    help=gettext_lazy(
        "Whoever looks after the partner finds it in the inbox and in the next morning mail; programme managers where "
        "a partner has no owner."
    ),
    would=would,
    happened=happened,
    carry_out=carry_out,
    order=10,
)
