"""The columns of a list: what they show on screen, how they sort, and what they hold in an export."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from prm.ui import formats
from prm.ui.markup import escaped, fill


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        key: its name in the address and in saved views.
        label: its head.
        value: attribute path (`owner.full_name`) or function of the row; the key when empty. What exports hold.
        sort: order_by path or paths; empty for a column that does not sort.
        draw: draws the cell from the row and the value. template: the same as a template that gets `row` and `value`,
            slower. Without either the value is written by its type.
        numeric: right aligned.
        default: shown unless the person chose otherwise. always: cannot be switched off.
        phone: on small screens: head (beside the name), full (a line of its own), kv (label and value), hide.
        descending_first: the first click sorts downwards, for scores and amounts.
        export: False for columns that are only a drawing; or a function of the row for the exported value.
        group: neighbours of one group stand below a common head. href: what the column is about; its head leads there.
    """

    key: str
    label: Any
    value: str | Callable[[Any], Any] = ""
    sort: str | tuple[str, ...] = ""
    template: str = ""
    draw: Callable[[Any, Any], str] | None = None
    numeric: bool = False
    default: bool = True
    always: bool = False
    phone: str = "kv"
    css: str = ""
    descending_first: bool = False
    export: bool | Callable[[Any], Any] = True
    group: Any = ""
    href: str = ""

    def value_of(self, row: Any) -> Any:
        """The value of one row."""
        if callable(self.value):
            return self.value(row)
        found = row
        for name in _path(self.value or self.key):
            found = getattr(found, name, None) if found is not None else None
        return found() if callable(found) and not isinstance(found, type) else found

    @property
    def number_format(self) -> str:
        """How a spreadsheet shows its numbers; empty for as they are."""
        return ""

    def export_value(self, row: Any) -> Any:
        """The value in a file: numbers and days as such, everything else as text."""
        value = self.export(row) if callable(self.export) else self.value_of(row)
        if isinstance(value, datetime):
            return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
        if value is None or isinstance(value, bool | int | float | Decimal | date | str):
            return value
        return str(value)

    @property
    def opening(self) -> SafeString:
        """The opening tag of its body cells; on a phone the label stands beside the value."""
        phone = {"full": "m-full", "kv": "m-kv", "hide": "m-hide"}.get(self.phone, "")
        css = " ".join(part for part in ("n" if self.numeric else "", phone, self.css) if part)
        return fill(
            "<td{}{}>",
            fill(' class="{}"', css) if css else "",
            fill(' data-l="{}"', self.label) if self.phone == "kv" else "",
        )

    def content(self, row: Any, value: Any, context: Context) -> str:
        """What stands in the cell, escaped."""
        if self.draw is not None:
            return escaped(self.draw(row, value))
        if not self.template:
            return escape(text_of(value))
        with context.push(row=row, value=value):
            return get_template(self.template).template.render(context)  # type: ignore[attr-defined]


@lru_cache(maxsize=1024)
def _path(dotted: str) -> tuple[str, ...]:
    return tuple(dotted.split("."))


def text_of(value: Any) -> str:
    """How a value without a template reads."""
    if value is None or value == "":
        return formats.NONE
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return formats.moment(value)
    if isinstance(value, date):
        return formats.day(value)
    if isinstance(value, int | float | Decimal):
        return formats.number(value)
    return str(value)


def ordered(rows: QuerySet, columns: tuple[Column, ...], sort: str) -> QuerySet:
    """The rows by `key` or `-key`; rows without a value come last both ways, ties by primary key."""
    column = next((one for one in columns if one.key == sort.lstrip("-") and one.sort), None)
    if column is None:
        return rows if rows.query.order_by or rows.query.get_meta().ordering else rows.order_by("pk")
    paths = (column.sort,) if isinstance(column.sort, str) else column.sort
    downwards = sort.startswith("-")
    terms: list[OrderBy] = []
    for path in paths:
        is_reversed = path.startswith("-") != downwards
        path = path.lstrip("-")
        last = {"nulls_last": True} if _may_be_empty(rows, path) else {}
        terms.append(F(path).desc(**last) if is_reversed else F(path).asc(**last))
    return rows.order_by(*terms, *([] if "pk" in [path.lstrip("-") for path in paths] else ["pk"]))


def _may_be_empty(rows: QuerySet, path: str) -> bool:
    """Whether a row can be without this value. Where none can, the order is one that an index has."""
    model: Any = rows.model
    for name in path.split("__"):
        if model is None or name in rows.query.annotations:
            return True
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        if field.null or field.one_to_many or field.many_to_many:
            return True
        model = field.related_model
    return False
