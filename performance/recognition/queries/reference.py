"""What partners see of league tables, kept between requests."""

from collections.abc import Mapping

from performance.recognition.models import LeagueSetting
from prm.tenancy.reference import reference


@reference
def league_settings() -> Mapping[int, LeagueSetting]:
    """What the partners of each programme see, by programme; a programme without a row shows nothing."""
    return {row.programme_id: row for row in LeagueSetting.objects.all()}


def leagues_on() -> dict[int, LeagueSetting]:
    """The same of the programmes whose partners see a table."""
    return {key: row for key, row in league_settings().items() if row.is_on}
