"""Tags and filters of the kit. A builtin of the template engine: no `{% load %}` needed."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from prm.ui import charts, formats, pieces
from prm.ui.markup import fill
from prm.ui.navigation import Area, NavSection, bottom_bar, visible_sections
from prm.ui.waiting import Waiting, waiting_for

register = template.Library()

# --- figures and dates -------------------------------------------------------------------------------------------
register.filter("number", lambda value, digits=None: formats.number(value, _digits(digits)))
register.filter("signed", lambda value, digits=None: formats.signed(value, _digits(digits)))
register.filter("compact", lambda value, digits=1: formats.compact(value, int(digits)))
register.filter("percent", lambda value, digits=0: formats.percent(value, int(digits)))
register.filter("share", lambda value, digits=0: formats.share(value, int(digits)))
register.filter("unit_space", formats.unit_space)
register.filter("with_unit", lambda value, unit="": formats.with_unit(value, unit))
register.filter("day", formats.day)
register.filter("moment", formats.moment)
register.filter("stamp", formats.stamp)
register.filter("since", formats.since)
register.simple_tag(formats.money, name="money")
register.simple_tag(formats.compact_money, name="compact_money")


def _digits(value: Any) -> int | None:
    return None if value is None or value == "" else int(value)


# --- files ---------------------------------------------------------------------------------------------------------
register.simple_tag(pieces.asset, name="asset")

# --- pieces of markup --------------------------------------------------------------------------------------------
register.simple_tag(pieces.icon, name="icon")


@register.filter
def html_attrs(attrs: Mapping[str, Any]) -> SafeString:
    """The further attributes given to a component, each value escaped. Use it instead of printing `attrs`.

    Cotton's own printing trusts its values, and a dynamic attribute may hold what somebody typed.
    """
    given = attrs.attrs_dict() if hasattr(attrs, "attrs_dict") else attrs
    parts = []
    for name, value in given.items():
        if value is True or value == "":
            parts.append((name, ""))
        elif value is not None and value is not False:
            parts.append((name, conditional_escape(value)))
    return format_html_join("", ' {}="{}"', parts)


register.filter("initials", pieces.initials)
register.filter("tone", pieces.tone)
register.simple_tag(pieces.who, name="who")
register.simple_tag(pieces.grade, name="grade")
register.simple_tag(pieces.tier, name="tier")
register.simple_tag(pieces.delta, name="delta")


@register.simple_tag(takes_context=True)
def list_rows(context: template.Context, page: Any) -> SafeString:
    """The rows of a list; where something can be done with several, each with a box to tick."""
    words = _("Select %(name)s") if page.actions else ""
    parts: list[str] = []
    for row in page.lines:
        parts.append("<tr>")
        if words:
            parts.append(fill(_SELECT, row.id, words % {"name": row.object}))
        parts += [cell.html(context) for cell in row.cells]
        parts.append("</tr>")
    return mark_safe("".join(parts))  # noqa: S308  (each cell is escaped)


_SELECT = (
    '<td class="m-hide sel"><input type="checkbox" class="ck" name="row" value="{}" form="list-bulk" data-row '
    'aria-label="{}"></td>'
)


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The present query string with some parameters changed; None or an empty value removes one.

    A changed filter starts again at page one unless `page` is given.
    """
    parameters = context["request"].GET.copy()
    if "page" not in changes:
        parameters.pop("page", None)
    for name, value in changes.items():
        if value is None or value == "":
            parameters.pop(name, None)
        else:
            parameters[name] = value
    for name, values in list(parameters.lists()):
        if not any(values):
            parameters.pop(name)
    encoded = parameters.urlencode(safe=",")
    return f"?{encoded}" if encoded else context["request"].path


@register.simple_tag(takes_context=True)
def sort_state(context: template.Context, key: str, order: str = "", descending_first: Any = "") -> dict[str, str]:
    """How a column sorts now (`aria`) and the address that sorts by it (`url`): once up, once down."""
    present = context["request"].GET.get("sort") or order
    upwards, downwards = key, f"-{key}"
    if key and present in (upwards, downwards):
        following = downwards if present == upwards else upwards
        aria = "ascending" if present == upwards else "descending"
    else:
        following, aria = (downwards if descending_first else upwards), ""
    return {"aria": aria, "url": query(context, sort=following)}


