"""A badge as a picture to share, made by the server."""

from django.http import Http404, HttpResponse

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


def picture_response(award: Award, tenant: Tenant, kind: str, *, is_download: bool = False) -> HttpResponse:
    """The picture as an answer to somebody who is signed in; caches of others never keep it.

    Raises:
        Http404: there is no such kind, or the award was withdrawn.
    """
    if kind not in KINDS or award.is_withdrawn:
        raise Http404
    response = HttpResponse(award_picture(award, award.partner, tenant, kind), content_type=KINDS[kind])
    name = "".join(letter if letter.isalnum() else "-" for letter in award_title(award).lower())
    way = "attachment" if is_download else "inline"
    response["Content-Disposition"] = f'{way}; filename="{name.encode("ascii", "ignore").decode() or "badge"}.{kind}"'
    response["Cache-Control"] = "private, max-age=300"
    return response
