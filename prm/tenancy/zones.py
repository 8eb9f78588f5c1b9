"""The time zones that people choose from."""

import re
from zoneinfo import available_timezones

KNOWN = re.compile(r"^(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/|^UTC$")


def zone_choices() -> list[tuple[str, str]]:
    """Zones that people know, not the aliases of the database: their name and how it reads."""
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if KNOWN.match(name)]
