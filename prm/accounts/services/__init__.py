"""Changing people's places: one module per process."""
