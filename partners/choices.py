"""The words of the partner records."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PartnerStatus(models.TextChoices):
    """Where a partner stands with the company. Moves: partners/lifecycle.py."""

    PROSPECT = "prospect", _("Prospect")
    APPLICANT = "applicant", _("Applicant")
    ONBOARDING = "onboarding", _("Onboarding")
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    TERMINATED = "terminated", _("Terminated")


# The colours that statuses have on every screen; the word always stands beside them.
STATUS_TONES: dict[str, str] = {
    PartnerStatus.ONBOARDING: "acc",
    PartnerStatus.ACTIVE: "pos",
    PartnerStatus.SUSPENDED: "warn",
    PartnerStatus.TERMINATED: "neg",
}


class Relationship(models.TextChoices):
    """On which side of the company a type of partner stands."""

    UPSTREAM = "upstream", _("Upstream, supplies us")
    DOWNSTREAM = "downstream", _("Downstream, sells for us")
    SERVICE = "service", _("Service")
    PEER = "peer", _("Peer")
    OVERSIGHT = "oversight", _("Oversight")


class ContactRole(models.TextChoices):
    """What a contact does; drives who is told what."""

    SALES = "sales", _("Sales")
    TECHNICAL = "technical", _("Technical")
    MARKETING = "marketing", _("Marketing")
    FINANCE = "finance", _("Finance")
    EXECUTIVE = "executive", _("Executive")
