"""The small forms of a plan's page: sign, start, extend, cancel, note, settle a commitment, choose what follows."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from performance.forms.benchmark import day_input
from performance.plans.choices import CommitmentState, ConsequenceKind

LONG = 1000


def words(
    label: Any, help_text: Any = "", *, required: bool = True, most: int = LONG, rows: int = 3
) -> forms.CharField:
    """A field for a few sentences."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class ReasonForm(forms.Form):
    """Why something is done; kept in the history."""

    reason = words(_("Reason"), _("Kept in the history of the plan."))


class SignForm(forms.Form):
    """A signature under the version that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    remarks = words(_("Remarks"), _("Both sides read them."), required=False)
    read = forms.BooleanField(label=_("I have read the plan and agree to it for my company."))


class StartForm(forms.Form):
    """The day from which days count."""

    starts_on = forms.DateField(
        label=_("Starts on"),
        widget=day_input(),
        help_text=_("Today, or a day that has passed since you agreed. Days due move along."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].initial = timezone.localdate


class NoteForm(forms.Form):
    """What somebody writes on a plan from the vendor's side."""

    text = words(_("Note"), most=2000)
    is_internal = forms.BooleanField(
        label=_("For us alone"), required=False, initial=True, help_text=_("The partner never sees it.")
    )


class OwnNoteForm(forms.Form):
    """What a partner writes on its plan."""

    text = words(_("Note"), _("Both sides read it."), most=2000)


class CommitmentForm(forms.Form):
    """What became of a commitment, with a file that shows it. That the partner's is done, the partner says itself."""

    state = forms.ChoiceField(
        label=_("It is"),
        choices=[(CommitmentState.DONE, _("Done")), (CommitmentState.DROPPED, _("Not needed any more"))],
        initial=CommitmentState.DONE,
        widget=forms.RadioSelect,
    )
    note = words(
        _("Note"), _("Needed when it is not needed any more: why. The partner reads it."), required=False, rows=2
    )
    upload = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("What shows that it is done: PDF, image, office file or text, up to 10 MB."),
    )

    def __init__(self, *args: Any, is_ours: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_ours:
            fields: dict[str, Any] = self.fields
            fields["state"].choices = [(CommitmentState.DROPPED, _("Not needed any more"))]
            fields["state"].initial = CommitmentState.DROPPED
            fields["note"].required = True
            del self.fields["upload"]


class OwnCommitmentForm(forms.Form):
    """A partner reports its own commitment done."""

    note = words(_("Note"), required=False, rows=2)
    upload = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("What shows that it is done: PDF, image, office file or text, up to 10 MB."),
    )


class ConsequenceForm(forms.Form):
    """What is to follow from a failed plan."""

    kind = forms.ChoiceField(label=_("What follows"), choices=ConsequenceKind.choices, widget=forms.RadioSelect)
    reason = words(_("Reason"), _("The partner's people may read it. Name what was agreed and what was measured."))
