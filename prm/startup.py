"""What a web process does once, before its first request."""

import gc
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver

TEMPLATE_SUFFIXES = frozenset({".html", ".txt", ".svg", ".xml"})

COLLECT_AFTER = (20_000, 20, 50)
"""Collect the youngest objects after so many new ones. A page makes fewer, so most pages are answered without."""


def template_names() -> Iterator[str]:
    """Every template of the product, as `get_template` takes it."""
    for folder in settings.TEMPLATES[0]["DIRS"]:
        for path in sorted(Path(folder).rglob("*.*")):
            if path.suffix in TEMPLATE_SUFFIXES:
                yield str(path.relative_to(folder))


def settle() -> None:
    """Load addresses and templates, then take all that exists out of the garbage collector's sight.

    Some 230,000 objects live as long as the process. Left in sight, a full collection walks them now and then in the
    middle of a request, for 100 to 200 ms (docs/performance.md).
    """
    get_resolver().reverse_dict  # noqa: B018  (reading it loads the addresses)
    for name in template_names():
        get_template(name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
