"""Levels and comments on the items of a review, for the partner's self-assessment and for raters alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from performance.reviews.models import Answer
from performance.reviews.queries.content import Item
from performance.reviews.services.assessing import COMMENT_LENGTH, Given


@dataclass(frozen=True)
class Row:
    """One item on screen: its level as radio buttons, its comment."""

    item: Item
    level: BoundField
    comment: BoundField


class AnswersForm(forms.Form):
    """A level and a comment for each item. What is not answered yet may stay empty until it is submitted."""

    def __init__(self, *args: Any, items: Iterable[Item] = (), levels: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = list(items)
        choices = [(str(number), f"{number} {name}") for number, name in enumerate(levels, start=1)]
        for item in self.items:
            self.fields[f"level-{item.key}"] = forms.ChoiceField(
                label=item.text, choices=choices, widget=forms.RadioSelect, required=False
            )
            self.fields[f"comment-{item.key}"] = forms.CharField(
                label=_("Comment"),
                required=False,
                max_length=COMMENT_LENGTH,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    @staticmethod
    def initial_of(answers: Iterable[Answer]) -> dict[str, Any]:
        """The fields as they were saved."""
        found: dict[str, Any] = {}
        for answer in answers:
            key = Item(answer.section_id, answer.question_id, "").key
            found[f"level-{key}"] = "" if answer.level is None else str(answer.level)
            found[f"comment-{key}"] = answer.comment
        return found

    def rows_of(self, section_id: int) -> list[Row]:
        """The items of a section."""
        return [
            Row(item, self[f"level-{item.key}"], self[f"comment-{item.key}"])
            for item in self.items
            if item.section_id == section_id
        ]

    @property
    def given(self) -> dict[str, Given]:
        """The answers as services take them."""
        data = self.cleaned_data
        return {
            item.key: Given(
                int(data[f"level-{item.key}"]) if data[f"level-{item.key}"] else None,
                data[f"comment-{item.key}"],
            )
            for item in self.items
        }

    def refuse_item(self, key: str | None, message: str) -> None:
        """Put a refusal at the item that it is about."""
        field = f"level-{key}"
        self.add_error(field if field in self.fields else None, message)
