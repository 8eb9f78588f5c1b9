"""Several counts in one statement, for the tabs above a list."""

from collections.abc import Sequence

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def count_all(querysets: Sequence[QuerySet], *, limit: int) -> list[int]:
    """How many rows each has, counted no further than `limit`. Annotations that no filter uses are not computed."""
    counts = [0] * len(querysets)
    places, parts, parameters = [], [], []
    for place, rows in enumerate(querysets):
        try:
            statement, values = rows.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        places.append(place)
        parts.append(f"(SELECT count(*) FROM ({statement} LIMIT %s) counted)")
        parameters += [*values, limit]
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", parameters)
            found = cursor.fetchone()
        for place, number in zip(places, found, strict=True):
            counts[place] = number
    return counts
