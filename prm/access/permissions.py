"""The one registry of permissions. Apps define theirs in `permissions.py`; roles are sets of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from prm.access.roles import Role


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing somebody may do, `object:action`, with the roles that may."""

    code: str
    label: Any
    roles: frozenset[Role]

    def __str__(self) -> str:
        return self.code


_registry: dict[str, Permission] = {}


def define(code: str, label: Any, *, roles: Iterable[Role]) -> Permission:
    """Register a permission.

    Raises:
        ValueError: when the code is taken or not of the form `object:action`.
    """
    if code in _registry:
        raise ValueError(f"Permission {code} is defined twice.")
    if code.count(":") != 1 or not code.replace(":", "").replace("_", "").isalnum():
        raise ValueError(f"Permission {code} is not of the form object:action.")
    permission = Permission(code, label, frozenset(roles))
    _registry[code] = permission
    return permission


def get_permission(code: str) -> Permission:
    """The permission with this code.

    Raises:
        KeyError: when no app defines it.
    """
    return _registry[code]


def all_permissions() -> list[Permission]:
    """Every permission, by code."""
    return [_registry[code] for code in sorted(_registry)]


def permissions_of(role: str) -> frozenset[str]:
    """The codes that a role holds."""
    return frozenset(p.code for p in _registry.values() if role in p.roles)


class Can:
    """What the current person may do, for templates and code: `can.partner_edit`, `PARTNER_EDIT in can`."""

    def __init__(self, codes: frozenset[str]) -> None:
        self._codes = codes
        self._names = {code.replace(":", "_") for code in codes}

    def __contains__(self, permission: Permission | str) -> bool:
        return str(permission) in self._codes

    def __getitem__(self, name: str) -> bool:
        # Templates look here first: {{ can.partner_edit }}
        if name not in self._names and name not in {code.replace(":", "_") for code in _registry}:
            raise KeyError(f"No permission is called {name}.")
        return name in self._names
