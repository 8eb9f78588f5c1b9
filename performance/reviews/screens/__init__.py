"""What the pages of reviews show, as plain values."""
