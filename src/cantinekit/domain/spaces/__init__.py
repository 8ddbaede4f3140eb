"""Spaces: rooms, desks and equipment that can be booked, and the terms on which they can."""
