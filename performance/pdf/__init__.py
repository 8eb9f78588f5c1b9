"""Scores on paper: what a document says, put into words from the screens' own objects. No figure is computed here."""

from performance.pdf.answer import receipt_response

__all__ = ["receipt_response"]
