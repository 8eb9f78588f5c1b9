"""Suggesting a plan because of a grade: a consequence that a scorecard's version can have."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance.consequences import ConsequenceKind
from performance.models import Outcome
from performance.plans.choices import PlanOrigin
from performance.plans.queries.failing import failing_cards
from performance.plans.services.drafting import MOST_OBJECTIVES, Sketch
from performance.plans.services.news import tell_suggested
from performance.plans.services.proposing import receipt_address, settled_kpis, suggest
from performance.services.alert_news import responsible_for
from prm.tenancy.scope import require_scope

KEY = "suggest_plan"


def carry_out(outcomes: Sequence[Outcome], at: datetime) -> Mapping[int, int]:
    """Suggest a plan for each grade, about what lay under its floor, else about what cost most."""
    groups: dict[tuple[int, int], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.scorecard.programme_id, outcome.scorecard.period_id].append(outcome)
    sketches: dict[int, Sketch] = {}
    for own in groups.values():
        sketches.update(_sketches(own))
    made = suggest(list(sketches.values()), at)
    if made:
        tell_suggested(made)
    people = responsible_for([plan.partner_id for plan in made])
    return {pk: len(people.get(sketch.partner.pk, ())) for pk, sketch in sketches.items()}


def _sketches(outcomes: Sequence[Outcome]) -> dict[int, Sketch]:
    card = outcomes[0].scorecard
    period, programme = card.period, card.programme
    partners = [outcome.partner_id for outcome in outcomes]
    grades = sorted({outcome.grade for outcome in outcomes})
    cards = failing_cards(period, programme_id=programme.pk, periods=1, grades=grades, partners=partners)
    settled = settled_kpis(partners, programme.pk, period.label)
    found: dict[int, Sketch] = {}
    for outcome in outcomes:
        own = cards.get(outcome.partner_id)
        wanted = (own[0].card.red or own[0].worst) if own else ()
        kpis = [kpi for kpi in wanted if kpi not in settled.get(outcome.partner_id, ())]
        if kpis:
            with translation.override(require_scope().tenant.language):
                label = _("Grade %(grade)s, %(period)s") % {"grade": outcome.grade, "period": period.label}
            found[outcome.pk] = Sketch(
                partner=outcome.partner,
                programme=programme,
                kpi_ids=kpis[:MOST_OBJECTIVES],
                period_kind=period.kind,
                origin=PlanOrigin.GRADE,
                origin_label=label,
                origin_url=receipt_address(outcome.partner, programme, period),
            )
    return found


def would(count: int) -> str:
    """What it would do, before it is switched on."""
    return ngettext("%(count)d plan would be suggested.", "%(count)d plans would be suggested.", count) % {
        "count": count
    }


def happened(outcome: Outcome) -> str:
    """What it did."""
    if not outcome.told:
        return _("No plan was suggested, because one is open or was dismissed.")
    return _("An improvement plan was suggested.")


KIND = ConsequenceKind(
    key=KEY,
    label=gettext_lazy("Suggest an improvement plan"),
    help=gettext_lazy(
        "Whoever looks after the partner finds a suggestion with the KPIs under their floors and their results, to be "
        "taken up or dismissed."
    ),
    would=would,
    happened=happened,
    carry_out=carry_out,
    order=40,
)
