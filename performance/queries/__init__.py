"""Reads for screens, reports and the API, one module per subject."""
