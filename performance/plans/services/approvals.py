"""Agreeing to what needs several people: persons alone, each once. Consequences and breaches stand on it."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from prm.access.actor import Actor
from prm.errors import Conflict


def person_of(actor: Actor) -> int:
    """Who decides. A key decides nothing, whoever made it; neither does an operator or the system.

    Raises:
        Conflict: nobody stands behind the actor.
    """
    if actor.kind != "user" or actor.user_id is None:
        raise Conflict(_("A person has to decide this, signed in under their own name."), code="needs_a_person")
    return actor.user_id


def agree(approvals: Any, actor: Actor, at: datetime) -> int:
    """Write this person's agreement down; how many there are now. `approvals` are those of one record, its row locked.

    Raises:
        Conflict: nobody stands behind the actor, or this person has agreed before.
    """
    person = person_of(actor)
    try:
        with transaction.atomic():
            approvals.create(user_id=person, label=actor.label[:160], given_at=at)
    except IntegrityError as error:
        raise Conflict(_("You have agreed already. Another person has to."), code="approved_before") from error
    return int(approvals.count())
