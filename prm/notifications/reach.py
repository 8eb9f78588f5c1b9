"""How far news of a kind goes to each person."""

from collections.abc import Iterable, Mapping

from prm.notifications.choices import Reach
from prm.notifications.kinds import NoticeKind
from prm.notifications.models import NotificationPreference


def reach_of(news: NoticeKind, chosen: str | None) -> Reach:
    """How far news goes to somebody who chose this, or nothing yet."""
    if chosen not in Reach.values:
        return Reach.MAIL if news.mails and news.may_mail else Reach.INBOX
    return Reach(chosen) if chosen in possible_reaches(news) else Reach.INBOX


def possible_reaches(news: NoticeKind) -> list[Reach]:
    """What a person may choose for this kind."""
    ways = {Reach.MAIL: news.may_mail, Reach.INBOX: True, Reach.NOTHING: news.may_be_silenced}
    return [reach for reach, is_possible in ways.items() if is_possible]


def reaches(kinds: Iterable[NoticeKind], user_ids: Iterable[int]) -> dict[tuple[str, int], Reach]:
    """How far news of these kinds goes to these people, by kind and person, in one query."""
    people = list(dict.fromkeys(user_ids))
    rows = NotificationPreference.objects.filter(user_id__in=people).values_list("user_id", "notices")
    chosen: Mapping[int, Mapping[str, str]] = dict(rows)
    return {
        (news.key, user_id): reach_of(news, chosen.get(user_id, {}).get(news.key))
        for news in kinds
        for user_id in people
    }
