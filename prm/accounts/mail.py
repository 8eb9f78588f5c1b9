"""Letters to people: one text, sent as plain text and as simple HTML made from it."""

import re

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

_ADDRESS_ALONE = re.compile(r"^https?://\S+$")


def letter(
    *, to: str | list[str], subject: str, text: str, headers: dict[str, str] | None = None, origin: str = ""
) -> EmailMultiAlternatives:
    """An unsent mail. Paragraphs are parted by empty lines; a line that is only an address becomes the button.

    Where people's own words are in the text, `origin` names the site that buttons may lead to.
    """
    paragraphs = [
        " ".join(line.strip() for line in block.splitlines())
        for block in re.split(r"\n\s*\n", text.strip())
        if block.strip()
    ]
    subject = " ".join(subject.split())
    mail = EmailMultiAlternatives(
        subject,
        "\n\n".join(paragraphs) + "\n",
        settings.DEFAULT_FROM_EMAIL,
        [to] if isinstance(to, str) else to,
        headers=headers,
    )
    html = render_to_string(
        "emails/letter.html",
        {
            "subject": subject,
            "product_name": settings.PRODUCT_NAME,
            "paragraphs": [
                {"text": block, "is_address": bool(_ADDRESS_ALONE.match(block)) and block.startswith(origin)}
                for block in paragraphs
            ],
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail
