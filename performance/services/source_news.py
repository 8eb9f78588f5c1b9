"""Telling people about sources: a new one that nobody has described, one that is late, one that delivers again."""

from collections.abc import Iterable, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance import notices
from performance.models import MeasurementSource
from performance.queries.alerts import people_to_tell, who_hears
from performance.words.sources import rhythm_words
from prm.notifications.services import notify
from prm.tenancy.scope import require_scope


def responsible_for(source: MeasurementSource, people: tuple[set[int], list[int]] | None = None) -> list[int]:
    """Who hears about a source: its owner while they work here, else the programme managers, else the admins.

    `people` are those of `people_to_tell`, for a caller with several sources.
    """
    return who_hears(source.owner_id, people or people_to_tell())


def address_of(source: MeasurementSource) -> str:
    """The page of a source."""
    kwargs = {"tenant": require_scope().tenant.slug, "measurement_source": source.public_id}
    return reverse("performance:source_detail", kwargs=kwargs)


def tell_of_new_sources(found: Sequence[MeasurementSource], *, by: str) -> None:
    """Codes were seen for the first time. Typed wrongly they would count the same facts twice, so somebody looks."""
    if not found:
        return
    people = people_to_tell()
    for source in found:
        if by:
            body = _("%(who)s sent the first measurements. Describe the source, or correct the code where it is sent.")
        else:
            body = _("The first measurements came in. Describe the source, or correct the code where it is sent.")
        notify(
            user_ids=responsible_for(source, people),
            kind=notices.SOURCE_NEW,
            title=_("New source of measurements: %(code)s") % {"code": source.code},
            body=body % {"who": by},
            url=address_of(source),
        )


def tell_of_late(late: Iterable[tuple[MeasurementSource, int]]) -> None:
    """Sources are late, each by so many days."""
    people = people_to_tell()
    for source, days in late:
        notify(
            user_ids=responsible_for(source, people),
            kind=notices.SOURCE_LATE,
            title=late_words(source, days),
            body=f"{rhythm_words(source)}.",
            url=address_of(source),
        )


def tell_of_delivery_again(source: MeasurementSource) -> None:
    """A source that was late has delivered."""
    notify(
        user_ids=responsible_for(source),
        kind=notices.SOURCE_AGAIN,
        title=_("%(source)s delivers again") % {"source": source.name},
        body=_("Measurements came in. The source is on time."),
        url=address_of(source),
    )


def tell_of_refusal(source: MeasurementSource, *, by: str, message: str) -> None:
    """A call was refused, the first for a day: whoever looks after the source may not have sent it."""
    title = _("A delivery of %(source)s was refused") % {"source": source.name}
    body = _("%(who)s: %(message)s") % {"who": by, "message": message} if by else message
    notify(
        user_ids=responsible_for(source), kind=notices.SOURCE_REFUSED, title=title, body=body, url=address_of(source)
    )


def late_words(source: MeasurementSource, days: int) -> str:
    """How late a source is, in one sentence without its full stop."""
    return ngettext(
        "Data from %(source)s is %(count)d day late", "Data from %(source)s is %(count)d days late", days
    ) % {"source": source.name, "count": days}
