"""Industry packs: ready set-ups that a new tenant is filled from. After that the tenant edits its own copy."""
