"""What was done with a plan, in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from prm.audit.words import action_words

ACTIONS: dict[str, Any] = {
    "plan.suggested": _("Suggested"),
    "plan.drafted": _("Draft made"),
    "plan.edited": _("Draft changed"),
    "plan.taken_up": _("Taken up"),
    "plan.dismissed": _("Dismissed"),
    "plan.offered": _("Shown to the partner"),
    "plan.signed": _("Signed"),
    "plan.agreed": _("Signed by both sides"),
    "plan.started": _("Started"),
    "plan.opened_again": _("Made a draft again"),
    "plan.extended": _("Extended"),
    "plan.cancelled": _("Cancelled"),
    "plan.succeeded": _("Succeeded"),
    "plan.failed": _("Failed"),
    "plan.clock_stopped": _("Clock stopped"),
    "plan.clock_goes_on": _("Clock runs again"),
    "plan.reopened": _("Reopened after a relapse"),
    "plan.checked": _("Checked"),
    "plan.commitment_done": _("Commitment done"),
    "plan.commitment_dropped": _("Commitment dropped"),
    "plan.file_added": _("File added"),
    "plan.consequence_chosen": _("What follows was chosen"),
    "plan.consequence_approved": _("What follows was agreed to"),
    "plan.consequence_rejected": _("What follows was refused"),
    "plan.consequence_taken": _("What follows was done"),
    "plan.note_written": _("Note written"),
}


def told(entries: Any) -> list[Any]:
    """Entries of the audit trail with `words` and, where a commitment is meant, its `detail`."""
    found = list(entries)
    for entry in found:
        entry.words = ACTIONS.get(entry.action) or action_words(entry.action).partition(": ")[2]
        commitment = entry.changes.get("commitment") if isinstance(entry.changes, dict) else None
        entry.detail = commitment[1] if commitment else ""
    return found
