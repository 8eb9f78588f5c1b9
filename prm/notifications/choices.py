"""What a person may choose for each kind of news."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reach(models.TextChoices):
    """How far news of a kind goes to a person."""

    MAIL = "mail", _("Inbox and mail")
    INBOX = "inbox", _("Inbox only")
    NOTHING = "nothing", _("Nothing")
