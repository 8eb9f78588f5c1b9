"""Raising an alert from a grade: it waits in the list of alerts until somebody has dealt with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance.consequences import ConsequenceKind
from performance.engine import consequences as statements
from performance.models import Outcome
from performance.outcome_kinds import owner
from performance.queries.alerts import ALERT_COUNTS
from performance.services.alert_news import tell_owners
from prm.tenancy.scope import require_scope

KEY = "raise_alert"


def carry_out(outcomes: Sequence[Outcome], at: datetime) -> Mapping[int, int]:
    """One alert for each card. Its owner hears of it unless the same grade tells the owner anyway."""
    numbers = [outcome.pk for outcome in outcomes]
    params: dict[str, Any] = {"tenant": require_scope().tenant_id, "outcomes": numbers, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(statements.RAISE, params)
        raised = {(partner, period, programme): alert for partner, alert, period, programme in cursor.fetchall()}
    cards = [outcome.scorecard_id for outcome in outcomes]
    told = set(
        Outcome.objects.filter(scorecard_id__in=cards, kind=owner.KEY, lapsed_at=None).values_list(
            "scorecard_id", "grade"
        )
    )
    news = [
        (outcome.partner_id, raised[_place(outcome)])
        for outcome in outcomes
        if (outcome.scorecard_id, outcome.grade) not in told and _place(outcome) in raised
    ]
    tell_owners(news, at=at)
    ALERT_COUNTS.forget()
    return {outcome.pk: 1 for outcome in outcomes if _place(outcome) in raised}


def _place(outcome: Outcome) -> tuple[int, int, int]:
    card = outcome.scorecard
    return card.partner_id, card.period_id, card.programme_id


def tidy(at: datetime) -> None:
    """Resolve alerts whose grade is over."""
    with connection.cursor() as cursor:
        cursor.execute(statements.SETTLE, {"tenant": require_scope().tenant_id, "kind": KEY, "at": at})
        if cursor.rowcount:
            ALERT_COUNTS.forget()


def would(count: int) -> str:
    """What it would do, before it is switched on."""
    return ngettext("%(count)d alert would be raised.", "%(count)d alerts would be raised.", count) % {"count": count}


def happened(_outcome: Outcome) -> str:
    """What it did."""
    return _("An alert was raised.")


KIND = ConsequenceKind(
    key=KEY,
    label=gettext_lazy("Raise an alert"),
    help=gettext_lazy(
        "It waits in the list of alerts until somebody has dealt with it, or until a newer closed period has a grade "
        "without it."
    ),
    would=would,
    happened=happened,
    carry_out=carry_out,
    tidy=tidy,
    order=30,
)
