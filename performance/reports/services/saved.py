"""Keeping a report with its filters under a name."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from performance.reports.errors import NameTaken
from performance.reports.models import SavedReport
from performance.reports.services.checking import clean_filters, known_report
from prm.access.actor import Actor
from prm.audit.services import changes_between, record
from prm.errors import InvalidInput

FIELDS = ("name", "is_shared", "filters")


def save_report(
    *,
    actor: Actor,
    name: str,
    report: str,
    filters: Mapping[str, Any],
    is_shared: bool,
    saved: SavedReport | None = None,
) -> SavedReport:
    """Keep a report, or change one that was kept.

    Raises:
        InvalidInput: naming the field that is wrong.
        NameTaken: the person has another one of this name.
    """
    found = known_report(report)
    name = name.strip()
    if not name:
        raise InvalidInput(_("Give it a name."), field="name")
    if len(name) > 120:
        raise InvalidInput(_("At most 120 characters."), field="name")
    if actor.user_id is None:
        raise InvalidInput(_("Only a person can save a report for themselves."), field="name")
    owner_id = saved.owner_id if saved is not None else actor.user_id
    values = {"name": name, "is_shared": is_shared, "filters": clean_filters(found, filters)}
    taken = SavedReport.objects.filter(owner_id=owner_id, name=name).exclude(pk=saved.pk if saved else None)
    if taken.exists():
        raise NameTaken(_("You have a saved report of this name."), field="name")
    if saved is None:
        row = SavedReport.objects.create(owner_id=owner_id, report=found.key, **values)
        record(actor=actor, action="saved_report.created", target=row)
        return row
    row = SavedReport.objects.select_for_update(of=("self",)).get(pk=saved.pk)
    changes = changes_between({field: getattr(row, field) for field in FIELDS}, values)
    if changes:
        for field, value in values.items():
            setattr(row, field, value)
        row.updated_at = timezone.now()
        row.save()
        record(actor=actor, action="saved_report.updated", target=row, changes=changes)
    return row


def delete_saved_report(*, actor: Actor, saved: SavedReport) -> None:
    """Remove a saved report. Schedules have filters of their own and go on."""
    record(actor=actor, action="saved_report.deleted", target=saved)
    saved.delete()
