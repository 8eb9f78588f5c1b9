"""What people and closings do with badges, awards and league tables."""
