"""Ranges of days as PostgreSQL sees them, for exclusion constraints."""

from django.contrib.postgres.fields import DateRangeField
from django.db.models import Func


class DateRange(Func):
    """daterange(from, to), half-open; an empty end is open."""

    function = "daterange"
    output_field = DateRangeField()
