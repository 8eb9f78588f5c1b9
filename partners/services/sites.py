"""Places where a partner works."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import Partner, PartnerSite
from partners.services.validation import refuse_invalid
from prm.access.actor import Actor
from prm.audit.services import changes_between, record
from prm.errors import InvalidInput

SITE_FIELDS = ("name", "address", "postal_code", "city", "country", "is_main")


@transaction.atomic
def create_site(*, partner: Partner, actor: Actor, **values: Any) -> PartnerSite:
    """Add a site. The first one becomes the main site; a new main site replaces the former.

    Raises:
        InvalidInput: a value is not acceptable.
        Conflict: the partner has a site with this name.
    """
    _refuse_unknown(values)
    _lock(partner.pk)
    site = PartnerSite(partner=partner, **values)
    site.is_main = site.is_main or not PartnerSite.objects.filter(partner=partner).exists()
    _take_over(site)
    refuse_invalid(site)
    site.save()
    record(actor=actor, action="site.created", target=site, partner_id=partner.pk)
    return site


@transaction.atomic
def update_site(*, site: PartnerSite, actor: Actor, **changes: Any) -> PartnerSite:
    """Change a site; what does not differ is not written.

    Raises:
        InvalidInput: a value is not acceptable.
        Conflict: the partner has another site with this name.
    """
    _refuse_unknown(changes)
    _lock(site.partner_id)
    site = PartnerSite.objects.get(pk=site.pk)
    before = {name: getattr(site, name) for name in changes}
    for name, value in changes.items():
        setattr(site, name, value)
    differences = changes_between(before, {name: getattr(site, name) for name in changes})
    if not differences:
        return site
    _take_over(site)
    refuse_invalid(site)
    site.save(update_fields=list(differences))
    record(actor=actor, action="site.updated", target=site, partner_id=site.partner_id, changes=differences)
    return site


@transaction.atomic
def remove_site(*, site: PartnerSite, actor: Actor) -> None:
    """Delete a site. When it was the main one, the next by name takes its place."""
    _lock(site.partner_id)
    site = PartnerSite.objects.get(pk=site.pk)
    record(actor=actor, action="site.removed", target=site, partner_id=site.partner_id)
    was_main, partner_id = site.is_main, site.partner_id
    site.delete()
    if was_main:
        heir = PartnerSite.objects.filter(partner_id=partner_id).order_by("name").first()
        if heir is not None:
            PartnerSite.objects.filter(pk=heir.pk).update(is_main=True)


def _refuse_unknown(values: dict[str, Any]) -> None:
    unknown = sorted(set(values) - set(SITE_FIELDS))
    if unknown:
        raise InvalidInput(
            _("A site has no field “%(field)s”.") % {"field": unknown[0]}, field=unknown[0], code="unknown_field"
        )


def _lock(partner_pk: int) -> None:
    """One change at a time among a partner's sites, so that there is never a second main site."""
    Partner.objects.select_for_update().only("pk").get(pk=partner_pk)


def _take_over(site: PartnerSite) -> None:
    if site.is_main:
        PartnerSite.objects.filter(partner_id=site.partner_id, is_main=True).exclude(pk=site.pk).update(is_main=False)
