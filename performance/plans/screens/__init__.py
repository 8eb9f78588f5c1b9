"""What the pages of plans show, worked out before they are drawn."""
