"""How lists draw their cells."""
