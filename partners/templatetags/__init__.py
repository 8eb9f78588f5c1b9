"""Template tags of partner records."""
