"""Badges, awards and league tables of a demo tenant, through the ordinary services."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from partners.models import Partner, Programme
from performance.models import KPI, PeriodRow, Scorecard
from performance.queries.lines import Line, lines_of_cards
from performance.recognition.choices import BadgeColour, BadgeIcon, BadgeKind, Cohort
from performance.recognition.models import Award, Badge
from performance.recognition.services.awards import award_by_hand, withdraw_award
from performance.recognition.services.badges import save_badge, switch_badge, usual_badges
from performance.recognition.services.leagues import set_league
from performance.recognition.services.sharing import name_partner
from performance.recognition.services.telling import tell_of_awards
from performance.services.closings import do_closing_work
from prm.access.actor import Actor
from prm.tenancy.models import Tenant

CLOSED_DAYS_LATER = 12


def set_badges(partner: Partner, actor: Actor) -> None:
    """Badges of every kind, switched on before the first quarter is closed; one more is written and not switched on."""
    programme = Programme.objects.get(is_default=True)
    for badge in usual_badges(actor=actor, programme=programme):
        switch_badge(badge=badge, actor=actor, is_on=True)
    line = _best_line(partner)
    if line is not None:
        badge = save_badge(
            actor=actor,
            name=f"{line.name} at its best"[:60],
            description="The figure at its very best, and not a little under it.",
            kind=BadgeKind.KPI,
            kpi=KPI.objects.get(pk=line.kpi_id),
            programme=programme,
            icon=BadgeIcon.TARGET,
            colour=BadgeColour.PLUM,
        )
        switch_badge(badge=badge, actor=actor, is_on=True)
    save_badge(
        actor=actor,
        name="First of its region",
        description="The best score of each region.",
        kind=BadgeKind.RANK,
        cohort=Cohort.REGION,
        top=3,
        programme=programme,
        icon=BadgeIcon.MEDAL,
        colour=BadgeColour.ORANGE,
    )
    save_badge(
        actor=actor,
        name="Helping hand",
        description="For a partner that helped another one.",
        kind=BadgeKind.HAND,
        icon=BadgeIcon.HANDSHAKE,
        colour=BadgeColour.VIOLET,
    )


def _best_line(partner: Partner) -> Line | None:
    """Where the partner whose portal visitors open was best in a quarter that is closed soon: at its stretch, if
    anywhere."""
    cards = Scorecard.objects.filter(partner=partner, period__kind="quarter", rated=True, programme__is_default=True)
    newest = list(cards.order_by("-period__seq").values_list("pk", flat=True)[2:5])
    lines = [line for rows in lines_of_cards(newest).values() for line in rows if line.state == "scored"]
    return max(lines, key=lambda line: (line.points or 0, line.weight), default=None)


def grant_badges(tenant: Tenant, period: PeriodRow) -> None:
    """What the closing of a quarter earns, on a day soon after the quarter, and the news of it."""
    day = datetime.combine(period.end + timedelta(days=CLOSED_DAYS_LATER), time(9, 30), tenant.zone)
    do_closing_work(tenant=tenant, at=min(day, timezone.now()))
    tell_of_awards(tenant=tenant)


def recognise(partner: Partner, actor: Actor) -> None:
    """Awards by hand, one withdrawn, one partner that stays unnamed, and a league table that partners see."""
    programme = Programme.objects.get(is_default=True)
    helping = Badge.objects.get(name="Helping hand")
    award_by_hand(
        badge=helping,
        partner=partner,
        actor=actor,
        reason="Lent two service technicians to a neighbour for the whole of the spring season.",
        at=timezone.now() - timedelta(days=20),
    )
    others = list(Partner.objects.filter(status="active").exclude(pk=partner.pk).order_by("pk")[:2])
    for other in others:
        award = award_by_hand(
            badge=helping,
            partner=other,
            actor=actor,
            reason="Showed its workshop to six new partners.",
            at=timezone.now() - timedelta(days=33),
        )
    if others:
        withdraw_award(award=award, actor=actor, reason="Entered for the wrong partner of the same name.")
    held = Award.objects.exclude(partner=partner).filter(origin="rule").select_related("partner").first()
    if held is not None:
        name_partner(partner=held.partner, actor=actor, is_named=False)
    set_league(programme=programme, actor=actor, is_on=True, cohort=Cohort.TYPE, shows_scores=True)
