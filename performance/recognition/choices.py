"""What badges, awards and league tables can be."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BadgeKind(TextChoices):
    """What a badge is granted for."""

    GRADE = "grade", _("A grade, for some periods in a row")
    RANK = "rank", _("The first places of a group")
    RISE = "rise", _("The largest rise of the score in a group")
    KPI = "kpi", _("A KPI at its stretch, for some periods in a row")
    HAND = "hand", _("By hand alone")


class Cohort(TextChoices):
    """Among whom partners are ranked: always the rated ones of one programme and period."""

    PROGRAMME = "programme", _("The whole programme")
    TIER = "tier", _("Each tier")
    REGION = "region", _("Each region")
    TYPE = "type", _("Each partner type")
    PEERS = "peers", _("Each type and tier")


class AwardOrigin(TextChoices):
    """How an award came about."""

    RULE = "rule", _("By its rule")
    HAND = "hand", _("By hand")


class AwardStatus(TextChoices):
    """How an award stands."""

    STANDING = "standing", _("Standing")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class BadgeColour(TextChoices):
    """The colour of a badge; each is a token of the product's palette."""

    GOLD = "gold", _("Gold")
    BLUE = "blue", _("Blue")
    TEAL = "teal", _("Teal")
    VIOLET = "violet", _("Violet")
    PLUM = "plum", _("Plum")
    ORANGE = "orange", _("Orange")
    SLATE = "slate", _("Slate")


COLOUR_TOKENS = {
    BadgeColour.GOLD: "warn-fill",
    BadgeColour.BLUE: "c1",
    BadgeColour.TEAL: "pos-fill",
    BadgeColour.VIOLET: "c4",
    BadgeColour.PLUM: "c5",
    BadgeColour.ORANGE: "c2",
    BadgeColour.SLATE: "c6",
}
"""The token of `tokens.css` that each colour is."""


class BadgeIcon(TextChoices):
    """The symbol on a badge; the value is the symbol's name in the sprite (`prm/ui/icons.py`)."""

    AWARD = "award", _("Rosette")
    MEDAL = "medal", _("Medal")
    TROPHY = "trophy", _("Cup")
    CROWN = "crown", _("Crown")
    STAR = "star", _("Star")
    GEM = "gem", _("Gem")
    TRENDING = "trending-up", _("Rising line")
    ROCKET = "rocket", _("Rocket")
    TARGET = "target", _("Target")
    SHIELD = "shield-check", _("Shield")
    HANDSHAKE = "handshake", _("Handshake")
    HEART = "heart", _("Heart")
    LEAF = "leaf", _("Leaf")
    ZAP = "zap", _("Lightning")
    CAP = "graduation-cap", _("Graduation cap")
    WRENCH = "wrench", _("Wrench")
