"""Values for the arguments of addresses. One module per app; each may define:

SAMPLES        {"argument": make} or {"app:url_name.argument": make} for one address. `make(side)` runs inside the
               tenant's scope and returns the value for an object that belongs to `side.partner` where it has one.
WORDS          {"argument": "value"} for arguments that choose a variant of a page and name no object.
PARTNER_BOUND  the keys whose objects belong to a partner: a channel manager with an own portfolio must get 404.
PERSONAL       {key: role} for objects that only one person finds; everybody else with the right gets 404.
SHARED         the keys whose objects all partners of the tenant may open in the portal.
PREPARE        [prepare(side)] run once for each tenant before anything else, inside its scope.
ALSO_NEEDS     {key: "permission:code"} for objects that ask for a right besides the view's.
WHOLE_WORKSPACE  beginnings of URL names that are closed (403) to a channel manager with an own portfolio.
ANSWERS        {"app:url_name": 404} for public addresses that answer a stranger so on purpose.
POSTS          {"app:url_name": {...}} for addresses whose POST is a 404 without its data.
QUERIES        {"app:url_name": "q=x"} for addresses that need a query string to answer.

An argument without a sample fails, so a new address cannot be missed.
"""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

SAMPLES: dict[str, Callable[[Any], Any]] = {}
WORDS: dict[str, str] = {}
PARTNER_BOUND: set[str] = set()
PERSONAL: dict[str, str] = {}
SHARED: set[str] = set()
PREPARE: list[Callable[[Any], Any]] = []
ALSO_NEEDS: dict[str, str] = {}
WHOLE_WORKSPACE: set[str] = set()
ANSWERS: dict[str, int] = {}
POSTS: dict[str, dict[str, str]] = {}
QUERIES: dict[str, str] = {}

for _info in pkgutil.iter_modules(__path__):
    _module = importlib.import_module(f"{__name__}.{_info.name}")
    _twice = SAMPLES.keys() & getattr(_module, "SAMPLES", {}).keys()
    if _twice:
        raise ValueError(f"{_info.name} gives samples that another module gives already: {sorted(_twice)}.")
    SAMPLES.update(getattr(_module, "SAMPLES", {}))
    WORDS.update(getattr(_module, "WORDS", {}))
    PARTNER_BOUND.update(getattr(_module, "PARTNER_BOUND", set()))
    PERSONAL.update(getattr(_module, "PERSONAL", {}))
    PREPARE.extend(getattr(_module, "PREPARE", []))
    ALSO_NEEDS.update(getattr(_module, "ALSO_NEEDS", {}))
    WHOLE_WORKSPACE.update(getattr(_module, "WHOLE_WORKSPACE", set()))
    ANSWERS.update(getattr(_module, "ANSWERS", {}))
    POSTS.update(getattr(_module, "POSTS", {}))
    SHARED.update(getattr(_module, "SHARED", set()))
    QUERIES.update(getattr(_module, "QUERIES", {}))
