"""How lists and pages draw promises. `PromiseList.prepare` sets what they read."""

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.queries.promises import badge_of
from prm.ui import formats, pieces
from prm.ui.markup import fill


def what(row: Any, value: Any) -> SafeString:
    """What was promised, leading to where it stands, over what it belongs to."""
    return fill('<a class="w5" href="{}">{}</a><span class="small">{}</span>', row.url, value, row.promise_about)


def partner(row: Any, _value: Any) -> SafeString:
    """The partner, leading to its page."""
    return fill('<a href="{}">{}</a>', row.partner_url, row.promise_to.name)


def person(row: Any, value: Any) -> SafeString | str:
    """Whose it is to do."""
    return fill('<span class="mut">{}</span>', _("Nobody")) if value is None else str(value)


def state(row: Any, _value: Any) -> SafeString:
    """What became of it."""
    return pieces.badge(*badge_of(row.promise_state, row.promise_kept))


def late(row: Any, value: Any) -> SafeString | str:
    """Days late, in words that say of what."""
    return formats.NONE if not value else fill('<span class="tx-neg">{}</span>', days_words(value))


def days_words(days: int) -> str:
    """A number of days."""
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": formats.number(days)}
