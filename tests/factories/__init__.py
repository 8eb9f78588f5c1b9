"""One factory per model, minimal and valid; they work inside an open tenant scope."""
