"""Forms of improvement plans."""
