"""The columns of a list: what they show on screen, how they sort, and what they hold in an export."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.utils import timezone
from django.utils.translation import gettext as _

from prm.ui import formats


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        key: its name in the address and in saved views.
        label: its head.
        value: attribute path (`owner.full_name`) or function of the row; the key when empty. What exports hold.
        sort: order_by path or paths; empty for a column that does not sort.
        template: draws the cell; gets `row` and `value`. Without it the value is written by its type.
        numeric: right aligned.
        default: shown unless the person chose otherwise. always: cannot be switched off.
        phone: on small screens: head (beside the name), full (a line of its own), kv (label and value), hide.
        descending_first: the first click sorts downwards, for scores and amounts.
        export: False for columns that are only a drawing; or a function of the row for the exported value.
    """

    key: str
    label: Any
    value: str | Callable[[Any], Any] = ""
    sort: str | tuple[str, ...] = ""
    template: str = ""
    numeric: bool = False
    default: bool = True
    always: bool = False
    phone: str = "kv"
    css: str = ""
    descending_first: bool = False
    export: bool | Callable[[Any], Any] = True

    def value_of(self, row: Any) -> Any:
        """The value of one row."""
        if callable(self.value):
            return self.value(row)
        found = row
        for name in (self.value or self.key).split("."):
            found = getattr(found, name, None) if found is not None else None
        return found() if callable(found) and not isinstance(found, type) else found

    def export_value(self, row: Any) -> Any:
        """The value in a file: numbers and days as such, everything else as text."""
        value = self.export(row) if callable(self.export) else self.value_of(row)
        if isinstance(value, datetime):
            return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
        if value is None or isinstance(value, bool | int | float | Decimal | date | str):
            return value
        return str(value)

    @property
    def cell_css(self) -> str:
        """Classes of a body cell."""
        phone = {"full": "m-full", "kv": "m-kv", "hide": "m-hide"}.get(self.phone, "")
        return " ".join(part for part in ("n" if self.numeric else "", phone, self.css) if part)

    @property
    def shown_on_phone_with_label(self) -> bool:
        return self.phone == "kv"


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
        field = F(path.lstrip("-"))
        terms.append(field.desc(nulls_last=True) if is_reversed else field.asc(nulls_last=True))
    return rows.order_by(*terms, "pk")
