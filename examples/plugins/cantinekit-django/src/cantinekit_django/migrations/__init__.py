"""The migrations of the two tables."""
