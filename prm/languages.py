"""Which language a text for a person is written in.

The screens speak `LANGUAGES`. Texts that the product writes by itself, such as summaries, may exist in more:
`WRITTEN_LANGUAGES`. People and workspaces choose one of those; each part of the product speaks it where it can.
"""

from django.conf import settings


def written_language(*preferences: str) -> str:
    """The first of the preferences that texts are written in, else the language of the installation."""
    return next((language for language in preferences if language in dict(settings.WRITTEN_LANGUAGES)), _own())


def screen_language(*preferences: str) -> str:
    """The first of the preferences that the screens speak, else the language of the installation."""
    return next((language for language in preferences if language in dict(settings.LANGUAGES)), _own())


def _own() -> str:
    return settings.LANGUAGE_CODE
