"""People at a partner, with or without access to its portal."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partners.choices import ContactRole
from partners.models.partner import Partner
from prm.tenancy.fields import PublicIdField, TenantForeignKey
from prm.tenancy.models import TenantModel


class Contact(TenantModel):
    """A person at a partner. Portal access is a PartnerAccess of the user with the same e-mail address."""

    public_id = PublicIdField()
    partner = TenantForeignKey(
        Partner,
        on_delete=models.CASCADE,
        related_name="contacts",
        verbose_name=_("partner"),
    )
    external_id = models.CharField(_("external number"), max_length=80, blank=True)
    full_name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    job_title = models.CharField(_("job title"), max_length=80, blank=True)
    roles = ArrayField(
        models.CharField(max_length=12, choices=ContactRole),
        default=list,
        blank=True,
        verbose_name=_("roles"),
    )
    is_primary = models.BooleanField(_("main contact"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-is_primary", "full_name"]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(
                "tenant",
                "partner",
                Lower("email"),
                name="contact_email_unique",
                violation_error_code="taken:email",
                violation_error_message=_("This partner already has a contact with this e-mail address."),
                condition=~models.Q(email=""),
            ),
            models.UniqueConstraint(
                fields=["tenant", "external_id"],
                name="contact_external_id_unique",
                violation_error_code="taken:external_id",
                violation_error_message=_("Another contact already has this external number."),
                condition=~models.Q(external_id=""),
            ),
            models.UniqueConstraint(
                fields=["tenant", "partner"],
                name="contact_one_primary",
                violation_error_code="taken:is_primary",
                violation_error_message=_("This partner already has a main contact."),
                condition=models.Q(is_primary=True),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        return "".join(word[0] for word in self.full_name.split()[:2]).upper() or "?"

    @property
    def role_labels(self) -> list[str]:
        """The names of the roles."""
        labels = dict(ContactRole.choices)
        return [str(labels.get(role, role)) for role in self.roles]

    @property
    def standing(self) -> str:
        """Job title and what else is said under the name."""
        parts = [self.job_title, _("main contact") if self.is_primary else "", "" if self.is_active else _("has left")]
        return capfirst(", ".join(str(part) for part in parts if part))
