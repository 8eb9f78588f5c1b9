"""What followed from a partner's grades, as events on its timeline."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Partner
from partners.registries import TimelineItem, TimelineSource, timeline_sources
from performance.choices import OutcomeState
from performance.consequences import kind_label
from performance.models import Outcome
from performance.queries.cards import complete
from performance.words.consequences import grade_words, happened, scorecard_address

TONES = {OutcomeState.FAILED: "neg", OutcomeState.NOBODY: "warn"}


def fetch(partner: Partner, _kinds: Collection[str], until: datetime | None, limit: int) -> list[TimelineItem]:
    """The newest consequences of the partner's grades."""
    rows = Outcome.objects.filter(partner_id=partner.pk).select_related("scorecard").order_by("-noted_at", "-pk")
    if until is not None:
        rows = rows.filter(noted_at__lte=until)
    found = list(rows[:limit])
    complete(row.scorecard for row in found)
    for row in found:
        row.partner = partner
    return [_item(row) for row in found]


def _item(row: Outcome) -> TimelineItem:
    words = grade_words(row.grade, row.former_grade)
    return TimelineItem(
        at=row.noted_at,
        kind="grades",
        key=f"outcome-{row.pk:020d}",
        title=_("%(period)s: %(grade)s") % {"period": row.scorecard.period.label, "grade": words},
        meta=kind_label(row.kind),
        body=happened(row),
        url=scorecard_address(row),
        tone=TONES.get(OutcomeState(row.state), ""),
        icon="flag",
    )


def register() -> None:
    """Called once the app is ready."""
    timeline_sources.register(
        TimelineSource(key="grades", order=20, kinds={"grades": gettext_lazy("Consequences of grades")}, fetch=fetch)
    )
