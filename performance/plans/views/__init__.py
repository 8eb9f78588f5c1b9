"""Pages of improvement plans in the workspace."""