@register.filter
def page_range(paginator: Any, number: int) -> list[int | None]:
    """Page numbers to show: the ends, the neighbours, and None where some are left out."""
    last = paginator.num_pages
    shown = sorted({1, 2, last - 1, last, number - 1, number, number + 1} & set(range(1, last + 1)))
    found: list[int | None] = []
    for page in shown:
        if found and page - (found[-1] or 0) == 2:
            found.append(page - 1)
        elif found and page - (found[-1] or 0) > 2:
            found.append(None)
        found.append(page)
    return found


@register.tag
def capture(parser: template.base.Parser, token: template.base.Token) -> "CaptureNode":
    """`{% capture name %}…{% endcapture %}` keeps what is inside under a name, so that a block can be used twice."""
    _tag, name = token.split_contents()
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(name, nodelist)


class CaptureNode(template.Node):
    """Renders its content into a variable, without white space around it."""

    def __init__(self, name: str, nodelist: template.NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: template.Context) -> str:
        context[self.name] = mark_safe(self.nodelist.render(context).strip())  # noqa: S308  (rendered and escaped)
        return ""


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """The entry of a mapping whose key is only known at run time, or None."""
    return mapping.get(key) if hasattr(mapping, "get") else None


# --- fields ------------------------------------------------------------------------------------------------------
@register.simple_tag
def control(field: Any, css: str = "", **extra: Any) -> SafeString:
    """A bound field's widget with the kit's class, and the ids of its hint and error for screen readers."""
    widget = field.field.widget
    kind = getattr(widget, "input_type", "")
    base = {"checkbox": "ck", "radio": "", "range": "", "hidden": ""}.get(kind, "in")
    if getattr(widget, "allow_multiple_selected", False) and kind not in ("select", "file"):
        base = ""
    attrs = {name.replace("_", "-"): value for name, value in extra.items() if value not in (None, "", False)}
    classes = " ".join(part for part in (base, widget.attrs.get("class", ""), css) if part)
    if classes:
        attrs["class"] = classes
    described = [f"{field.id_for_label}-hint"] if field.help_text else []
    if field.errors:
        attrs["aria-invalid"] = "true"
        described.append(f"{field.id_for_label}-error")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


@register.simple_tag
def bound_control(field: Any, css: str, attrs: Any) -> SafeString:
    """The control of `<c-field>`, with the attributes given to the component."""
    given = attrs.attrs_dict() if hasattr(attrs, "attrs_dict") else {}
    return control(field, css, **given)


@register.filter
def is_checkbox(field: Any) -> bool:
    """Whether a field is one box to tick: its label stands behind it."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not getattr(
        field.field.widget, "allow_multiple_selected", False
    )


@register.filter
def is_group(field: Any) -> bool:
    """Whether a field is several boxes or buttons: they need a fieldset."""
    return bool(getattr(field.field.widget, "use_fieldset", False)) and hasattr(field.field.widget, "choices")


# --- charts ------------------------------------------------------------------------------------------------------
register.simple_tag(charts.sparkline, name="sparkline")
register.simple_tag(charts.bullet, name="bullet")
register.simple_tag(charts.rail, name="rail")
register.simple_tag(charts.rail_labels, name="rail_labels")
register.simple_tag(charts.progress, name="progress")
register.simple_tag(charts.dumbbell, name="dumbbell")
register.simple_tag(charts.strip, name="strip_plot")
register.filter("heat_tone", charts.heat_tone)


# --- navigation --------------------------------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def navigation(context: template.Context, area: Area) -> list[NavSection]:
    """The sections of the menu that this person may see, the present entry marked."""
    return visible_sections(context["request"], area)


@register.simple_tag(takes_context=True)
def waiting(context: template.Context, area: Area) -> Waiting:
    """What waits for this person in a workspace or a portal."""
    return waiting_for(context["request"], area, timezone.localdate())


@register.simple_tag(takes_context=True)
def quick_navigation(context: template.Context, area: Area) -> list[Any]:
    """The four first entries, for the bar at the bottom of a phone."""
    return bottom_bar(context["request"], area)
