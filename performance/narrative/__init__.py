"""Scorecards and programme periods in plain sentences: what moved, why, and what next.

Figures go in (`figures.py`), sentences come out (`telling.py`), from the numbers alone: the same figures give the same
words. Each language is a phrase book of its own (`english.py`, `german.py`) and no catalogue of translated templates,
because word order, cases and plurals differ from sentence to sentence; so each can be read and tested as a text, and
a summary can speak German although the screens do not yet.
"""

from performance.narrative.figures import (
    CardFigures,
    Change,
    Loss,
    Measured,
    MovedPartner,
    ProgrammeFigures,
    Step,
)
from performance.narrative.telling import BOOKS, Paragraph, card_summary, programme_summary

__all__ = [
    "BOOKS",
    "CardFigures",
    "Change",
    "Loss",
    "Measured",
    "MovedPartner",
    "Paragraph",
    "ProgrammeFigures",
    "Step",
    "card_summary",
    "programme_summary",
]
