"""Shapes of input for partner records. Rules are the services'; forms only read and show."""
