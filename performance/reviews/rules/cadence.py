"""How often a partner is reviewed: the most specific of the rules that name it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CadenceRule:
    """A rule for a tier, a partner type, both or neither. `kind` is the kind of period that a review covers."""

    kind: str
    tier: int | None = None
    partner_type: int | None = None

    @property
    def closeness(self) -> int:
        """Tier and type before tier, tier before type, type before everybody."""
        return 2 * (self.tier is not None) + (self.partner_type is not None)


def kind_for(rules: Iterable[CadenceRule], *, tier: int | None, partner_type: int) -> str:
    """The kind of period after which a partner is reviewed; empty where no rule names it."""
    fitting = [rule for rule in rules if rule.tier in (None, tier) and rule.partner_type in (None, partner_type)]
    return max(fitting, key=lambda rule: rule.closeness).kind if fitting else ""
