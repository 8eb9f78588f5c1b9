"""Forms of the import screens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prm.imports.kinds import ImportKind
from prm.imports.reading.formats import DELIMITERS, Question
from prm.imports.reading.table import Table

ENCODINGS = (
    "utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "windows-1250", "windows-1251", "mac_roman",
    "cp850",
    "shift_jis", "gb18030", "euc_kr",
)  # fmt: skip


class UploadForm(forms.Form):
    """What the file holds, and the file."""

    kind = forms.ChoiceField(label=gettext_lazy("What does the file hold?"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or other delimited text, or an Excel workbook (.xlsx); also gzipped."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.gz"}),
    )

    def __init__(self, *args: Any, kinds: list[ImportKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.code, kind.label) for kind in kinds]  # type: ignore[attr-defined]

    def clean_file(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["file"]
        if (upload.size or 0) > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError(
                _(
                    "The file has more than %(limit)s MB. Compress it with gzip, split it, or use the "
                    "import_data command."
                )
                % {"limit": settings.UPLOAD_MAX_BYTES >> 20}
            )
        return upload


class FormatForm(forms.Form):
    """How the file is written: what was detected, to confirm or change. What stays open has no answer yet."""

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        questions = {question.setting: question for question in table.questions}
        if table.container.kind == "workbook":
            choices = [(name, name) for name in table.sheets]
            self._add("sheet", _("Sheet"), choices, table.format.sheet, questions.get("sheet"))
            return
        encoding = table.format.encoding or "utf-8"
        names = list(dict.fromkeys([encoding, *ENCODINGS]))
        self._add(
            "encoding", _("Encoding"), [(name, name.upper()) for name in names], encoding, questions.get("encoding")
        )
        delimiters = [
            (key, _("%(name)s  %(sign)s") % {"name": name, "sign": key.strip()}) for key, name in DELIMITERS.items()
        ]
        if table.format.delimiter not in DELIMITERS:
            delimiters.append((table.format.delimiter or ",", table.format.delimiter or ","))
        self._add(
            "delimiter", _("Columns are separated by"), delimiters, table.format.delimiter, questions.get("delimiter")
        )

    def _add(
        self, name: str, label: str, choices: list[tuple[str, str]], detected: str | None, question: Question | None
    ) -> None:
        help_text = ""
        if question is not None:
            shown = [(key, f"{dict(choices).get(key, key)}: {meaning}") for key, meaning in question.choices.items()]
            rest = [choice for choice in choices if choice[0] not in question.choices]
            choices = [("", _("Please choose")), *shown, *rest]
            help_text = question.message
        self.fields[name] = _RawChoiceField(
            label=label, choices=choices, initial="" if question else detected, help_text=help_text
        )


class _RawChoiceField(forms.ChoiceField):
    """A choice whose value may be a blank character, such as a tab."""

    def to_python(self, value: Any) -> str:
        return "" if value is None else str(value)


class MappingTextForm(forms.Form):
    """A mapping written as text."""

    text = forms.CharField(
        label=gettext_lazy("Mapping"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 26, "spellcheck": "false", "class": "mono", "wrap": "off"}),
    )
    save_as = forms.CharField(
        label=gettext_lazy("Save it under the name"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("A file with the same columns gets it applied by itself."),
    )

    def __init__(self, *args: Any, lookups: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for index, name in enumerate(lookups):
            self.fields[f"lookup_{index}"] = forms.FileField(
                label=_("File %(name)s") % {"name": name},
                required=False,
                help_text=_("The mapping looks things up in it."),
            )
        self.lookups = lookups
