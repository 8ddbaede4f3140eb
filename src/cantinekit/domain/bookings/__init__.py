"""Bookings: units of a space for a period, held, requested, sold and given back."""
