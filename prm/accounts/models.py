"""People: users, their memberships in workspaces, their access to partners' portals, invitations to both.

All four are platform tables without tenant policies: they answer "which tenant is this?" before a scope exists.
Nothing secret of a tenant is in them.
"""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from prm.access.roles import PARTNER_ROLE_CHOICES, STAFF_ROLE_CHOICES, Role
from prm.tenancy.fields import PublicIdField
from prm.tenancy.models import Tenant


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address, kept in lower case."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """One person with one sign-in, possibly in several workspaces and portals."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Density(models.TextChoices):
        COMFORTABLE = "comfortable", _("Comfortable")
        COMPACT = "compact", _("Compact")

    email = models.EmailField(_("e-mail address"), unique=True)
    full_name = models.CharField(_("name"), max_length=120, blank=True)
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.SYSTEM)
    density = models.CharField(_("density"), max_length=12, choices=Density, default=Density.COMFORTABLE)
    single_key_shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    is_staff = models.BooleanField(_("platform operator"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["email"]
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_ignoring_case")]

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0] if self.full_name else self.email

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = (self.full_name or self.email).replace("@", " ").split()
        return "".join(word[0] for word in words[:2]).upper()


class Membership(models.Model):
    """A person's place in a workspace, with one role."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=24, choices=STAFF_ROLE_CHOICES)
    own_portfolio_only = models.BooleanField(
        _("own partners only"),
        default=False,
        help_text=_("A channel manager then sees only the partners they own."),
    )
    job_title = models.CharField(_("job title"), max_length=80, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["user__full_name", "user__email"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="membership_one_per_person")]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"

    @property
    def sees_own_partners_only(self) -> bool:
        """Whether queries narrow to the partners this person owns."""
        return self.own_portfolio_only and self.role == Role.CHANNEL_MANAGER


class PartnerAccess(models.Model):
    """A person's place at a partner, with one role. Opens the partner's portal.

    `partner_id` refers to partners.Partner without importing it; a composite constraint in that app's migration
    holds it to the tenant. `partner_name` is a copy for the workspace chooser, which has no scope.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="partner_accesses")
    partner_id = models.BigIntegerField(_("partner"), editable=False)
    partner_public_id = models.UUIDField(editable=False)
    partner_name = models.CharField(max_length=200, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="partner_accesses")
    role = models.CharField(_("role"), max_length=24, choices=PARTNER_ROLE_CHOICES)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("partner access")
        verbose_name_plural = _("partner accesses")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "partner_id", "user"],
                name="partner_access_one_per_person",
            )
        ]
        indexes = [models.Index(fields=["user", "partner_public_id"], name="partner_access_of_user")]

    def __str__(self) -> str:
        return f"{self.user}, {self.partner_name}"


class Invitation(models.Model):
    """An invitation by e-mail to a workspace or to a partner's portal. Only the token's hash is kept."""

    public_id = PublicIdField()
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"))
    full_name = models.CharField(_("name"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=24, choices=STAFF_ROLE_CHOICES + PARTNER_ROLE_CHOICES)
    own_portfolio_only = models.BooleanField(_("own partners only"), default=False)
    partner_id = models.BigIntegerField(null=True, blank=True, editable=False)
    partner_public_id = models.UUIDField(null=True, blank=True, editable=False)
    partner_name = models.CharField(max_length=200, blank=True, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("sent"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                "tenant",
                Lower("email"),
                models.F("partner_id"),
                name="invitation_one_open_per_person",
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.email

    def is_open(self, at: Any) -> bool:
        """Whether it can still be accepted at this moment."""
        return self.accepted_at is None and self.revoked_at is None and at < self.expires_at
