"""Badges, awards and a public page."""

from typing import Any

from partners.models import Programme
from performance.recognition.models import Award, Badge
from performance.recognition.services.awards import award_by_hand
from performance.recognition.services.badges import save_badge
from performance.recognition.services.leagues import set_league
from performance.recognition.services.sharing import share_award, share_token
from prm.access.actor import SYSTEM
from tests.factories.partners import PartnerFactory
from tests.factories.recognition import AwardFactory, BadgeFactory, card, closed


def prepare(side: Any) -> None:
    """A badge by rule that the partner holds, one by hand, a league table that partners see."""
    programme = Programme.objects.get(key="main")
    set_league(programme=programme, actor=SYSTEM, is_on=True, cohort="programme")
    badge = save_badge(actor=SYSTEM, name="First", kind="rank", programme=programme)
    period = closed("2019-Q4")
    first = card(side.partner, period, 90)
    for total in (80, 70, 60, 50):
        card(PartnerFactory(partner_type=side.partner.partner_type), period, total)
    AwardFactory(
        badge=badge,
        partner=side.partner,
        origin="rule",
        reason="",
        programme=programme,
        period=period,
        scorecard=first,
        kept_rule=badge.rule.as_json(),
        total=first.total,
        value=first.total,
        rank=1,
        cohort_size=5,
    )


def _award(side: Any) -> Award:
    """A new one each time: what was withdrawn or shared by a case before is not asked again."""
    made = award_by_hand(badge=BadgeFactory(), partner=side.partner, actor=SYSTEM, reason="Thank you.")
    return Award.objects.get(pk=made.pk)


def _badge(_side: Any) -> Any:
    return Badge.objects.get(pk=BadgeFactory().pk).public_id


SAMPLES = {
    "badge": _badge,
    "award": lambda side: _award(side).public_id,
    "badges:page.token": lambda side: share_token(share_award(award=_award(side), actor=SYSTEM)),
    "badges:picture.token": lambda side: share_token(share_award(award=_award(side), actor=SYSTEM)),
}
WORDS = {
    "badges:picture.kind": "png",
    "portal:award_picture.kind": "png",
    "recognition:award_picture.kind": "png",
    "cohort": "programme",
}
PREPARE = [prepare]
PARTNER_BOUND = {"award"}
