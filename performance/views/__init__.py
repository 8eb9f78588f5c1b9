"""Pages of the manager workspace about figures, one module per subject."""
