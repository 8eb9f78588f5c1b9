"""What our own scorecard measures. Apps register their measures in `AppConfig.ready()`.

    vendor_measures.register(VendorMeasure(key="plan-commitments", label=_("Promises in plans kept on time"), …))

A measure is about promises: rows with a partner, a day by which we had to do something, and the day on which it was
done (`performance/rules/promises.py`). `rows()` answers them as a queryset that `queries/promises.as_promises` has
given the common names; everything else follows from it: figures, points, rows on screen, files, API, report and what
partners see. A measure of deal decisions or claims needs that queryset and its words.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from performance.choices import Direction, MeasureUnit
from performance.rules.promises import Tally, kept_share
from performance.rules.scoring import Thresholds


@dataclass(frozen=True, slots=True)
class Expected:
    """What a workspace expects of itself: the thresholds of R5 and the weight. With 0 it is shown, not scored."""

    floor: Decimal
    target: Decimal
    stretch: Decimal
    weight: Decimal

    def thresholds(self, direction: str) -> Thresholds:
        """As the scoring rules take them."""
        return Thresholds(direction, self.floor, self.target, self.stretch)


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorMeasure:
    """One thing that partners may expect of us.

    `formula` says in words what counts as due and as kept. `partner` is the path from a row to its partner.
    `address(record)` is the page in the workspace where the promise stands, `own_address(portal, record)` that of the
    partner's portal, whose address is `portal`. `own_what` is what the partner reads instead of `promise_what`, where
    that names our people. `repeats` is the key of another measure whose promises this one looks at in another way, so
    that nothing is counted twice.
    """

    key: str
    label: Any
    formula: Any
    rows: Callable[[], QuerySet]
    partner: str
    address: Callable[[UUID], str]
    own_address: Callable[[str, UUID], str]
    default: Expected
    unit: MeasureUnit = MeasureUnit.PERCENT
    direction: str = Direction.HIGHER
    value: Callable[[Tally], Decimal | None] = kept_share
    own_what: Any = ""
    repeats: str = ""
    order: int = 50

    def partner_of(self, row: Any) -> Any:
        """The partner of a row, loaded where the rows were selected with `partner`."""
        return attrgetter(self.partner.replace("__", "."))(row)


class Measures:
    """The measures there are, in order."""

    def __init__(self) -> None:
        self._measures: dict[str, VendorMeasure] = {}

    def register(self, measure: VendorMeasure) -> None:
        """Add a measure.

        Raises:
            ValueError: when the key is taken.
        """
        if measure.key in self._measures:
            raise ValueError(f"There is a measure {measure.key} already.")
        self._measures[measure.key] = measure

    def __iter__(self) -> Iterator[VendorMeasure]:
        return iter(sorted(self._measures.values(), key=lambda one: (one.order, one.key)))

    def get(self, key: str) -> VendorMeasure | None:
        """The measure of this key; None where there is none."""
        return self._measures.get(key)


vendor_measures = Measures()


def measure_label(key: str) -> str:
    """What a measure is called; its key where the app that brought it is gone."""
    measure = vendor_measures.get(key)
    return str(measure.label) if measure else _("Measure %(key)s") % {"key": key}
