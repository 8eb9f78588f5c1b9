"""Which partners a channel manager with a portfolio of their own may see. The app that holds partners answers."""

from collections.abc import Callable
from typing import Any

from prm.access.roles import Role

PortfolioProvider = Callable[[int], Any]

_provider: PortfolioProvider | None = None


def register_portfolio(provider: PortfolioProvider) -> None:
    """Say how to find the ids of the partners a user owns: `provider(user_id)` returns a queryset of ids."""
    global _provider
    _provider = provider


def portfolio_of(membership: Any) -> Any | None:
    """The ids of the partners this person may see, or None for all of them.

    Without a provider a person who may see only their own partners sees none.
    """
    if membership is None or not membership.sees_own_partners_only:
        return None
    return [] if _provider is None else _provider(membership.user_id)


def sees_whole_workspace(role: str, *, own_portfolio_only: bool) -> bool:
    """Whether a role with this switch sees every partner."""
    return not (own_portfolio_only and role == Role.CHANNEL_MANAGER)
