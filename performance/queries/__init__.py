"""Everything that reads scorecards: lines, receipts, boards, dashboards. Frozen dataclasses, constant query counts."""
