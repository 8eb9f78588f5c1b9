"""What people and the clock do with reviews. Nothing else writes them."""
