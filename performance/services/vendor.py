"""What a workspace expects of itself, and whether its partners see how it does."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from performance.choices import MeasureUnit
from performance.models import VendorScorecardRules, VendorTarget
from performance.queries.vendor import expected_on, vendor_targets
from performance.services.checking import check_fields
from performance.vendor_measures import VendorMeasure
from prm.access.actor import Actor
from prm.audit.services import changes_between, record
from prm.errors import Conflict, InvalidInput
from prm.periods import FiscalCalendar, PeriodKind
from prm.tenancy.scope import require_scope

HUNDRED = Decimal(100)
NAMES = ("floor", "target", "stretch", "weight")


def version_of(measure: VendorMeasure) -> str:
    """Which targets of a measure somebody has read; sent along when they are changed."""
    row = VendorTarget.objects.filter(measure=measure.key).order_by("-set_at", "-pk").first()
    return row.set_at.isoformat() if row else ""


def set_vendor_target(
    *,
    actor: Actor,
    measure: VendorMeasure,
    valid_from: date,
    floor: Decimal,
    target: Decimal,
    stretch: Decimal,
    weight: Decimal,
    seen: str | None = None,
) -> VendorTarget:
    """Say what is expected of a measure in periods that begin on `valid_from` or later. The past keeps what it had.

    Raises:
        InvalidInput: thresholds out of order or out of range, or a day before the running quarter.
        Conflict: somebody has set it since it was read.
    """
    row = VendorTarget(measure=measure.key, valid_from=valid_from, actor_label=actor.label[:160])
    row.floor, row.target, row.stretch, row.weight = floor, target, stretch, weight
    check_fields(row)
    _check(measure, row)
    before = expected_on(measure, valid_from, vendor_targets())
    own = VendorTarget.objects.select_for_update().filter(measure=measure.key)
    held = {held.valid_from: held for held in own}
    if seen is not None and seen != version_of(measure):
        raise _set_meanwhile()
    if valid_from in held:
        row.pk, row.tenant_id = held[valid_from].pk, held[valid_from].tenant_id
        row._state.adding = False
    row.set_at = timezone.now()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise _set_meanwhile() from error
    changes = changes_between(
        {name: getattr(before, name) for name in NAMES}, {name: getattr(row, name) for name in NAMES}
    )
    record(actor=actor, action="vendor_target.set", target=row, changes=changes)
    return row


def show_vendor_scorecard(*, actor: Actor, is_shown: bool) -> VendorScorecardRules:
    """Let partners see how this company keeps its side, or keep it to the workspace."""
    rules, _made = VendorScorecardRules.objects.select_for_update().get_or_create()
    if rules.shown_to_partners != is_shown:
        rules.shown_to_partners = is_shown
        rules.save()
        changes: dict[str, Any] = {"shown_to_partners": [not is_shown, is_shown]}
        record(actor=actor, action="vendor_scorecard_rules.updated", target=rules, changes=changes)
    return rules


def possible_starts(today: date) -> list[date]:
    """The days from which a target may hold: the running quarter and the next, so that nothing over changes."""
    calendar = FiscalCalendar(require_scope().tenant.fiscal_year_start)
    running = calendar.containing(PeriodKind.QUARTER, today)
    return [running.start, running.end]


def _check(measure: VendorMeasure, row: VendorTarget) -> None:
    if row.valid_from not in possible_starts(require_scope().tenant.local_date(timezone.now())):
        raise InvalidInput(
            _("A target holds from the beginning of the running or the next quarter."), field="valid_from"
        )
    expected = {name: getattr(row, name) for name in NAMES}
    for name in NAMES[:3]:
        if expected[name] < 0 or (measure.unit == MeasureUnit.PERCENT and expected[name] > HUNDRED):
            words = _("Percent lie between 0 and 100.") if measure.unit == MeasureUnit.PERCENT else _("Not below 0.")
            raise InvalidInput(words, field=name)
    thresholds = type(measure.default)(**expected).thresholds(measure.direction)
    if not thresholds.in_order:
        raise InvalidInput(
            _("Less is better here: the floor is the largest number and the stretch the smallest.")
            if thresholds.direction == "lower"
            else _("More is better here: the floor is the smallest number and the stretch the largest."),
            field="target",
        )
    if row.weight < 0 or row.weight > HUNDRED:
        raise InvalidInput(
            _("A weight lies between 0 and 100. With 0 the measure is shown and not scored."), field="weight"
        )


def _set_meanwhile() -> Conflict:
    return Conflict(
        _("Somebody has set this target since you opened it. Look at it again."), code="version_changed", field=None
    )
