"""Occupancy: the units of spaces that are claimed, day by day, and the closures that nobody can book."""
