"""The plans' part of the morning mail: what is suggested, what fell behind and what ended since the last one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance import display
from performance.plans.addresses import list_address, plan_address
from performance.plans.choices import RUNNING, PlanStatus, Verdict
from performance.plans.models import CheckIn, Plan
from performance.plans.permissions import PLAN_VIEW
from performance.plans.queries.mine import is_mine
from prm.access.portfolio import portfolio_of
from prm.notifications.digests import DigestLine, DigestPart, DigestText, register_part
from prm.ui import formats

SHOWN = 6
ENDED = (PlanStatus.FAILED, PlanStatus.SUCCEEDED)
TONES = {PlanStatus.FAILED: "neg", PlanStatus.SUCCEEDED: "pos", PlanStatus.SUGGESTED: "acc"}


def register() -> None:
    """Called once the app is ready."""
    register_part(
        DigestPart(
            key="plans",
            label=gettext_lazy("Improvement plans of my partners"),
            help=gettext_lazy("Plans that were suggested, fell behind at a checkpoint, succeeded or failed."),
            permission=PLAN_VIEW,
            write=plans_of_the_morning,
            order=25,
        )
    )


def plans_of_the_morning(membership: Any, since: datetime) -> DigestText | None:
    """What became of the plans a person looks after since a moment: what failed first, then what is behind."""
    missed = CheckIn.objects.filter(verdict=Verdict.MISSED, judged_at__gt=since)
    behind = Q(status__in=RUNNING, pk__in=missed.order_by().values("plan_id"))
    ended = Q(status__in=ENDED, ended_at__gt=since)
    suggested = Q(status=PlanStatus.SUGGESTED, created_at__gt=since)
    rows = Plan.objects.filter(is_mine(membership.user_id), behind | ended | suggested)
    portfolio = portfolio_of(membership)
    if portfolio is not None:
        rows = rows.filter(partner_id__in=portfolio)
    news = Prefetch("check_ins", missed.order_by("-judged_at", "-pk"), to_attr="missed")
    found = sorted(rows.select_related("partner").prefetch_related(news), key=_place)
    if not found:
        return None
    title = _title(found)
    return DigestText(
        title=title,
        subject=title,
        lines=[_line(plan) for plan in found[:SHOWN]],
        rest=_rest(len(found) - SHOWN),
        button=_("See the improvement plans"),
        url=list_address("mine=yes"),
    )


def _place(plan: Plan) -> tuple[int, str, int]:
    if plan.status == PlanStatus.FAILED:
        place = 0
    elif plan.status in RUNNING:
        place = 1
    else:
        place = 2 if plan.status == PlanStatus.SUGGESTED else 3
    return place, plan.partner.name, plan.pk


def _title(plans: Iterable[Plan]) -> str:
    places = [_place(plan)[0] for plan in plans]
    return ", ".join(_counted(place, count) for place in range(4) if (count := places.count(place)))


def _counted(place: int, count: int) -> str:
    words = (
        ngettext("%(count)d plan failed", "%(count)d plans failed", count),
        ngettext("%(count)d plan is behind", "%(count)d plans are behind", count),
        ngettext("%(count)d plan is suggested", "%(count)d plans are suggested", count),
        ngettext("%(count)d plan succeeded", "%(count)d plans succeeded", count),
    )
    return words[place] % {"count": count}


def _line(plan: Any) -> DigestLine:
    is_behind = plan.status in RUNNING
    return DigestLine(
        title=plan.partner.name,
        texts=[plan.title, *(text for text in [_what(plan)] if text)],
        url=plan_address(plan),
        figure=_("Behind") if is_behind else plan.get_status_display(),
        tone="neg" if is_behind else TONES.get(plan.status, ""),
    )


def _what(plan: Any) -> str:
    if plan.status == PlanStatus.SUGGESTED:
        return plan.origin_label
    if plan.status in ENDED:
        return _("Judged by the results of %(period)s") % {"period": plan.ended_by_period}
    check = plan.missed[0]
    figures = {"day": formats.day(check.due_on), "expected": display.percent(check.expected)}
    if check.progress is None:
        return _("Checkpoint of %(day)s: %(expected)s of the time is over") % figures
    figures["progress"] = display.percent(check.progress)
    return _("Checkpoint of %(day)s: %(progress)s of the way, %(expected)s of the time is over") % figures


def _rest(count: int) -> str:
    if count <= 0:
        return ""
    return ngettext("%(count)d more plan has news.", "%(count)d more plans have news.", count) % {"count": count}
