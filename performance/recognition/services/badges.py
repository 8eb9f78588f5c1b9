"""Writing badges, trying their rules out, switching them on and off."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from performance.choices import ConsequenceTiming, TemplateStatus
from performance.models import GradeBand, PeriodRow
from performance.recognition.choices import BadgeKind, Cohort
from performance.recognition.models import Award, Badge
from performance.recognition.services.granting import grant_for
from performance.services.checking import check_fields
from prm.access.actor import Actor
from prm.audit.services import changes_between, record
from prm.errors import Conflict, InvalidInput

FIELDS = (
    "name", "description", "icon", "colour", "kind", "programme", "period_kind", "grade", "kpi", "periods", "timing",
    "cohort", "top", "minimum_rated", "points", "coverage",
)  # fmt: skip

USED: dict[str, tuple[str, ...]] = {
    BadgeKind.GRADE: ("grade", "periods", "timing", "coverage"),
    BadgeKind.RANK: ("cohort", "top", "minimum_rated", "coverage"),
    BadgeKind.RISE: ("cohort", "top", "minimum_rated", "points", "coverage"),
    BadgeKind.KPI: ("kpi", "periods", "timing", "coverage"),
    BadgeKind.HAND: (),
}
"""What each kind uses; the rest goes back to its default."""

DEFAULTS: dict[str, Any] = {
    "grade": "", "kpi": None, "periods": 1, "timing": ConsequenceTiming.CROSSING.value,
    "cohort": Cohort.PROGRAMME.value, "top": 1, "minimum_rated": 5, "points": None, "coverage": None,
}  # fmt: skip


def save_badge(*, actor: Actor, badge: Badge | None = None, **values: Any) -> Badge:
    """Make a badge or change one. A new one is switched off. Awards keep the rule that granted them.

    Raises:
        InvalidInput: naming the field that is wrong and the rule it breaks.
        Conflict: another badge has the name, or the programme of a badge that somebody holds would change.
    """
    is_new = badge is None
    if badge is None:
        badge = Badge(actor_label=actor.label[:160])
    else:
        badge = Badge.objects.select_for_update(of=("self",)).get(pk=badge.pk)
    before = {name: getattr(badge, name) for name in FIELDS}
    fill(badge, **values)
    check_badge(badge)
    changes = {} if is_new else changes_between(before, {name: getattr(badge, name) for name in FIELDS})
    if not is_new and not changes:
        return badge
    badge.updated_at = timezone.now()
    badge.save()
    record(actor=actor, action="badge.created" if is_new else "badge.updated", target=badge, changes=changes)
    return badge


def fill(badge: Badge, **values: Any) -> Badge:
    """Set the values on the badge and reset what its kind does not use."""
    for name, value in values.items():
        if name not in FIELDS:
            raise ValueError(f"A badge has no {name}.")
        setattr(badge, name, value)
    for name, default in DEFAULTS.items():
        if name not in USED.get(badge.kind, ()):
            setattr(badge, name, default)
    return badge


def check_badge(badge: Badge) -> None:
    """Refuse what could never be granted.

    Raises:
        InvalidInput, Conflict: naming the field.
    """
    badge.name = badge.name.strip()
    badge.description = badge.description.strip()
    if badge.kind not in USED:
        raise InvalidInput(_("Choose what the badge is granted for."), field="kind")
    check_fields(badge)
    if badge.kind != BadgeKind.HAND and badge.programme_id is None:
        raise InvalidInput(_("Choose the programme whose scorecards the rule looks at."), field="programme")
    if badge.kind == BadgeKind.GRADE:
        _check_grade(badge)
    elif badge.kind == BadgeKind.KPI and badge.kpi_id is None:
        raise InvalidInput(_("Choose the KPI."), field="kpi")
    elif badge.kind == BadgeKind.RISE and badge.points is not None and not 0 < badge.points <= 100:
        raise InvalidInput(_("A rise is more than 0 and at most 100 points."), field="points")
    if badge.coverage is not None and not 0 < badge.coverage <= 1:
        raise InvalidInput(_("A coverage is more than 0 and at most 100 percent."), field="coverage")
    if badge.kind in (BadgeKind.RANK, BadgeKind.RISE) and badge.top >= badge.minimum_rated:
        raise InvalidInput(
            _("With %(count)s places more than %(count)s rated partners are needed, else everybody would get it.")
            % {"count": badge.top},
            field="minimum_rated",
        )
    if Badge.objects.filter(name__iexact=badge.name).exclude(pk=badge.pk).exists():
        raise Conflict(_("Another badge is called %(name)s.") % {"name": badge.name}, field="name")


def _check_grade(badge: Badge) -> None:
    if not badge.grade:
        raise InvalidInput(_("Choose the grade. A better one counts as well."), field="grade")
    bands = GradeBand.objects.filter(template__status=TemplateStatus.PUBLISHED, template__programme=badge.programme)
    if not bands.filter(key=badge.grade).exists():
        raise InvalidInput(
            _("No published scorecard of %(programme)s has a grade %(grade)s.")
            % {"programme": badge.programme, "grade": badge.grade},
            field="grade",
        )


def switch_badge(
    *, badge: Badge, actor: Actor, is_on: bool, with_last_period: bool = False, at: datetime | None = None
) -> int:
    """Let the rule grant from the next closing on, or stop it; how many awards followed at once.

    `with_last_period` grants it for the last closed period too. Switched off, what partners hold stays theirs.

    Raises:
        Conflict: it is on or off already, or only people grant it.
    """
    at = at or timezone.now()
    badge = Badge.objects.select_for_update(of=("self",)).select_related("kpi", "programme").get(pk=badge.pk)
    if badge.kind == BadgeKind.HAND:
        raise Conflict(_("%(badge)s has no rule. People award it.") % {"badge": badge.name})
    if badge.is_active == is_on:
        raise Conflict(
            _("%(badge)s is switched on already.") % {"badge": badge.name}
            if is_on
            else _("%(badge)s is switched off already.") % {"badge": badge.name}
        )
    if is_on:
        check_badge(badge)
    badge.is_active, badge.updated_at = is_on, at
    badge.activated_at = at if is_on else badge.activated_at
    badge.save(update_fields=["is_active", "activated_at", "updated_at"])
    new = 0
    if is_on and with_last_period:
        closed = PeriodRow.objects.filter(kind=badge.period_kind, closed_at__isnull=False).order_by("-seq").first()
        new = grant_for(badge, [closed], at=at) if closed else 0
    changes = {"granted": [None, new]} if new else {}
    record(actor=actor, action="badge.switched_on" if is_on else "badge.switched_off", target=badge, changes=changes)
    return new


def delete_badge(*, badge: Badge, actor: Actor) -> None:
    """Remove a badge that nobody was ever granted.

    Raises:
        Conflict: somebody holds it or held it.
    """
    badge = Badge.objects.select_for_update(of=("self",)).get(pk=badge.pk)
    if Award.objects.filter(badge=badge).exists():
        raise Conflict(_("Partners hold %(badge)s. Switch it off instead.") % {"badge": badge.name})
    record(actor=actor, action="badge.deleted", target=badge)
    badge.delete()


def usual_badges(*, actor: Actor, programme: Any) -> list[Badge]:
    """The badges a programme may begin with, switched off. Names that are taken are left alone."""
    bands = GradeBand.objects.filter(template__status=TemplateStatus.PUBLISHED, template__programme=programme)
    best = bands.order_by("-template__valid_from", "-minimum").first()
    if best is None:
        return []
    common: dict[str, Any] = {"programme": programme, "period_kind": "quarter"}
    wanted: list[dict[str, Any]] = [
        {"name": _("Partner of the quarter"), "description": _("The best score of its type, all figures together."),
         "kind": BadgeKind.RANK, "cohort": Cohort.TYPE, "icon": "trophy", "colour": "gold"},
        {"name": _("Rising star"), "description": _("Nobody improved more."),
         "kind": BadgeKind.RISE, "points": Decimal(5), "icon": "trending-up", "colour": "teal"},
        {"name": _("Three quarters at %(grade)s") % {"grade": best.key},
         "description": _("Excellent not once but again and again."),
         "kind": BadgeKind.GRADE, "grade": best.key, "periods": 3, "icon": "gem", "colour": "blue"},
    ]  # fmt: skip
    taken = {name.lower() for name in Badge.objects.values_list("name", flat=True)}
    return [
        save_badge(actor=actor, **common, **values) for values in wanted if str(values["name"]).lower() not in taken
    ]
