"""How lists draw plans. Each row has its `standing`; `with_standing` gives it to a page of rows without a query."""

from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.plans.addresses import breach_address, plan_address
from performance.plans.choices import OPEN, RUNNING, Verdict
from performance.plans.queries.plans import standing_of
from performance.plans.words.breaches import tone_of_breach
from performance.plans.words.plans import tone_of
from prm.ui import charts, formats, pieces
from prm.ui.markup import fill


def with_standing(plans: list[Any]) -> list[Any]:
    """Plans that say how they stand today."""
    today = timezone.localdate()
    for plan in plans:
        plan.standing = standing_of(plan, today)
    return plans


def partner(plan: Any, _value: Any) -> SafeString:
    """The partner and what the plan is called, leading to the plan."""
    return pieces.who(plan.partner.name, plan.title, plan_address(plan))


def status(plan: Any, _value: Any) -> SafeString:
    """Where it stands."""
    return pieces.badge(plan.get_status_display(), tone_of(plan.status))


def kpi_names(plan: Any) -> str:
    """What it is about: the names of the KPIs, with commas."""
    return ", ".join(objective.kpi.name for objective in plan.objectives.all())


def pace(plan: Any, _value: Any) -> SafeString | str:
    """How far the slowest objective is, with a mark where it should be."""
    standing = plan.standing
    if plan.status not in RUNNING:
        return formats.NONE
    if standing.verdict == Verdict.NO_DATA or standing.worst is None or standing.expected is None:
        return fill('<span class="mut">{}</span>', _("No result yet"))
    tone = "pos" if standing.verdict == Verdict.ON_TRACK else "warn"
    bar = charts.progress(standing.worst * 100, tone, standing.expected * 100)
    percent = formats.share(standing.worst)
    return fill('<span class="row pl-cell"><span class="g">{}</span><b class="num">{}</b></span>', bar, percent)


def pace_words(plan: Any) -> str:
    """The same for a file."""
    return str(Verdict(plan.standing.verdict).label) if plan.status in RUNNING else ""


def days(plan: Any) -> str:
    """The day of the plan, or how long it is to be."""
    standing = plan.standing
    if standing.day is None:
        return ngettext("%(count)d day", "%(count)d days", standing.days) % {"count": standing.days}
    return _("%(day)d of %(all)d") % {"day": standing.day, "all": standing.days}


def due(plan: Any, _value: Any) -> SafeString | str:
    """The next day on which something is due, or what is late."""
    late = plan.standing.overdue
    if plan.status not in OPEN:
        return formats.NONE
    if late:
        words = ngettext("%(count)d overdue", "%(count)d overdue", len(late)) % {"count": len(late)}
        return fill('<span class="tx-neg">{}</span>', words)
    return formats.day(plan.standing.next_due.due_on) if plan.standing.next_due else formats.NONE


def breach(row: Any, _value: Any) -> SafeString:
    """The partner and what kind of breach, leading to the report."""
    return pieces.who(row.partner.name, row.get_kind_display(), breach_address(row))


def breach_status(row: Any, _value: Any) -> SafeString:
    """Where the report stands."""
    return pieces.badge(row.get_status_display(), tone_of_breach(row.status))
