"""Choosing whether the partners of a programme see a league table, and what stands in it."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from partners.models import Programme
from performance.recognition.models import LeagueSetting
from performance.services.checking import check_fields
from prm.access.actor import Actor
from prm.audit.services import changes_between, record
from prm.errors import Conflict

FIELDS = ("is_on", "cohort", "period_kind", "top", "shows_names", "shows_scores")


def set_league(*, programme: Programme, actor: Actor, **values: Any) -> LeagueSetting:
    """Choose what the partners of a programme see.

    Raises:
        InvalidInput: naming the field that is wrong.
        Conflict: somebody chose for this programme a moment ago.
    """
    setting = LeagueSetting.objects.select_for_update(of=("self",)).filter(programme=programme).first()
    setting = setting or LeagueSetting(programme=programme)
    before = {name: getattr(setting, name) for name in FIELDS}
    for name, value in values.items():
        if name not in FIELDS:
            raise ValueError(f"A league table has no {name}.")
        setattr(setting, name, value)
    setting.actor_label = actor.label[:160]
    check_fields(setting)
    changes = changes_between(before, {name: getattr(setting, name) for name in FIELDS})
    if setting.pk and not changes:
        return setting
    try:
        with transaction.atomic():
            setting.save()
    except IntegrityError as error:
        raise Conflict(_("Somebody chose for this programme a moment ago. Look again.")) from error
    record(actor=actor, action="league.changed", target=setting, changes=changes)
    return setting
