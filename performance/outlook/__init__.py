"""What may become of a scorecard: its projection, the cheapest next steps, and what puts a partner at risk.

Pure functions over the same rules that score a card (`performance/rules/scoring.py`): plain values in, frozen
dataclasses out. `docs/algorithms/outlook.md` says the same in words.
"""
