"""What badges add to the list of partners: a column with those they hold, and finding who holds one."""

from collections.abc import Sequence
from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from partners.registries import PartnerListColumns, partner_list_columns
from performance.recognition.models import Award, Badge
from performance.recognition.permissions import RECOGNITION_VIEW
from performance.recognition.queries.awards import STANDING
from prm.ui import formats, pieces
from prm.ui.lists import Column
from prm.ui.markup import fill


def attach_badges(partners: Sequence[Any], _request: HttpRequest) -> None:
    """Give partners the names of the badges they hold, each with how often; one query, and none while the column is
    not shown."""
    numbers = [partner.pk for partner in partners]
    held = SimpleLazyObject(lambda: _held_by(numbers))
    for partner in partners:
        partner.badges_held = held


def _held_by(partner_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    rows = Award.objects.filter(STANDING, partner_id__in=partner_ids)
    held: dict[int, dict[str, int]] = {}
    for partner_id, name in rows.order_by("badge__name").values_list("partner_id", "badge__name"):
        names = held.setdefault(partner_id, {})
        names[name] = names.get(name, 0) + 1
    return held


def badge_names(partner: Any) -> list[str]:
    """The badges of a partner: Rising star, Partner of the quarter (3)."""
    held = partner.badges_held.get(partner.pk, {})
    return [f"{name} ({count})" if count > 1 else name for name, count in held.items()]


def draw_badges(partner: Any, _value: Any) -> SafeString | str:
    """The same as badges."""
    names = badge_names(partner)
    if not names:
        return formats.NONE
    return fill('<span class="row wrap">{}</span>', format_html_join("", "{}", ((pieces.badge(one),) for one in names)))


def holding(rows: QuerySet, _name: str, badge: Badge | None) -> QuerySet:
    """The partners that hold a badge."""
    if badge is None:
        return rows
    return rows.filter(Exists(Award.objects.filter(STANDING, badge=badge, partner_id=OuterRef("pk"))))


def badge_filters(_request: HttpRequest) -> dict[str, filters.Filter]:
    """Who holds which badge."""
    return {
        "badge": filters.ModelChoiceFilter(
            label=_("Badge"),
            queryset=lambda _request: Badge.objects.order_by("name"),
            to_field_name="public_id",
            method=holding,
            empty_label=_("Any"),
        )
    }


def badge_words(partner: Any) -> str:
    """The badges of a partner in one line."""
    return ", ".join(badge_names(partner))


COLUMN = Column("badges", _("Badges"), value=badge_words, draw=draw_badges, default=False, phone="full")


def register() -> None:
    """Called once the app is ready."""
    partner_list_columns.register(
        PartnerListColumns(
            key="badges",
            order=40,
            columns=lambda _request: (COLUMN,),
            attach=attach_badges,
            filters=badge_filters,
            permission=RECOGNITION_VIEW,
        )
    )
