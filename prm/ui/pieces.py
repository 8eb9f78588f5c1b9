"""The small pieces of markup that stand in every row of a list, made in Python: a page draws hundreds of them.

The components of the same names in `templates/cotton` use these.
"""

import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from prm.ui import formats
from prm.ui.markup import fill

NONE = mark_safe('<span class="dim">–</span>')
_TIERS = {1: "pl", 2: "go", 3: "si"}
_UP = mark_safe('<svg viewBox="0 0 10 10" aria-hidden="true"><path d="M5 1 9 8H1Z"/></svg>')
_DOWN = mark_safe('<svg viewBox="0 0 10 10" aria-hidden="true"><path d="M5 9 1 2H9Z"/></svg>')


@dataclass(frozen=True, slots=True)
class _Words:
    """What the pieces say to a screen reader."""

    grade: str
    judged: dict[str, str]


@lru_cache(maxsize=32)
def _words(_language: str | None) -> _Words:
    return _Words(_("Grade"), {"pos": _("(better)"), "neg": _("(worse)"), "": ""})


def initials(name: Any) -> str:
    """Two letters that stand for a name."""
    words = [word for word in str(name or "").split() if word[0].isalnum()]
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else "".join(words)[:2]
    return letters.upper() or "?"


def tone(name: Any) -> str:
    """One of five quiet colours for an avatar, always the same for the same name."""
    return f"a{zlib.crc32(str(name).encode()) % 5 + 1}"


def who(
    name: Any, detail: Any = "", href: str = "", *, round: Any = "", letters: str = "", attrs: Any = "", more: Any = ""
) -> SafeString:
    """Avatar, name and one line below; with `href` the whole is a link. `more` stands below the detail."""
    inner = fill(
        '<span class="who"><span class="av {}{}" aria-hidden="true">{}</span>'
        '<span><b title="{}">{}</b>{}{}</span></span>',
        tone(name),
        " r" if round else "",
        letters or initials(name),
        name,
        name,
        fill("<small>{}</small>", detail) if detail else "",
        more,
    )
    return fill('<a href="{}"{}>{}</a>', href, attrs, inner) if href else inner


@lru_cache(maxsize=256)
def asset(path: str) -> str:
    """The address of a file that comes with the product. It stays the same as long as the process lives."""
    return static(path)


def icon(name: str, size: str = "", css: str = "", label: Any = "") -> SafeString:
    """One Lucide symbol of the sprite. `size`: s 14, empty 16, l 20, xl 28. With `label` it is read aloud."""
    return _icon(name, size, css, str(label)) if name else SafeString("")


@lru_cache(maxsize=1024)
def _icon(name: str, size: str, css: str, label: str) -> SafeString:
    classes = " ".join(part for part in ("i", f"i-{size}" if size else "", css) if part)
    said = fill('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return fill('<svg class="{}" {}><use href="{}#{}"/></svg>', classes, said, asset("prm/icons.svg"), name)


def badge(text: Any, tone: str = "", *, symbol: str = "") -> SafeString:
    """A status word, perhaps behind a symbol. `tone`: nothing (neutral), pos, warn, neg, acc."""
    return fill('<span class="badge{}">{}{}</span>', f" {tone}" if tone else "", icon(symbol), text)


def grade(letter: Any, size: str = "", place: str = "") -> SafeString:
    """A grade's letter in its colour. `place`: colour key A to E where a programme uses other letters."""
    if not letter:
        return SafeString("")
    return fill(
        '<span class="gr {}{}"><span class="sr">{} </span>{}</span>',
        place or letter,
        f" {size}" if size else "",
        _words(get_language()).grade,
        letter,
    )


def tier(name: Any, place: Any = None) -> SafeString:
    """A tier: diamond and name. `place`: 1 the highest (drawn platinum), 2 gold, 3 silver, others outlined."""
    if not name:
        return SafeString("")
    colour = _TIERS.get(int(place), "re") if str(place or "").isdecimal() else "re"
    return fill(
        '<span class="tier"><svg viewBox="0 0 12 12" aria-hidden="true">'
        '<path class="t-{}" d="M6 .8 11.2 6 6 11.2.8 6Z"/></svg>{}</span>',
        colour,
        name,
    )


def delta(value: Any, better: str = "", unit: str = "", digits: Any = 1, suffix: Any = "") -> SafeString:
    """A change. The arrow shows the movement, the colour whether it is good.

    `better`: up, down, or nothing (no judgement, grey). `suffix`: words after it.
    """
    if value is None or value == "":
        return mark_safe('<span class="dl">–</span>')
    text = formats.signed(value, int(digits))
    way = {"+": "up", "−": "down"}.get(text[:1], "")
    judged = "" if not way or not better else "pos" if way == better else "neg"
    said = _words(get_language()).judged[judged]
    return fill(
        '<span class="dl{}">{}{}{}{}{}</span>',
        f" {judged}" if judged else "",
        {"up": _UP, "down": _DOWN, "": ""}[way],
        text,
        f"{formats.unit_space(unit)}{unit}" if unit else "",
        fill(" {}", suffix) if suffix else "",
        fill('<span class="sr"> {}</span>', said) if said else "",
    )
