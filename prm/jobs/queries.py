"""Reading background work."""

from django.db.models import QuerySet

from prm.jobs.models import Job


def jobs(*, status: str = "", kind: str = "") -> QuerySet[Job]:
    """Jobs of the open scope, newest first, with who started them."""
    rows = Job.objects.select_related("created_by")
    if status:
        rows = rows.filter(status=status)
    return rows.filter(kind=kind) if kind else rows
