"""How lists draw awards and places in league tables."""

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from performance.recognition.choices import AwardStatus
from performance.recognition.drawing import seal
from performance.recognition.models import Award
from prm.ui import formats, pieces
from prm.ui.markup import fill


def award_partner(award: Award, _value: Any) -> SafeString:
    """Whose award it is."""
    return pieces.who(award.partner.name, award.partner.city, award.partner_url)  # type: ignore[attr-defined]  # the list puts it there


def award_badge(award: Award, value: Any) -> SafeString:
    """The badge with its seal, leading to the award."""
    return fill(
        '<a class="row bdg" href="{}">{}<b class="w5">{}</b></a>',
        award.award_url,  # type: ignore[attr-defined]  # the list puts it there
        seal(award.badge, "s"),
        value,
    )


def award_status(award: Award, value: Any) -> SafeString:
    """Whether it stands, and whether a restatement took its ground away."""
    if award.status == AwardStatus.WITHDRAWN:
        return pieces.badge(value)
    if not award.holds:
        return pieces.badge(_("Restated since"), "warn")
    return pieces.badge(value, "pos")


def place(_row: Any, value: Any) -> SafeString | str:
    """A place."""
    return fill('<b class="num">{}</b>', formats.number(value)) if value else formats.NONE


def movement(_row: Any, value: int | None) -> SafeString:
    """Places gained against the period before, in the same group."""
    if value is None:
        return fill('<span class="dim">{}</span>', _("new"))
    return pieces.delta(value, better="up", digits=0)


def league_partner(card: Any, _value: Any) -> SafeString:
    """The partner, leading to its scorecard; unnamed to others where it wishes so."""
    words = [card.partner.city, "" if card.is_named else _("unnamed to others")]
    return pieces.who(card.partner.name, ", ".join(word for word in words if word), card.scorecard_url)
