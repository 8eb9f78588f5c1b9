"""Telling higher apps that a workspace's settings changed, and asking them whether they may.

A lower app cannot know what hangs on the currency or the fiscal year. Higher apps register here when they are ready.
"""

from collections.abc import Callable
from typing import Any

from prm.tenancy.models import Tenant

ChangeHandler = Callable[[Tenant, frozenset[str]], None]
AmountProvider = Callable[[], bool]

_handlers: list[ChangeHandler] = []
_amount_providers: list[AmountProvider] = []
_period_providers: list[AmountProvider] = []


def on_tenant_changed(handler: ChangeHandler) -> ChangeHandler:
    """Call `handler(tenant, changed field names)` in the transaction of every change, inside the tenant's scope.

    A handler may raise a DomainError to refuse the change. Long work is sent with `transaction.on_commit`.
    """
    _handlers.append(handler)
    return handler


def holds_amounts(provider: AmountProvider) -> AmountProvider:
    """Register the answer to: does the open scope's tenant hold amounts in its currency?"""
    _amount_providers.append(provider)
    return provider


def holds_periods(provider: AmountProvider) -> AmountProvider:
    """Register the answer to: does the open scope's tenant hold results by fiscal period?"""
    _period_providers.append(provider)
    return provider


def has_amounts() -> bool:
    """Whether any app holds amounts in the tenant's currency."""
    return any(provider() for provider in _amount_providers)


def has_periods() -> bool:
    """Whether any app holds results by fiscal period."""
    return any(provider() for provider in _period_providers)


def tenant_changed(tenant: Tenant, fields: Any) -> None:
    """Tell every app. Called by the service that changes the tenant."""
    for handler in _handlers:
        handler(tenant, frozenset(fields))
