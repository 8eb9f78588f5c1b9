"""Improvement plans in whole sentences."""
