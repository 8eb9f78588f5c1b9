"""How allauth behaves here: no open sign-up, our mails, our words, second-factor secrets encrypted at rest."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from prm.accounts.mail import letter


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by e-mail. Accounts come from invitations alone."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is switched off. Ask your workspace admin to switch it on."),
        "duplicate_email": _("This is your present address. Enter another one."),
        "email_password_mismatch": _("E-mail and password do not match. Check both, or reset the password."),
        "email_taken": _("This address cannot be used. Enter another one."),
        "enter_current_password": _("Enter the password you use now."),
        "incorrect_password": _("This is not your password. Try again."),
        "invalid_password_reset": _("This reset link is no longer valid."),
        "same_as_current": _("Enter something other than the present value."),
        "too_many_login_attempts": _(
            "Too many failed sign-ins. Wait five minutes, then try again or reset the password."
        ),
        "rate_limited": _("Too many tries in a short time. Wait a minute."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up without an invitation, which has its own page."""
        return False

    def format_email_subject(self, subject: str) -> str:
        return str(subject)

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """A letter in plain text and simple HTML, both from the one text template."""
        context = {**context, "product_name": settings.PRODUCT_NAME}
        subject = render_to_string(f"{template_prefix}_subject.txt", context)
        text = render_to_string(f"{template_prefix}_message.txt", context, self.request)
        return letter(to=email, subject=subject, text=text, headers=headers)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:profile")


class MFAAdapter(DefaultMFAAdapter):
    """Second factors. Their secrets are encrypted with a key derived from SECRET_KEY."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right. Wait for the next one and try again."),
        "unverified_email": _("Confirm your e-mail address first, then set up a second factor."),
        "cannot_generate_recovery_codes": _(
            "Set up an authenticator app or a passkey first, then create recovery codes."
        ),
    }

    @cached_property
    def _cipher(self) -> MultiFernet:
        secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        return MultiFernet([Fernet(_derived_key(secret)) for secret in secrets])

    def encrypt(self, text: str) -> str:
        return self._cipher.encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._cipher.decrypt(encrypted_text.encode()).decode()

    def _get_site_name(self) -> str:
        return settings.PRODUCT_NAME


def _derived_key(secret: str) -> bytes:
    digest = hashlib.scrypt(secret.encode(), salt=b"prm.accounts.mfa", n=2**12, r=8, p=1, dklen=32)
    return base64.urlsafe_b64encode(digest)
