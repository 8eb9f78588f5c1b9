"""Partner records: what partners are, where they stand, who works there, which tier they hold."""

from partners.models.catalogue import (
    PartnerType,
    Programme,
    Region,
    Specialisation,
    Tier,
)
from partners.models.contact import Contact
from partners.models.partner import (
    Partner,
    PartnerSite,
    PartnerSpecialisation,
    PartnerTerritory,
    StatusChange,
)
from partners.models.tiering import TierAssignment

__all__ = [
    "Contact",
    "Partner",
    "PartnerSite",
    "PartnerSpecialisation",
    "PartnerTerritory",
    "PartnerType",
    "Programme",
    "Region",
    "Specialisation",
    "StatusChange",
    "Tier",
    "TierAssignment",
]
