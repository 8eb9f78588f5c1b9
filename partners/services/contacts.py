"""People at a partner: adding, changing, and what happens when they leave."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from partners.models import Contact, Partner
from partners.services.portal_access import close_portal
from partners.services.validation import refuse_invalid
from prm.access.actor import Actor
from prm.accounts.models import Invitation, PartnerAccess
from prm.audit.services import changes_between, record
from prm.errors import Conflict, InvalidInput
from prm.tenancy.scope import require_scope

CONTACT_FIELDS = ("external_id", "full_name", "email", "phone", "job_title", "roles", "is_primary", "is_active")


@transaction.atomic
def create_contact(*, partner: Partner, actor: Actor, **values: Any) -> Contact:
    """Add a person. The first one becomes the main contact; a new main contact replaces the former.

    Raises:
        InvalidInput: a value is not acceptable.
        Conflict: the partner already has a contact with this address, or the external number is taken.
    """
    _refuse_unknown(values)
    _lock(partner.pk)
    contact = Contact(partner=partner, **_tidy(values))
    if not Contact.objects.filter(partner=partner, is_active=True).exists():
        contact.is_primary = contact.is_active
    _refuse_absent_main(contact)
    _take_over(contact)
    refuse_invalid(contact)
    contact.save()
    record(
        actor=actor,
        action="contact.created",
        target=contact,
        partner_id=partner.pk,
        changes={"roles": [None, contact.roles], "is_primary": [None, contact.is_primary]},
    )
    return contact


@transaction.atomic
def update_contact(*, contact: Contact, actor: Actor, by_vendor: bool = True, **changes: Any) -> Contact:
    """Change a person's data; what does not differ is not written. Somebody who has left loses the portal at once.

    `by_vendor` is False when the partner's own people do it; then the last admin of the portal stays.

    Raises:
        InvalidInput: a value is not acceptable.
        Conflict: the address is taken or is the one they sign in with, or the main contact would have left.
    """
    _refuse_unknown(changes)
    _lock(contact.partner_id)
    contact = Contact.objects.select_related("partner").get(pk=contact.pk)
    before = {name: getattr(contact, name) for name in changes}
    for name, value in _tidy(changes).items():
        setattr(contact, name, value)
    differences = changes_between(before, {name: getattr(contact, name) for name in changes})
    if not differences:
        return contact
    if "email" in differences and before["email"]:
        _refuse_if_signing_in(contact, before["email"])
    _refuse_absent_main(contact)
    _take_over(contact)
    refuse_invalid(contact)
    contact.save(update_fields=list(differences))
    record(actor=actor, action="contact.updated", target=contact, partner_id=contact.partner_id, changes=differences)
    if "is_active" in differences and not contact.is_active:
        close_portal(contact=contact, actor=actor, reason=_("The contact left."), by_vendor=by_vendor)
    return contact


@transaction.atomic
def remove_contact(*, contact: Contact, actor: Actor, by_vendor: bool = True) -> None:
    """Delete a person's data, and their access to the portal with it. The audit trail keeps that they were there.

    `by_vendor` is False when the partner's own people do it; then the last admin of the portal stays.
    """
    _lock(contact.partner_id)
    close_portal(contact=contact, actor=actor, reason=_("The contact was removed."), by_vendor=by_vendor)
    record(actor=actor, action="contact.removed", target=contact, partner_id=contact.partner_id)
    contact.delete()


@transaction.atomic
def upsert_contact(*, partner: Partner, actor: Actor, **values: Any) -> tuple[Contact, str]:
    """Create or update a contact, found by external number, else by e-mail address; for imports and the API.

    Returns:
        The contact and "created", "updated" or "unchanged".

    Raises:
        Conflict: the external number belongs to a contact of another partner.
    """
    values = _tidy(values)
    contact = _find(partner, values.get("external_id", ""), values.get("email", ""))
    if contact is None:
        return create_contact(partner=partner, actor=actor, **values), "created"
    before = {name: getattr(contact, name) for name in values}
    if not changes_between(before, values):
        return contact, "unchanged"
    return update_contact(contact=contact, actor=actor, **values), "updated"


def _find(partner: Partner, external_id: str, email: str) -> Contact | None:
    if external_id:
        contact = Contact.objects.filter(external_id=external_id).first()
        if contact is not None and contact.partner_id != partner.pk:
            raise Conflict(
                _("The contact %(number)s belongs to another partner.") % {"number": external_id},
                code="other_partner",
                field="external_id",
            )
        if contact is not None:
            return contact
    return Contact.objects.filter(partner=partner, email__iexact=email).first() if email else None


def _tidy(values: dict[str, Any]) -> dict[str, Any]:
    """Addresses in lower case, roles once each and in a stable order, no outer blanks."""
    tidy = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if tidy.get("email"):
        tidy["email"] = tidy["email"].lower()
    if "roles" in tidy:
        tidy["roles"] = sorted({str(role) for role in tidy["roles"]})
    return tidy


def _refuse_unknown(values: dict[str, Any]) -> None:
    unknown = sorted(set(values) - set(CONTACT_FIELDS))
    if unknown:
        raise InvalidInput(
            _("A contact has no field “%(field)s”.") % {"field": unknown[0]}, field=unknown[0], code="unknown_field"
        )


def _lock(partner_pk: int) -> None:
    """One change at a time among a partner's people, so that there is never a second main contact."""
    Partner.objects.select_for_update().only("pk").get(pk=partner_pk)


def _take_over(contact: Contact) -> None:
    """A new main contact replaces the former."""
    if contact.is_primary:
        others = Contact.objects.filter(partner_id=contact.partner_id, is_primary=True)
        others.exclude(pk=contact.pk).update(is_primary=False)


def _refuse_absent_main(contact: Contact) -> None:
    if contact.is_primary and not contact.is_active:
        raise Conflict(
            _("%(contact)s is the main contact. Make somebody else the main contact first.") % {"contact": contact},
            code="main_contact",
            field="is_active",
        )


def _refuse_if_signing_in(contact: Contact, email: str) -> None:
    """Access hangs on the address, so it cannot change under somebody who uses it."""
    tenant_id = require_scope().tenant_id
    has_access = PartnerAccess.objects.filter(
        tenant_id=tenant_id, partner_id=contact.partner_id, user__email__iexact=email, is_active=True
    ).exists()
    invited = Invitation.objects.filter(
        tenant_id=tenant_id, partner_id=contact.partner_id, email__iexact=email, accepted_at=None, revoked_at=None
    ).exists()
    if has_access or invited:
        raise Conflict(
            _("%(contact)s opens the portal with %(email)s. Close the portal for them first, then invite them again.")
            % {"contact": contact, "email": email},
            code="signs_in_with_it",
            field="email",
        )
