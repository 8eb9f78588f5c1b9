"""A badge as a picture to share, made by the server."""

from partners.models import Partner
from performance.recognition.drawing import picture_of
from performance.recognition.models import Award
from performance.recognition.words.awards import award_rule, award_sentence, award_title
from prm.pdf import picture
from prm.pdf.palette import palette
from prm.tenancy.models import Tenant
from prm.ui import formats

KINDS = {"png": "image/png", "svg": "image/svg+xml"}


def award_picture(award: Award, partner: Partner, tenant: Tenant, kind: str = "png") -> bytes:
    """The picture of an award, `png` (1200 by 630 pixels) or `svg`, in the workspace's colours."""
    content = {
        "tenant": tenant.name,
        "name": award_title(award),
        "partner": partner.name,
        "why": award_sentence(award) if award.rule else award.badge.description,
        "rule": award_rule(award) if award.rule else "",
        "at": formats.day(award.awarded_at, year=True),
        "seal": picture_of(award.badge, palette(tenant.accent)),
    }
    return picture("badge", content, accent=tenant.accent, kind=kind)
