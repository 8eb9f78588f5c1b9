"""The receipt of a score: the scorecard with the whole calculation and the measurements behind it.

One object for the page of both sides and for the PDF, so that they cannot say different things.
"""

from dataclasses import dataclass

from partners.models import Partner
from performance.models import Scorecard
from performance.queries.measurements import import_files
from performance.queries.receipt import ReceiptFacts, facts_of
from performance.screens.scorecard import LineRow, ScorecardPage, build_scorecard, policy_note
from prm.imports.models import ImportBatch


@dataclass(frozen=True)
class ReceiptScreen:
    """A card explained. `files` are the imports that the measurements shown came with, by number."""

    page: ScorecardPage
    facts: ReceiptFacts
    files: dict[int, ImportBatch]

    @property
    def rows(self) -> list[tuple[LineRow, str]]:
        """The lines that concern the partner, each with what happened when it has no data."""
        return [(row, policy_note(row)) for row in self.page.applicable]

    @property
    def weighted(self) -> list[LineRow]:
        """The lines that make up the total."""
        return [row for row in self.page.rows if row.line.points is not None]


def build_receipt(card: Scorecard, partner: Partner, *, is_portal: bool, facts_shown: int) -> ReceiptScreen:
    """The receipt with its newest measurements, in a fixed number of queries."""
    page = build_scorecard(card, partner, is_portal=is_portal)
    facts = facts_of(page.receipt, limit=facts_shown)
    return ReceiptScreen(page, facts, import_files(row.batch_id for row in facts.rows))
