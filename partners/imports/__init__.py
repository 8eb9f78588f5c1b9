"""Partners and contacts as kinds of import. Every row goes through the same services as a change on screen."""

from django.utils.translation import gettext_lazy

from partners.imports.contacts import CONTACT_FIELDS, ContactKind
from partners.imports.partner_fields import PARTNER_FIELDS
from partners.imports.partners import PartnerKind
from partners.permissions import PARTNER_EDIT
from prm.imports.kinds import register

__all__ = ["register_kinds"]


def register_kinds() -> None:
    """Called when the app is ready."""
    register(
        PartnerKind(
            code="partners",
            label=gettext_lazy("Partners"),
            title=gettext_lazy("Import partners"),
            description=gettext_lazy("Companies with type, region, tier, owner and address."),
            permission=PARTNER_EDIT,
            fields=PARTNER_FIELDS,
            order=10,
        )
    )
    register(
        ContactKind(
            code="contacts",
            label=gettext_lazy("Contacts"),
            title=gettext_lazy("Import contacts"),
            description=gettext_lazy("People at partners with their roles."),
            permission=PARTNER_EDIT,
            fields=CONTACT_FIELDS,
            order=20,
        )
    )
