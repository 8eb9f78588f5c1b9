"""The invitation to a review's meeting as a calendar file (RFC 5545)."""

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from performance.reviews.models import Review

LONGEST = 73
"""Bytes of a line before it is folded."""


def invitation(review: Review, *, url: str, made_at: datetime) -> bytes:
    """One event. Planned again it has the same identity and a higher sequence, so calendars move it."""
    assert review.meeting_at is not None, "Only a planned meeting has an invitation."
    summary = _("Review %(period)s: %(partner)s") % {"period": review.period, "partner": review.partner}
    told = [review.agenda, ", ".join(review.attendees), url]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tandem//Reviews//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:review-{review.public_id}@tandem",
        f"SEQUENCE:{review.ics_sequence}",
        f"DTSTAMP:{_stamp(made_at)}",
        f"DTSTART:{_stamp(review.meeting_at)}",
        f"DTEND:{_stamp(review.meeting_at + timedelta(minutes=review.meeting_minutes))}",
        f"SUMMARY:{_text(summary)}",
        f"LOCATION:{_text(review.meeting_place)}",
        "DESCRIPTION:" + _text("\n\n".join(part for part in told if part)),
        f"URL:{url}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines if not line.endswith("LOCATION:")).encode()


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    plain = value.replace("\r\n", "\n").replace("\r", "\n")
    for mark in ("\\", ";", ","):
        plain = plain.replace(mark, f"\\{mark}")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> str:
    """A line of at most 75 bytes; what is longer goes on behind a space, never inside a character."""
    parts, part = [], ""
    for character in line:
        if len(f"{part}{character}".encode()) > LONGEST:
            parts.append(part)
            part = ""
        part += character
    return "\r\n ".join([*parts, part])
