"""Filters in words: what is set, how it reads as a chip, and which one to drop when nothing is left."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_filters import FilterSet

from prm.ui import formats


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter as words: name "Owner", words "is" (or what the filter says), value "Marta Olsen"."""

    key: str
    name: str
    words: str
    value: str
    remove: str


def apply_filters(filterset: FilterSet) -> QuerySet:
    """The filtered rows. A value that makes no sense (an old link, a typo) is left out, the other filters hold."""
    if not filterset.filters:
        return filterset.queryset.all()
    if filterset.is_valid():
        return filterset.qs
    rows = filterset.queryset.all()
    for name, one in filterset.filters.items():
        if name in filterset.form.cleaned_data:
            rows = one.filter(rows, filterset.form.cleaned_data[name])
    return rows


def with_parameters(filterset: FilterSet, parameters: QueryDict) -> FilterSet:
    """The same filters with other values. Only those that are set come along, so that a tab's count costs little."""
    other = copy(filterset)
    other.data, other.is_bound = parameters, True
    other.filters = {
        name: one
        for name, one in filterset.filters.items()
        if any(key == name or key.startswith(f"{name}_") for key in parameters)
    }
    for worked_out in ("_form", "_qs"):  # what django-filter keeps of its own values
        other.__dict__.pop(worked_out, None)
    return other


def chips_of(filterset: FilterSet, parameters: QueryDict, url: Callable[..., str]) -> list[Chip]:
    """One chip for each filter that is set. `url(without=…)` gives the address without some parameters."""
    filterset.is_valid()
    found = []
    for name, one in filterset.filters.items():
        value = filterset.form.cleaned_data.get(name)
        words = _value_words(filterset.form.fields[name], value)
        if not words:
            continue
        own = {key for key in parameters if key == name or key.startswith(f"{name}_")}
        label = one.label or filterset.form.fields[name].label or name
        found.append(
            Chip(
                key=name,
                name=str(label),
                words=str(getattr(one, "chip_words", "") or one.extra.get("chip_words", "") or _("is")),
                value=words,
                remove=url(without=own & set(parameters) - _owned_by_others(name, filterset)),
            )
        )
    return found


def _owned_by_others(name: str, filterset: FilterSet) -> set[str]:
    """Names of other filters that merely begin alike: region and region_type."""
    return {other for other in filterset.filters if other != name}


def _value_words(field: forms.Field, value: Any) -> str:
    if value in (None, "", []) or (isinstance(value, QuerySet) and not value):
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, slice):
        return _range_words(value.start, value.stop)
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, list | tuple | set | QuerySet):
        names = [_choice_label(field, one) for one in value]
        return _(" or ").join(names) if len(names) <= 3 else _("%(count)s chosen") % {"count": len(names)}
    if isinstance(value, date):
        return formats.day(value, year=True)
    return _choice_label(field, value)


def _range_words(start: Any, stop: Any) -> str:
    def words(value: Any) -> str:
        return formats.day(value, year=True) if isinstance(value, date) else formats.number(value)

    if start is not None and stop is not None:
        return _("%(first)s to %(last)s") % {"first": words(start), "last": words(stop)}
    if start is not None:
        return _("from %(first)s") % {"first": words(start)}
    return "" if stop is None else _("up to %(last)s") % {"last": words(stop)}


def _choice_label(field: forms.Field, value: Any) -> str:
    if isinstance(value, Model):
        return str(value)
    for key, label in getattr(field, "choices", ()):
        if isinstance(label, list | tuple):
            for inner_key, inner_label in label:
                if str(inner_key) == str(value):
                    return str(inner_label)
        elif str(key) == str(value):
            return str(label)
    return str(value)
