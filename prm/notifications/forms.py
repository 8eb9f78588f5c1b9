"""What a person wants to hear."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prm.notifications.choices import Reach
from prm.notifications.kinds import NoticeKind
from prm.notifications.reach import possible_reaches


class PreferenceForm(forms.Form):
    """One tick for each part of the morning mail, one choice for each kind of news.

    Without `parts` there is no morning mail to choose from.
    """

    wanted = forms.MultipleChoiceField(
        label=_("Tell me about"), required=False, choices=(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, parts: Sequence[tuple[Any, bool]], kinds: Sequence[tuple[NoticeKind, Reach]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["wanted"]
        field.choices = [(part.key, part.label) for part, _on in parts]
        field.initial = [part.key for part, on in parts if on]
        if not parts:
            del self.fields["wanted"]
        self._kinds = [kind for kind, _reach in kinds]
        for kind, reach in kinds:
            choices = [(one.value, one.label) for one in possible_reaches(kind)]
            self.fields[kind.key] = forms.ChoiceField(label=kind.label, choices=choices, initial=reach, required=False)

    @property
    def by_kind(self) -> list[forms.BoundField]:
        """The fields of the kinds of news, for the page."""
        return [self[kind.key] for kind in self._kinds]

    @property
    def reaches(self) -> dict[str, str]:
        """What was chosen, by kind; what was not sent stays as it is."""
        return {kind.key: self.cleaned_data[kind.key] for kind in self._kinds if self.cleaned_data[kind.key]}
