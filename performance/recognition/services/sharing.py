"""What a partner decides: a public page for one of its awards, and whether other partners read its name."""

from uuid import UUID

from django.core import signing
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from partners.models import Partner
from performance.recognition.models import Award, PartnerNaming
from prm.access.actor import Actor
from prm.audit.services import record
from prm.errors import Conflict
from prm.tenancy.scope import require_scope

SALT = "recognition.award"
KEY_LENGTH = 16


def share_award(*, award: Award, actor: Actor) -> Award:
    """Open a public page for an award, under an address that nobody can guess.

    Raises:
        Conflict: the award is withdrawn, or public already.
    """
    award = _locked(award)
    if award.is_withdrawn:
        raise Conflict(_("A badge that was withdrawn cannot be shared."))
    if award.share_key:
        raise Conflict(_("The badge has a public page already."))
    award.share_key, award.shared_at = get_random_string(KEY_LENGTH), timezone.now()
    award.save(update_fields=["share_key", "shared_at"])
    record(actor=actor, action="award.shared", target=award, partner_id=award.partner_id)
    return award


def stop_sharing(*, award: Award, actor: Actor) -> Award:
    """Close the public page. Its address never works again; a new page gets a new one.

    Raises:
        Conflict: there is none.
    """
    award = _locked(award)
    if not award.share_key:
        raise Conflict(_("The badge has no public page."))
    award.share_key, award.shared_at = "", None
    award.save(update_fields=["share_key", "shared_at"])
    record(actor=actor, action="award.share_ended", target=award, partner_id=award.partner_id)
    return award


def _locked(award: Award) -> Award:
    found = Award.objects.select_for_update(of=("self",)).select_related("badge", "partner")
    return found.get(pk=award.pk)


def share_token(award: Award) -> str:
    """What the public address holds: which workspace and award, and the key of this page, signed."""
    return _signer().sign_object([require_scope().tenant.slug, award.public_id.hex, award.share_key])


def read_token(token: str) -> tuple[str, UUID, str] | None:
    """Workspace, award and key of a token; None for one that we never signed."""
    try:
        slug, award, key = _signer().unsign_object(token)
        return (slug, UUID(award), key) if key else None
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _signer() -> signing.Signer:
    return signing.Signer(salt=SALT)


def name_partner(*, partner: Partner, actor: Actor, is_named: bool) -> bool:
    """Let other partners read this one's name, or show it as one of them only; whether that changed anything."""
    partner = Partner.objects.select_for_update(of=("self",), no_key=True).get(pk=partner.pk)
    row = PartnerNaming.objects.filter(partner=partner).first() or PartnerNaming(partner=partner)
    if row.is_named == is_named:
        return False
    row.is_named, row.changed_at, row.changed_by = is_named, timezone.now(), actor.label[:160]
    row.save()
    record(
        actor=actor,
        action="partner.naming_changed",
        target=partner,
        partner_id=partner.pk,
        changes={"named_to_others": [not is_named, is_named]},
    )
    return True
