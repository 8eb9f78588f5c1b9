"""Recognition as pure functions: the reference of the statements."""
