"""Screens of partner records."""
