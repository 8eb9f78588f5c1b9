"""Whose plans are whose: a plan has its owner, and where that one does not work here any more, those of its partner."""

from django.db.models import Q

from performance.queries.alerts import people_to_tell


def is_mine(user_id: int) -> Q:
    """Plans that this person looks after.

    Those it owns; without an owner at work here those of the partners it looks after; and where a partner has nobody
    either, those of everybody who hears about such partners.
    """
    members, fallback = people_to_tell()
    nobody = Q(owner_id=None) | ~Q(owner_id__in=members)
    mine = Q(owner_id=user_id) | nobody & Q(partner__owner_id=user_id)
    if user_id in fallback:
        mine |= nobody & (Q(partner__owner_id=None) | ~Q(partner__owner_id__in=members))
    return mine
