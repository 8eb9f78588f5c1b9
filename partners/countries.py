"""Countries as two-letter codes, with their names in the reader's language. Names and codes come from Unicode CLDR."""

from functools import cache

from babel import Locale
from django.utils.translation import get_language, to_locale

# Codes of CLDR that are groups of countries or placeholders, not places a partner can be in.
NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


@cache
def _names(locale: str) -> dict[str, str]:
    return {
        code: name
        for code, name in Locale.parse(locale).territories.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    }


@cache
def _codes_by_name() -> dict[str, str]:
    names = {name.casefold(): code for locale in ("de", "en") for code, name in _names(locale).items()}
    return names | {"usa": "US", "uk": "GB", "great britain": "GB", "south korea": "KR", "czech republic": "CZ"}


def country_name(code: str) -> str:
    """The country's name in the language of the screen; the code itself when it is unknown."""
    return _names(to_locale(get_language() or "en")).get(code, code)


def country_choices() -> list[tuple[str, str]]:
    """All countries by name, for a select."""
    names = _names(to_locale(get_language() or "en"))
    return sorted(((code, name) for code, name in names.items()), key=lambda pair: pair[1])


def country_code(text: str) -> str | None:
    """The code for a code or an English or German name, whatever its case; None when nothing matches."""
    cleaned = text.strip()
    if cleaned.upper() in _names("en"):
        return cleaned.upper()
    return _codes_by_name().get(cleaned.casefold())
