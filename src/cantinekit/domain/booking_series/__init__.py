"""Booking series."""
