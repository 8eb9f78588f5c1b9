"""Incentive programmes, funds, ledger and payouts will live here; performance lies below, the portal above."""
