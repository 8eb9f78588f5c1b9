"""Screens about people, places and the workspace's settings: one module per subject."""
