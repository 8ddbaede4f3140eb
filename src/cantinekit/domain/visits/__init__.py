"""Visits: stays at a desk of the open space of a place, without a booking."""
