"""Everything that changes imports. One module per process."""
