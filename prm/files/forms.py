"""A form field for several documents at once."""

from typing import Any

from django import forms


class ManyFilesInput(forms.ClearableFileInput):
    """The browser's own choice of files, several of them."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several uploaded files as a list, empty where none was chosen. What is in them the service looks at."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", ManyFilesInput())
        super().__init__(*args, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Each file by itself.

        Raises:
            ValidationError: one is missing where one is asked for, is empty, or has too long a name.
        """
        given = [one for one in data or () if one] if isinstance(data, list | tuple) else [data] if data else []
        if not given:
            super().clean(None, initial)
        return [super(ManyFilesField, self).clean(one, initial) for one in given]
